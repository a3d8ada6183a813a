/// Reads git content without running git, filters or hooks. Object ids are lowercase hexadecimal.
package protocol TreeReader: Sendable {
    /// Every file of a tree, recursively, ordered by path bytes.
    func files(inTree tree: String) async throws -> [TreeFile]
    /// The bytes of a blob; throws `BlobTooLarge` when it is larger than `byteLimit`.
    func blob(_ id: String, byteLimit: Int) async throws -> [UInt8]
    /// The file at a path of a tree, found without walking the whole tree.
    func file(at path: String, inTree tree: String) async throws -> TreeFile?
    /// Names of the entries of one directory of a tree ("" is the root), ordered by bytes; empty
    /// when there is no such directory.
    func entryNames(inDirectory directory: String, ofTree tree: String) async throws -> [String]
    /// What differs between two trees, renames and copies followed, ordered by path.
    func difference(from base: String, to head: String) async throws -> [FileDifference]
    /// Writes blobs and a tree on top of `base`: `nil` content deletes. Returns the new tree's id.
    func writeTree(base: String, edits: [TreeEdit]) async throws -> String
}

/// A blob is larger than the reader was permitted to load.
package struct BlobTooLarge: Error, Sendable, Equatable {
    package var blob: String
    package var sizeBytes: Int
    package var limitBytes: Int

    package init(blob: String, sizeBytes: Int, limitBytes: Int) {
        self.blob = blob
        self.sizeBytes = sizeBytes
        self.limitBytes = limitBytes
    }
}

/// For readers that know whole trees. (No asynchronous code in this module: it would bring the
/// runtime of concurrency, and its initialisers, into the front.)
extension [TreeFile] {
    /// See `TreeReader.file(at:inTree:)`.
    package func file(at path: String) -> TreeFile? { first { $0.path == path } }

    /// See `TreeReader.entryNames(inDirectory:ofTree:)`; the files must be in the order of their paths.
    package func entryNames(inDirectory directory: String) -> [String] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        var names: [String] = []
        for file in self where file.path.hasPrefix(prefix) {
            let name = String(file.path.dropFirst(prefix.count).prefix { $0 != "/" })
            if names.last != name { names.append(name) }
        }
        return names
    }
}

/// Reads history.
package protocol HistoryReader: Sendable {
    /// The commit that a revision names.
    func resolve(_ revision: String) async throws -> String
    func tree(ofCommit commit: String) async throws -> String
    func parents(ofCommit commit: String) async throws -> [String]
    /// First-parent chain from `good` (exclusive) to `bad` (inclusive), oldest first.
    func firstParentChain(from good: String, to bad: String) async throws -> [String]
    /// All commits reachable from `bad` and not from `good`, topologically, oldest first.
    func commits(from good: String, to bad: String) async throws -> [String]
    func commit(_ id: String) async throws -> CommitSummary
}

package struct TreeFile: Sendable, Equatable {
    package var path: String
    package var blob: String
    /// 0o100644, 0o100755, 0o120000 or 0o160000.
    package var mode: UInt32

    package init(path: String, blob: String, mode: UInt32) {
        self.path = path
        self.blob = blob
        self.mode = mode
    }
}

package enum FileDifferenceKind: String, Sendable, Codable {
    case added, deleted, modified, renamed, copied
    case typeChanged = "type_changed"
}

package struct FileDifference: Sendable, Equatable {
    package var kind: FileDifferenceKind
    package var old: TreeFile?
    package var new: TreeFile?

    package init(kind: FileDifferenceKind, old: TreeFile?, new: TreeFile?) {
        self.kind = kind
        self.old = old
        self.new = new
    }

    /// The path in the head, or in the base where the head has none.
    package var path: String { new?.path ?? old?.path ?? "" }
}

package struct TreeEdit: Sendable {
    package var path: String
    /// `nil` deletes the path.
    package var content: [UInt8]?
    package var mode: UInt32

    package init(path: String, content: [UInt8]?, mode: UInt32 = 0o100644) {
        self.path = path
        self.content = content
        self.mode = mode
    }
}

package struct CommitSummary: Sendable, Equatable {
    package var id: String
    package var tree: String
    package var parents: [String]
    package var author: String
    /// Seconds since the epoch.
    package var timeSeconds: Int64
    package var message: String

    package init(
        id: String, tree: String, parents: [String], author: String, timeSeconds: Int64,
        message: String
    ) {
        self.id = id
        self.tree = tree
        self.parents = parents
        self.author = author
        self.timeSeconds = timeSeconds
        self.message = message
    }
}
