package import RunModel

/// A repository for asynchronous callers: one request at a time, on a thread that may block.
package actor GitRepository: TreeReader, HistoryReader {
    /// Begins what the first repository of a process would wait for. May be left out.
    package static func prepare() { LibGit2.startAhead() }

    private let handle: RepositoryHandle
    private let executor: SerialQueueExecutor

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Opens the repository; blocks for the time of reading its configuration.
    ///
    /// - Parameters:
    ///   - path: any path inside the repository, or a bare repository.
    ///   - quarantine: where new objects go, see `CacheLayout.quarantine(of:)`; `nil` makes
    ///     `writeTree` an error.
    package init(
        at path: String, quarantine: String? = nil, trust: RepositoryTrust = .callersOwn
    ) throws(GitError) {
        handle = try RepositoryHandle(at: path, quarantine: quarantine, trust: trust)
        executor = SerialQueueExecutor(label: "drydock.git")
    }

    /// Does several steps on the repository's own thread without giving way to other callers.
    package func withHandle<Result: ~Copyable & Sendable>(
        _ body: @Sendable (borrowing RepositoryHandle) throws -> Result
    ) throws -> Result {
        try body(handle)
    }

    // MARK: TreeReader

    package func files(inTree tree: String) async throws -> [TreeFile] {
        try handle.files(inTree: .parse(tree, operation: "list files"))
    }

    package func blob(_ id: String, byteLimit: Int) async throws -> [UInt8] {
        let object = try ObjectID.parse(id, operation: "read blob")
        do {
            return try handle.withBlob(object, byteLimit: byteLimit) { Array($0) }
        } catch  where error.code == .tooLarge {
            throw BlobTooLarge(
                blob: id, sizeBytes: try handle.size(ofBlob: object), limitBytes: byteLimit)
        }
    }

    package func difference(from base: String, to head: String) async throws -> [FileDifference] {
        try handle.difference(
            from: .parse(base, operation: "compare"), to: .parse(head, operation: "compare"))
    }

    package func writeTree(base: String, edits: [TreeEdit]) async throws -> String {
        try handle.writeTree(base: .parse(base, operation: "write tree"), edits: edits).description
    }

    // MARK: HistoryReader

    package func resolve(_ revision: String) async throws -> String {
        try handle.commit(named: revision).description
    }

    package func tree(ofCommit commit: String) async throws -> String {
        try handle.tree(ofCommit: .parse(commit, operation: "read commit")).description
    }

    package func parents(ofCommit commit: String) async throws -> [String] {
        try handle.parents(ofCommit: .parse(commit, operation: "read commit"))
            .map(\.description)
    }

    package func firstParentChain(from good: String, to bad: String) async throws -> [String] {
        try handle.firstParentChain(
            from: .parse(good, operation: "follow first parents"),
            to: .parse(bad, operation: "follow first parents")
        ).map(\.description)
    }

    package func commits(from good: String, to bad: String) async throws -> [String] {
        try handle.commits(
            from: .parse(good, operation: "walk history"),
            to: .parse(bad, operation: "walk history")
        ).map(\.description)
    }

    package func commit(_ id: String) async throws -> CommitSummary {
        try handle.summary(ofCommit: .parse(id, operation: "read commit"))
    }
}
