internal import LinuxKernel
internal import RunModel

/// The steps that make the root file system, and what lies in it.
extension SandboxPlanner {
    static let readOnly: MountAttributes = [.readOnly, .noSetuid, .noDevices]

    /// Directories of the skeleton that later mounts cover or that programs expect.
    private static let skeleton = ["/etc", "/proc", "/dev", "/run", "/var", "/home"]

    /// The root is a skeleton of our own, for an image too: nothing of an image is ever resolved
    /// by a path that it could have made a link (CVE-2026-41579).
    mutating func planRoot() {
        add(.privateMounts)
        if let tree = facts.rootTree {
            planReadyRoot(tree)
            return
        }
        add(.root(byteLimit: 16 << 20, fileLimit: 4096, inherited: nil))
        switch request.root {
        case .host:
            for path in Self.skeleton { add(.directory(path)) }
            planSystemDirectories()
            planToolchains()
            planIdentityFiles()
        case .directory(let path):
            for path in Self.skeleton { add(.directory(path)) }
            planImage(path)
            planIdentityFiles()
        }
        add(.symbolicLink(target: "/run", path: "/var/run"))
    }

    /// Directories, links and files are there already; what is mounted is mounted.
    private mutating func planReadyRoot(_ tree: RootTree) {
        if facts.isPrivileged {
            let bind = BindSpecification(source: tree.path, target: "/")
            add(.readyRoot(path: nil, inherited: prepare(.bind(bind, mapsOwner: false))))
        } else {
            add(.readyRoot(path: tree.path, inherited: nil))
        }
        for directory in facts.systemDirectories where directory.linkTarget == nil {
            bindHost(directory.path)
        }
        for entry in tree.bound + etcMountPoints { bindHost("/etc/" + entry, isOptional: true) }
        planToolchains()
    }

    private mutating func planSystemDirectories() {
        for directory in facts.systemDirectories {
            if let target = directory.linkTarget {
                add(.symbolicLink(target: target, path: directory.path))
            } else {
                bindHost(directory.path)
            }
        }
        for entry in settings.etcEntries { bindHost("/etc/" + entry, isOptional: true) }
    }

    private mutating func bindHost(_ path: String, isOptional: Bool = false) {
        add(
            .bind(
                source: path, target: path, attributes: Self.readOnly, inherited: nil,
                isOptional: isOptional))
    }

    /// Toolchains often lie in a home directory that the sandbox's user may not enter: as root,
    /// the launcher opens them.
    private mutating func planToolchains() {
        for path in facts.toolchains {
            planBind(BindSpecification(source: path), mapsOwner: false)
        }
    }

    /// What an image has at its top level, but what a sandbox always makes anew.
    private mutating func planImage(_ image: String) {
        let own: Set = ["proc", "dev", "sys", "run", "tmp", "etc", "home", "var", "work"]
        planEntries(of: image, at: "") { !own.contains($0) }
        // What says who and where one is comes from us, and is no path through the image's links.
        let identity = Set(
            Self.identityFiles + ["mtab", "shadow", "gshadow", "shadow-", "gshadow-"])
        planEntries(of: image, at: "/etc") { !identity.contains($0) }
        let changing: Set = ["run", "lock", "tmp", "cache", "log", "spool", "mail", "backups"]
        planEntries(of: image, at: "/var") { !changing.contains($0) }
    }

    /// Each entry by itself: nothing of an image is ever resolved through a link that it holds.
    private mutating func planEntries(
        of image: String, at place: String, where isWanted: (String) -> Bool
    ) {
        guard FileKind.isRealDirectory(image + place) else { return }
        for name in FileKind.names(in: image + place).sorted() where isWanted(name) {
            let source = "\(image)\(place)/\(name)"
            if let target = FileKind.linkTarget(source) {
                add(.symbolicLink(target: target, path: "\(place)/\(name)"))
            } else if [.directory, .regular].contains(FileKind.of(source)) {
                planBind(
                    BindSpecification(source: source, target: "\(place)/\(name)"),
                    mapsOwner: false)
            }
        }
    }

    /// In `/etc`, made anew in every sandbox.
    private static let identityFiles = [
        "passwd", "group", "hosts", "hostname", "nsswitch.conf", "resolv.conf",
    ]

    /// Files that tell who and where one is, made anew: the host's name other users.
    private mutating func planIdentityFiles() {
        for file in IdentityFiles.all(for: request) {
            add(.file(path: "/etc/" + file.name, mode: 0o444, content: Array(file.text.utf8)))
        }
        for name in etcMountPoints { bindHost("/etc/" + name, isOptional: true) }
    }

    private var etcMountPoints: [String] { IdentityFiles.mountPoints(for: request) }
}

/// Files that tell who and where one is, made anew: the host's name other users.
enum IdentityFiles {
    static func all(for request: SandboxRequest) -> [(name: String, text: String)] {
        let user = SandboxPlanner.user
        let home = request.account.home
        let account = request.account.name
        let name = request.hostName
        var files = [
            (
                name: "passwd",
                text: """
                root:x:0:0:root:/root:/usr/sbin/nologin
                \(account):x:\(user):\(user):\(account):\(home):/bin/sh
                nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

                """
            ),
            (name: "group", text: "root:x:0:\n\(account):x:\(user):\nnogroup:x:65534:\n"),
            (name: "hosts", text: "127.0.0.1 localhost \(name)\n::1 localhost ip6-localhost\n"),
            (name: "hostname", text: name + "\n"),
            (name: "nsswitch.conf", text: "passwd: files\ngroup: files\nhosts: files dns\n"),
        ]
        if request.network != .host {
            files.append((name: "resolv.conf", text: request.network.resolverConfiguration))
        }
        return files
    }

    /// Of the host's `/etc`, for its network.
    static func mountPoints(for request: SandboxRequest) -> [String] {
        request.network == .host ? ["resolv.conf"] : []
    }
}

extension NetworkMode {
    /// The gateway's resolver has the same address in every sandbox that has one.
    fileprivate var resolverConfiguration: String {
        guard case .allow = self else { return "" }
        return "nameserver 198.18.0.1\noptions timeout:3 attempts:2\n"
    }
}
