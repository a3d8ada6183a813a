internal import Glibc

/// An exclusive lock on a file of its own (flock(2)), which the kernel drops with the process. It
/// holds between processes, and between threads that each open it.
struct FileLock: ~Copyable {
    private let descriptor: CInt

    /// Waits until the lock is free.
    init(_ path: String) throws(GitError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw GitError.system("lock", path) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let error = GitError.system("lock", path)
                close(descriptor)
                throw error
            }
        }
        self.descriptor = descriptor
    }

    /// Locks an existing file or directory; `nil` when someone holds it, or it is gone.
    init?(ifFree path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    /// Locks a file that is made if there is none, and leaves a note in it of who holds it.
    ///
    /// - Returns: `nil` when someone else does.
    init?(ifFree path: String, note: String) throws(GitError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw GitError.system("lock", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        let bytes = Array(note.utf8)
        guard ftruncate(descriptor, 0) == 0, write(descriptor, bytes, bytes.count) == bytes.count
        else {
            let error = GitError.system("lock", path)
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        // Said outright: a child that is just being made holds a copy of the descriptor until it
        // becomes another program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
