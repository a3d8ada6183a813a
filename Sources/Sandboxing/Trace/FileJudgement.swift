internal import Glibc
internal import LinuxKernel

/// What a call wants with a file.
struct FileWish: Equatable {
    var reads = false
    var writes = false
    var executes = false
    /// May make the file.
    var creates = false
    /// The name itself comes or goes: its directory is written to.
    var changesDirectory = false
    var followsLink = true
    var text: String

    static let look = FileWish(text: "look")
    static let execute = FileWish(executes: true, text: "execute")
    static let create = FileWish(writes: true, creates: true, text: "write")
    static let make = FileWish(
        creates: true, changesDirectory: true, followsLink: false, text: "make")
    static let change = FileWish(writes: true, text: "change")
    static let remove = FileWish(changesDirectory: true, followsLink: false, text: "remove")
    static let connect = FileWish(writes: true, text: "connect")
}

extension FileWish {
    /// - Parameter openFlags: those of `open(2)`.
    init(openFlags: UInt64) {
        let flags = Int32(truncatingIfNeeded: openFlags)
        let mode = flags & O_ACCMODE
        let isPath = flags & ProcessFiles.pathFlag != 0
        writes = !isPath && (mode != O_RDONLY || flags & O_TRUNC != 0)
        reads = !isPath && mode != O_WRONLY
        creates = !isPath && flags & O_CREAT != 0
        followsLink = flags & O_NOFOLLOW == 0
        text = writes ? (reads ? "read and write" : "write") : isPath ? "look" : "read"
    }
}

/// Tells which fence a wish runs into. Looks, changes nothing.
struct FileJudgement {
    let ownPlaces: [String]

    struct Refusal: Equatable {
        var rule: String
        var hint: String
    }

    /// - Parameter path: absolute, as the process means it.
    func refusal(
        _ wish: FileWish, _ path: String, _ files: borrowing ProcessFiles
    ) -> Refusal? {
        switch files.find(path, followsLink: wish.followsLink) {
        case .unknown: return nil
        case .found(let file):
            if wish.changesDirectory { return wish.creates ? nil : inDirectory(of: path, files) }
            return onFile(wish, path, file, files)
        case .absent:
            if wish.creates, let refusal = inDirectory(of: path, files) { return refusal }
            return isHidden(path) ? Self.absent(path) : nil
        }
    }

    private func onFile(
        _ wish: FileWish, _ path: String, _ file: ProcessFiles.File,
        _ files: borrowing ProcessFiles
    ) -> Refusal? {
        if file.isMask {
            return Refusal(
                rule: "files:masked",
                hint: "what the kernel tells there is about the whole machine; do without")
        }
        let isNode = ![S_IFREG, S_IFDIR].contains(file.mode & S_IFMT)
        if wish.writes, file.isReadOnly, !isNode { return Self.readOnly(path) }
        let wanted: UInt32 =
            (wish.reads ? 4 : 0) | (wish.writes ? 2 : 0) | (wish.executes ? 1 : 0)
        guard wanted == 0 || files.permits(file, wanted) else {
            return Refusal(
                rule: "files:mode",
                hint: "the file's mode does not let the sandbox's user; choose a file of its own")
        }
        return nil
    }

    /// Whether a name may come or go there.
    private func inDirectory(of path: String, _ files: borrowing ProcessFiles) -> Refusal? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        guard case .found(let directory) = files.find(parent) else { return nil }
        if directory.isReadOnly { return Self.readOnly(path) }
        return files.permits(directory, 3)
            ? nil
            : Refusal(
                rule: "files:mode",
                hint: "the directory's mode does not let the sandbox's user; choose one of its own")
    }

    /// Whether the host has what the sandbox has not. A number in /proc is another process there.
    private func isHidden(_ path: String) -> Bool {
        for own in ownPlaces where path == own || path.hasPrefix(own + "/") { return false }
        let parts = path.split(separator: "/")
        if parts.count > 1, parts[0] == "proc", Int(parts[1]) != nil { return false }
        var information = stat()
        return lstat(path, &information) == 0
    }

    private static func readOnly(_ path: String) -> Refusal {
        Refusal(
            rule: "files:read-only",
            hint: "write below the working directory, /tmp or $HOME, or bind a directory with :rw")
    }

    private static func absent(_ path: String) -> Refusal {
        let hint =
            if path.hasPrefix("/etc/") {
                "name it in files: {etc: [...]} of a profile of your own"
            } else if ["/proc/", "/sys/", "/dev/"].contains(where: path.hasPrefix) {
                "the kernel's interfaces are closed on purpose; do without"
            } else {
                "show it with --bind \(path)"
            }
        return Refusal(rule: "files:absent", hint: hint)
    }
}
