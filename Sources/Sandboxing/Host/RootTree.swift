internal import Glibc
internal import LinuxKernel
internal import RunModel

/// A ready-made root directory for sandboxes: its directories, links and mount points, the files
/// that tell who and where one is, and what a profile shows of the host's `/etc`, copied once. It
/// takes the place of some forty steps of every start.
package struct RootTree: Sendable, Equatable {
    package var path: String
    /// Entries of `/etc` that are too large or too deep to be copied: mounted on top, each by
    /// itself.
    package var bound: [String]
}

/// Keeps such trees in the runtime directory, which is the user's own and goes with a reboot.
///
/// A tree is never changed once it is there, as running sandboxes have it mounted: when a file that
/// it was made from is another one now, a new tree is made beside it. `drydock gc` removes what no
/// list names any more.
struct RootTreeStore {
    private let runtimeDirectory: String
    /// `roots` in it.
    private let directory: String

    /// Kinds of runs that have a tree at a time.
    private static let listsLimit = 24
    /// With those that running sandboxes may have mounted. Beyond it a new kind of run goes without:
    /// its root is made step by step, which only takes longer.
    private static let treesLimit = 96
    /// By then a start that has chosen a tree has taken its lease, and is known to run, however busy the
    /// machine is.
    private static let choosingSeconds = 60

    init(runtimeDirectory: String) {
        self.runtimeDirectory = runtimeDirectory
        directory = runtimeDirectory + "/roots"
    }

    /// A tree for a kind of run as the host's files are now, or `nil` where none can be kept.
    ///
    /// - Parameters:
    ///   - steps: of a plan without a tree, asked for when one must be made.
    func tree(
        for request: SandboxRequest, on facts: HostFacts, steps: () -> [SetupStep]?
    ) -> RootTree? {
        let list = directory + "/" + Self.key(request, facts) + ".list"
        if let kept = RootTreeList(at: list), kept.isCurrent, isOwn(directory + "/" + kept.tree) {
            return RootTree(path: directory + "/" + kept.tree, bound: kept.bound)
        }
        guard hasRoom(), let steps = steps() else { return nil }
        let builder = RootTreeBuilder(
            directory: directory, etcEntries: request.profile.settings.etcEntries)
        return try? builder.build(steps, list: list)
    }

    /// FNV-1a over everything that the steps of a root depend on.
    private static func key(_ request: SandboxRequest, _ facts: HostFacts) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x100_0000_01b3
        }
        add(DrydockVersion.text)
        add(request.profile.digest)
        for entry in request.profile.settings.etcEntries { add(entry) }
        for device in request.profile.settings.devices { add(device) }
        for directory in facts.systemDirectories {
            add(directory.path)
            add(directory.linkTarget ?? "")
        }
        for toolchain in facts.toolchains { add(toolchain) }
        for file in IdentityFiles.all(for: request) { add(file.text) }
        // A mount point is a directory or a file, as what is mounted there is.
        func addPlaces(of binds: [BindSpecification], withSources: Bool) {
            guard !binds.isEmpty else { return }
            // What lies in scratch has its mount point made by each start.
            let scratch = SandboxPlanner.scratchPlaces(of: request).map { $0.target + "/" }
            for bind in binds where !scratch.contains(where: bind.target.hasPrefix) {
                if withSources { add(bind.source) }
                add(bind.target)
                add(FileKind.of(bind.source) == .directory ? "directory" : "file")
            }
        }
        addPlaces(of: request.binds, withSources: true)
        // Many of these are folders made for one run.
        addPlaces(of: request.systemBinds, withSources: false)
        for overlay in request.overlays { add(overlay.mountPoint) }
        add(request.workingDirectory ?? "")
        return String(hash, radix: 16)
    }

    private func isOwn(_ path: String) -> Bool {
        var information = stat()
        return lstat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
            && information.st_uid == geteuid()
    }

    /// Whether one more tree may be made. Where there are many, the lists of those that are outdated go,
    /// and of the others the half that is older; a tree itself goes later, when nothing can have it
    /// mounted.
    private func hasRoom() -> Bool {
        let names = FileKind.names(in: directory)
        let lists = names.filter { $0.hasSuffix(".list") }
        guard lists.count >= Self.listsLimit || names.count >= Self.treesLimit else { return true }
        _ = collect(whenNoneRuns: SandboxLease.isIdle(directory: runtimeDirectory))
        let current = lists.map { directory + "/" + $0 }.filter { path in
            let isCurrent = RootTreeList(at: path)?.isCurrent == true
            if !isCurrent { unlink(path) }
            return isCurrent
        }
        if current.count >= Self.listsLimit {
            let byAge = current.sorted { Self.changeNanoseconds($0) < Self.changeNanoseconds($1) }
            for path in byAge.prefix(current.count - Self.listsLimit / 2) { unlink(path) }
        }
        return FileKind.names(in: directory).count < Self.treesLimit
    }

    private static func changeNanoseconds(_ path: String) -> Int {
        var information = stat()
        guard lstat(path, &information) == 0 else { return 0 }
        return information.st_mtim.tv_sec * 1_000_000_000 + information.st_mtim.tv_nsec
    }

    /// Removes trees that no list names, unless a sandbox that may use one runs or is about to, or a
    /// tree is being made.
    func collect(whenNoneRuns isIdle: Bool) -> [String] {
        let changed = Self.changeNanoseconds(directory)
        let names = FileKind.names(in: directory)
        guard isIdle, changed / 1_000_000_000 + Self.choosingSeconds < time(nil) else { return [] }
        let used = names.filter { $0.hasSuffix(".list") }
            .compactMap { RootTreeList(at: directory + "/" + $0)?.tree }
        // A list that went meanwhile may have been chosen from just before.
        guard Self.changeNanoseconds(directory) == changed else { return [] }
        return names.filter { $0.hasPrefix("tree-") && !used.contains($0) }.sorted().map { name in
            let path = directory + "/" + name
            FileRemoval.removeTree(path)
            return path
        }
    }
}

/// What a tree was made from: its name, the host's paths, and one checksum of the state of all.
struct RootTreeList {
    var tree: String
    var bound: [String]
    /// The host's paths whose state decides whether the tree is current.
    var sources: [String]
    /// Zero is never current.
    var state: UInt64

    /// Whether every source is as it was.
    var isCurrent: Bool { state != 0 && Self.state(of: sources) == state }

    init(tree: String, bound: [String], sources: [String], state: UInt64) {
        self.tree = tree
        self.bound = bound
        self.sources = sources
        self.state = state
    }

    init?(at path: String) {
        guard let bytes = try? SmallFile.read(path) else { return nil }
        var lines: [String] = []
        var start = 0
        for index in bytes.indices where bytes[index] == 0 {
            lines.append(String(decoding: bytes[start..<index], as: UTF8.self))
            start = index + 1
        }
        guard lines.count >= 3, let state = UInt64(lines[1], radix: 16),
            let count = Int(lines[2]), count >= 0, lines.count >= 3 + count
        else { return nil }
        tree = lines[0]
        self.state = state
        bound = Array(lines[3..<3 + count])
        sources = Array(lines[(3 + count)...])
    }

    /// NUL after each: paths may hold anything else.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for line in [tree, String(state, radix: 16), String(bound.count)] + bound + sources {
            bytes += line.utf8
            bytes.append(0)
        }
        return bytes
    }

    /// Device, inode, size, mode and times of each, of links and of what they point to.
    static func state(of paths: [String]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ value: Int) {
            hash = (hash ^ UInt64(bitPattern: Int64(value))) &* 0x100_0000_01b3
            hash ^= hash >> 29
        }
        for path in paths {
            var information = stat()
            var isLink = false
            if lstat(path, &information) == 0 {
                isLink = information.st_mode & S_IFMT == S_IFLNK
            } else {
                information = stat()
            }
            for round in 0..<(isLink ? 2 : 1) {
                if round == 1 && stat(path, &information) != 0 { information = stat() }
                add(Int(information.st_dev))
                add(Int(information.st_ino))
                add(Int(information.st_size))
                add(Int(information.st_mode))
                add(information.st_mtim.tv_sec)
                add(information.st_mtim.tv_nsec)
                add(information.st_ctim.tv_sec)
                add(information.st_ctim.tv_nsec)
            }
        }
        return hash
    }
}
