internal import Glibc
internal import LinuxKernel

/// Copies what a tree holds. Small flat directories and small files only: the rest is mounted.
struct RootTreeBuilder {
    let directory: String
    let etcEntries: [String]

    private static let filesLimit = 16
    private static let fileBytesLimit = 1 << 20
    /// A file that was changed this recently may change again within the same tick of its times.
    private static let settlingSeconds = 2

    /// Makes a tree of what the steps up to the pivot would make, and its list.
    func build(_ steps: [SetupStep], list: String) throws(SystemError) -> RootTree {
        try SandboxLease.prepare(directory: directory)
        // Seen inside, in the table of mounts: it tells nothing.
        let name = "tree-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
        let tree = directory + "/" + name
        do throws(SystemError) {
            return try build(steps, tree: tree, name: name, list: list)
        } catch {
            FileRemoval.removeTree(tree)
            throw error
        }
    }

    private func build(
        _ steps: [SetupStep], tree: String, name: String, list: String
    ) throws(SystemError) -> RootTree {
        try make(tree)
        var sources: [String] = []
        var bound: [String] = []
        // Looked at first: what changes while it is copied makes another state afterwards.
        for entry in etcEntries {
            let path = "/etc/" + entry
            sources.append(path)
            switch FileKind.of(path) {
            case .directory:
                if let files = flatFiles(path) { sources += files } else { bound.append(entry) }
            case .regular where fileBytes(path) > Self.fileBytesLimit: bound.append(entry)
            default: break
            }
        }
        let state = RootTreeList.state(of: sources)
        for step in steps { try take(step, into: tree, bound: bound) }
        let isSettled =
            !sources.contains(where: isRecent) && RootTreeList.state(of: sources) == state
        let made = RootTreeList(
            tree: name, bound: bound, sources: sources, state: isSettled ? state : 0)
        let part = tree + ".part"
        try write(made.bytes, to: part)
        try SystemCall.performLibrary("rename", list) { Int(rename(part, list)) }
        return RootTree(path: tree, bound: bound)
    }

    /// Makes what one step would make, or the place where it mounts something.
    private func take(_ step: SetupStep, into tree: String, bound: [String]) throws(SystemError) {
        switch step {
        case .directory(let path): try makeAll(path, in: tree)
        case .symbolicLink(let target, let path):
            try makeParents(of: path, in: tree)
            try SystemCall.performLibrary("symlink", path) { Int(symlink(target, tree + path)) }
        case .file(let path, _, let content):
            try makeParents(of: path, in: tree)
            try write(content, to: tree + path)
        case .bind(let source, let target, _, let inherited, _):
            if let entry = copiedEntry(source, target, bound) {
                try copy(source, to: tree, "/etc/" + entry)
                return
            }
            switch FileKind.of(source) {
            case .absent where inherited == nil: return
            case .directory, .absent: try makeAll(target, in: tree)
            case .regular, .other:
                try makeParents(of: target, in: tree)
                if FileKind.of(tree + target) == .absent { try write([], to: tree + target) }
            }
        case .fileSystem(_, let target, _, _): try makeAll(target, in: tree)
        case .scratchBind(_, let target, _, _): try makeAll(target, in: tree)
        case .overlay(_, let target, _, _): try makeAll(target, in: tree)
        default: return
        }
    }

    private func copiedEntry(_ source: String, _ target: String, _ bound: [String]) -> String? {
        guard source == target, source.hasPrefix("/etc/") else { return nil }
        let entry = String(source.dropFirst(5))
        return etcEntries.contains(entry) && !bound.contains(entry) ? entry : nil
    }

    /// The regular files of a directory of few files and links, or `nil` for any other.
    private func flatFiles(_ directory: String) -> [String]? {
        var files: [String] = []
        for name in FileKind.names(in: directory) {
            let path = directory + "/" + name
            if FileKind.linkTarget(path) != nil { continue }
            guard FileKind.of(path) == .regular, fileBytes(path) <= Self.fileBytesLimit,
                files.count < Self.filesLimit
            else { return nil }
            files.append(path)
        }
        return files
    }

    private func fileBytes(_ path: String) -> Int {
        var information = stat()
        return stat(path, &information) == 0 ? Int(information.st_size) : 0
    }

    private func isRecent(_ path: String) -> Bool {
        var information = stat()
        guard stat(path, &information) == 0 else { return false }
        let newest = max(information.st_mtim.tv_sec, information.st_ctim.tv_sec)
        return newest + Self.settlingSeconds >= time(nil)
    }

    private func copy(_ source: String, to tree: String, _ path: String) throws(SystemError) {
        let target = tree + path
        switch FileKind.of(source) {
        case .absent, .other: return
        case .regular:
            try makeParents(of: path, in: tree)
            try write(try SmallFile.read(source, byteLimit: Self.fileBytesLimit), to: target)
        case .directory:
            try makeAll(path, in: tree)
            for name in FileKind.names(in: source) {
                let path = source + "/" + name
                if let link = FileKind.linkTarget(path) {
                    try SystemCall.performLibrary("symlink", target + "/" + name) {
                        Int(symlink(link, target + "/" + name))
                    }
                } else {
                    try write(
                        try SmallFile.read(path, byteLimit: Self.fileBytesLimit),
                        to: target + "/" + name)
                }
            }
        }
    }

    private func makeParents(of path: String, in tree: String) throws(SystemError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        try makeAll(String(path[..<slash]), in: tree)
    }

    /// With its parents. A link in the way is an error: it may lead out of the tree.
    private func makeAll(_ path: String, in tree: String) throws(SystemError) {
        var place = tree
        for part in path.split(separator: "/") {
            place += "/" + part
            if !FileKind.isRealDirectory(place) { try make(place) }
        }
    }

    /// Readable for every user id that a sandbox may have, whatever this process's mask.
    private func make(_ path: String) throws(SystemError) {
        try SystemCall.performLibrary("mkdir", path) { Int(mkdir(path, 0o755)) }
        try SystemCall.performLibrary("chmod", path) { Int(chmod(path, 0o755)) }
    }

    private func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let file = try OwnedDescriptor.open(
            path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o444)
        try file.writeAll(bytes, to: path)
        let raw = file.raw
        try SystemCall.performLibrary("fchmod", path) { Int(fchmod(raw, 0o444)) }
    }
}

/// Removes what Drydock itself made.
enum FileRemoval {
    /// A whole directory. What cannot be removed stays, for the next time.
    static func removeTree(_ path: String) {
        for name in FileKind.names(in: path) {
            let entry = path + "/" + name
            if FileKind.isRealDirectory(entry) { removeTree(entry) } else { unlink(entry) }
        }
        rmdir(path)
    }
}
