internal import Digests
package import RunModel

/// Two small trees in memory, named `base` and `head`: the examples of rules, for which building a
/// git repository would be too slow.
///
/// Renames are found as git finds them for small changes: identical content first, then the most
/// similar file of which at least half the lines are kept.
package struct MemoryTreeReader: TreeReader {
    package static let baseTree = "base"
    package static let headTree = "head"

    private let trees: [String: [String: TreeFile]]
    private let blobs: [String: [UInt8]]

    package init(base: [String: ExampleFile], head: [String: ExampleFile]) {
        var blobs: [String: [UInt8]] = [:]
        func tree(_ files: [String: ExampleFile]) -> [String: TreeFile] {
            var tree: [String: TreeFile] = [:]
            for (path, file) in files {
                let isSubmodule = file.mode == FileMode.submodule
                let id =
                    isSubmodule
                    ? String(decoding: file.bytes, as: UTF8.self)
                    : SHA256Digest(of: file.bytes).hexadecimal
                if !isSubmodule { blobs[id] = file.bytes }
                tree[path] = TreeFile(path: path, blob: id, mode: file.mode)
            }
            return tree
        }
        trees = [Self.baseTree: tree(base), Self.headTree: tree(head)]
        self.blobs = blobs
    }

    package init(_ example: RuleExample) { self.init(base: example.base, head: example.head) }

    package func files(inTree tree: String) async throws -> [TreeFile] {
        try contents(of: tree).values.sorted { $0.path < $1.path }
    }

    package func file(at path: String, inTree tree: String) async throws -> TreeFile? {
        try await files(inTree: tree).file(at: path)
    }

    package func entryNames(
        inDirectory directory: String, ofTree tree: String
    ) async throws -> [String] {
        try await files(inTree: tree).entryNames(inDirectory: directory)
    }

    package func blob(_ id: String, byteLimit: Int) async throws -> [UInt8] {
        guard let bytes = blobs[id] else { throw MissingObject(id: id) }
        guard bytes.count <= byteLimit else {
            throw BlobTooLarge(blob: id, sizeBytes: bytes.count, limitBytes: byteLimit)
        }
        return bytes
    }

    package func difference(from base: String, to head: String) async throws -> [FileDifference] {
        let old = try contents(of: base)
        let new = try contents(of: head)
        var result: [FileDifference] = []
        var deleted: [TreeFile] = []
        var added: [TreeFile] = []
        for path in Set(old.keys).union(new.keys).sorted() {
            switch (old[path], new[path]) {
            case (let before?, let after?) where before != after:
                let sameType = before.mode & 0o170000 == after.mode & 0o170000
                result.append(
                    FileDifference(
                        kind: sameType ? .modified : .typeChanged, old: before, new: after))
            case (let before?, nil): deleted.append(before)
            case (nil, let after?): added.append(after)
            default: break
            }
        }
        for file in added {
            if let index = renameSource(of: file, among: deleted) {
                result.append(
                    FileDifference(kind: .renamed, old: deleted.remove(at: index), new: file))
            } else {
                result.append(FileDifference(kind: .added, old: nil, new: file))
            }
        }
        result += deleted.map { FileDifference(kind: .deleted, old: $0, new: nil) }
        return result.sorted { $0.path < $1.path }
    }

    package func writeTree(base: String, edits: [TreeEdit]) async throws -> String {
        throw MissingObject(id: "a tree to write to")
    }

    private struct MissingObject: Error { var id: String }

    private func contents(of tree: String) throws -> [String: TreeFile] {
        guard let contents = trees[tree] else { throw MissingObject(id: tree) }
        return contents
    }

    private func renameSource(of file: TreeFile, among deleted: [TreeFile]) -> Int? {
        if let same = deleted.firstIndex(where: { $0.blob == file.blob }) { return same }
        guard let content = blobs[file.blob].map(FileText.init) else { return nil }
        var best: (index: Int, kept: Int)?
        for (index, candidate) in deleted.enumerated() {
            guard let old = blobs[candidate.blob].map(FileText.init) else { continue }
            let changed = LineDifference.hunks(from: old, to: content).reduce(0) {
                $0 + $1.base.count
            }
            let kept = old.lineCount - changed
            if 2 * kept >= max(old.lineCount, content.lineCount), kept > best?.kept ?? 0 {
                best = (index, kept)
            }
        }
        return best?.index
    }
}
