internal import Glibc

/// One process, and one thread of it, opens the store of a directory at a time.
///
/// GRDB asks which migrations are applied before it begins the next: of two that come to a new store
/// at once, the second would make tables that are there already.
enum OpeningLock {
    /// Waits for its turn. The lock is one on the directory itself (flock(2)), so it leaves no file,
    /// and the kernel gives it back whatever happens to its holder.
    static func holding<Value>(
        directoryOf path: String, _ body: () throws -> Value
    ) throws -> Value {
        let end = path.lastIndex(of: "/")
        let directory = end.map { path[..<$0] } ?? "."
        let descriptor = open(
            directory.isEmpty ? "/" : String(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // Of a divided service the lesser part may only pass through: the other one has opened the
        // store before, and made what there is to make.
        if descriptor < 0, errno == EACCES { return try body() }
        guard descriptor >= 0 else { throw failure(path) }
        defer {
            // Said outright: a child that is just being made has a copy of the descriptor until it
            // becomes another program.
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure(path) }
        }
        return try body()
    }

    private static func failure(_ path: String) -> RunStoreError {
        RunStoreError(
            .unavailable, operation: "opening the store", subject: path,
            reason: "its directory cannot be locked: " + String(cString: strerror(errno)),
            remedy: "Check that its directory exists, is writable and is on a local disk")
    }
}
