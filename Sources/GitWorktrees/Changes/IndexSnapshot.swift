internal import CGit2
internal import Glibc

/// The user's index, read once and never written: a file that still has the size and the times
/// that git noted need not be hashed again.
///
/// Flags such as `skip-worktree` and `assume-unchanged` are not looked at: they hide changes.
struct IndexSnapshot {
    struct Known {
        var id: ObjectID
        var mode: UInt32
    }

    private struct Entry {
        var known: Known
        var size: UInt32
        var inode: UInt32
        var modified: (seconds: Int32, nanoseconds: UInt32)
        var changed: (seconds: Int32, nanoseconds: UInt32)
    }

    private var entries: [[UInt8]: Entry] = [:]
    /// What was modified when the index was written may have changed unseen (racy git).
    private var written = timespec()

    /// - Parameter path: of the index file; one that is missing knows nothing.
    init(path: String) throws(GitError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        written = status.st_mtim
        let index = try GitPointer("read index", path, free: git_index_free) {
            git_index_open(&$0, path)
        }
        for position in 0..<git_index_entrycount(index.raw) {
            guard let raw = git_index_get_byindex(index.raw, position)?.pointee,
                raw.flags & UInt16(GIT_INDEX_ENTRY_STAGEMASK) == 0
            else { continue }
            let known = Known(id: ObjectID(raw.id), mode: raw.mode)
            entries[CStringBytes.bytes(raw.path)] = Entry(
                known: known, size: raw.file_size, inode: raw.ino,
                modified: (raw.mtime.seconds, raw.mtime.nanoseconds),
                changed: (raw.ctime.seconds, raw.ctime.nanoseconds))
        }
    }

    /// - Returns: `nil` when the file has to be read.
    func entry(at path: [UInt8], status: stat) -> Known? {
        guard let entry = entries[path], status.st_mode & S_IFMT == S_IFREG else { return nil }
        let isExecutable = status.st_mode & S_IXUSR != 0
        let mode = isExecutable ? TreeEntry.executableMode : TreeEntry.fileMode
        let isRacy =
            (status.st_mtim.tv_sec, status.st_mtim.tv_nsec) >= (written.tv_sec, written.tv_nsec)
        guard !isRacy, entry.known.mode == mode,
            entry.size == UInt32(truncatingIfNeeded: status.st_size),
            entry.inode == UInt32(truncatingIfNeeded: status.st_ino),
            entry.modified == Self.time(status.st_mtim), entry.changed == Self.time(status.st_ctim)
        else { return nil }
        return entry.known
    }

    private static func time(_ time: timespec) -> (seconds: Int32, nanoseconds: UInt32) {
        (Int32(truncatingIfNeeded: time.tv_sec), UInt32(truncatingIfNeeded: time.tv_nsec))
    }
}
