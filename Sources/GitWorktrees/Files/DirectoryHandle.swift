internal import Glibc

/// An open directory. Everything beneath it is reached one component at a time without following
/// links, so that nothing a workload left there leads elsewhere (openat(2), `O_NOFOLLOW`).
struct DirectoryHandle: ~Copyable {
    let descriptor: CInt
    /// For messages only.
    let path: String

    /// Opens a directory by its host path, which the caller vouches for.
    init(_ path: String) throws(GitError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw GitError.system("open directory", path) }
        self.descriptor = descriptor
        self.path = path
    }

    private init(descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Takes a duplicate of a descriptor that someone else owns.
    init(duplicating descriptor: CInt, path: String) throws(GitError) {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw GitError.system("duplicate descriptor", path) }
        self.init(descriptor: copy, path: path)
    }

    deinit { close(descriptor) }

    func path(of name: [UInt8]) -> String { "\(path)/\(PathText.text(name))" }

    /// Opens a child that is really a directory.
    func directory(_ name: [UInt8]) throws(GitError) -> DirectoryHandle {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let child = openat(descriptor, CStringBytes.terminated(name), flags)
        guard child >= 0 else { throw GitError.system("open directory", path(of: name)) }
        return DirectoryHandle(descriptor: child, path: path(of: name))
    }

    /// Opens a directory further down, one component at a time.
    func descendant(_ path: [UInt8]) throws(GitError) -> DirectoryHandle {
        var current = try DirectoryHandle(duplicating: descriptor, path: self.path)
        for component in path.split(separator: UInt8(ascii: "/")) {
            current = try current.directory(Array(component))
        }
        return current
    }

    /// Makes a child directory if there is none, and opens it.
    func makeDirectory(_ name: [UInt8], mode: mode_t) throws(GitError) -> DirectoryHandle {
        let text = CStringBytes.terminated(name)
        guard mkdirat(descriptor, text, mode) == 0 || errno == EEXIST else {
            throw GitError.system("make directory", path(of: name))
        }
        return try directory(name)
    }

    /// The names in the directory but `.` and `..`, in the order of their bytes.
    func names() throws(GitError) -> [[UInt8]] {
        // A duplicate would share the position with the original: it is opened anew.
        let listing = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard listing >= 0 else { throw GitError.system("list directory", path) }
        guard let stream = fdopendir(listing) else {
            let error = GitError.system("list directory", path)
            close(listing)
            throw error
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        errno = 0
        while let entry = readdir(stream) {
            // SAFETY: d_name is a terminated string within the entry, which lives until the next
            // readdir; its declared type is a tuple, hence the byte offset.
            let start = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
            let name = CStringBytes.bytes(start.assumingMemoryBound(to: CChar.self))
            if name != [46], name != [46, 46] { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw GitError.system("list directory", path) }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// What lies at a name, links not followed; `nil` when nothing does.
    func status(of name: [UInt8]) throws(GitError) -> stat? {
        var status = stat()
        if fstatat(descriptor, CStringBytes.terminated(name), &status, AT_SYMLINK_NOFOLLOW) == 0 {
            return status
        }
        guard errno == ENOENT else { throw GitError.system("look at", path(of: name)) }
        return nil
    }

    func linkTarget(_ name: [UInt8]) throws(GitError) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlinkat(
            descriptor, CStringBytes.terminated(name), &buffer, buffer.count)
        guard count >= 0 else { throw GitError.system("read link", path(of: name)) }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    /// Deeper trees are taken apart level by level: a workload may nest as deep as it likes, and a
    /// descriptor for each level would not suffice.
    private static let depthLimit = 64

    /// Takes out a file, a link or a whole directory; one that is gone already is fine.
    func remove(_ name: [UInt8]) throws(GitError) { try remove(name, depth: 0) }

    private func remove(_ name: [UInt8], depth: Int) throws(GitError) {
        if try unlink(name) { return }
        do {
            let child = try directory(name)
            if depth < Self.depthLimit {
                for inner in try child.names() { try child.remove(inner, depth: depth + 1) }
            } else {
                try child.clear()
            }
        }
        try removeEmpty(name)
    }

    /// Takes out everything inside with two descriptors, however deep it goes: directories within
    /// directories are moved up here first.
    private func clear() throws(GitError) {
        while true {
            let names = try names()
            if names.isEmpty { return }
            for name in names where try !unlink(name) {
                do {
                    let child = try directory(name)
                    for inner in try child.names() where try !child.unlink(inner) {
                        let place = "removing-\(UInt64.random(in: .min ... .max))"
                        let text = CStringBytes.terminated(inner)
                        guard renameat(child.descriptor, text, descriptor, place) == 0 else {
                            throw GitError.system("move up", child.path(of: inner))
                        }
                    }
                }
                try removeEmpty(name)
            }
        }
    }

    /// - Returns: whether it is gone; else it is a directory.
    private func unlink(_ name: [UInt8]) throws(GitError) -> Bool {
        if unlinkat(descriptor, CStringBytes.terminated(name), 0) == 0 || errno == ENOENT {
            return true
        }
        guard errno == EISDIR || errno == EPERM else {
            throw GitError.system("remove", path(of: name))
        }
        return false
    }

    private func removeEmpty(_ name: [UInt8]) throws(GitError) {
        let text = CStringBytes.terminated(name)
        guard unlinkat(descriptor, text, AT_REMOVEDIR) == 0 || errno == ENOENT else {
            throw GitError.system("remove", path(of: name))
        }
    }
}

extension GitError {
    /// The error that `errno` holds now.
    static func system(_ operation: String, _ subject: String) -> GitError {
        let number = errno
        let isDiskFull = number == ENOSPC || number == EDQUOT
        return GitError(
            isDiskFull ? .diskFull : .system, operation: operation, subject: subject,
            reason: String(cString: strerror(number)),
            remedy: isDiskFull ? "Free space, then try again: nothing was lost" : "")
    }
}
