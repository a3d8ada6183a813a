internal import CGit2
internal import Glibc

/// Turns files of a worktree into blobs of the quarantine.
extension RepositoryHandle {
    /// Larger files are handed through in pieces; smaller ones are hashed before they are
    /// written, so that what is unchanged costs no write.
    private static let streamingThreshold = 8 << 20

    func ingest(
        _ file: borrowing FileReader, at path: [UInt8], rules: ContentConversion.Rules,
        tracked: TreeEntry?, byteLimit: Int
    ) throws(GitError) -> ObjectID {
        let subject = PathText.text(path)
        let size = Int(file.status.st_size)
        guard size <= byteLimit else {
            throw GitError(
                .tooLarge, operation: "read changed file", subject: subject,
                reason: "it has \(size) bytes, the limit for a file is \(byteLimit)",
                remedy: "Have git ignore it, remove it, or raise the limit")
        }
        if size > Self.streamingThreshold, rules.isIdentity {
            return try stream(file, size: size, subject: subject)
        }
        var content = try file.content(byteLimit: byteLimit)
        if !rules.isIdentity {
            content = try ContentConversion.storedContent(of: content, at: path, rules: rules) {
                () throws(GitError) in
                guard let tracked, !tracked.isDirectory, tracked.mode != TreeEntry.submoduleMode
                else { return nil }
                return try withBlob(tracked.id, byteLimit: byteLimit) { Array($0) }
            }
        }
        let id = try ObjectID(hashing: content)
        return id == tracked?.id ? id : try writeBlob(content, subject: subject)
    }

    private func stream(
        _ file: borrowing FileReader, size: Int, subject: String
    ) throws(GitError) -> ObjectID {
        try requireQuarantine("write blob", subject)
        var stream: UnsafeMutablePointer<git_odb_stream>?
        try LibGit2.check(
            git_odb_open_wstream(&stream, objects.raw, git_object_size_t(size), GIT_OBJECT_BLOB),
            "write blob", subject)
        defer { git_odb_stream_free(stream) }
        var written = 0
        try file.forEachChunk { chunk throws(GitError) in
            written += chunk.count
            guard written <= size else { throw Self.changedMeanwhile(subject) }
            let bytes = chunk.bindMemory(to: CChar.self).baseAddress
            try LibGit2.check(
                git_odb_stream_write(stream, bytes, chunk.count), "write blob", subject)
        }
        guard written == size else { throw Self.changedMeanwhile(subject) }
        var id = git_oid()
        try LibGit2.check(git_odb_stream_finalize_write(&id, stream), "write blob", subject)
        return ObjectID(id)
    }

    private static func changedMeanwhile(_ subject: String) -> GitError {
        GitError(
            .refused, operation: "read changed file", subject: subject,
            reason: "it changed while it was read",
            remedy: "Stop what still runs in the worktree, then try again")
    }
}
