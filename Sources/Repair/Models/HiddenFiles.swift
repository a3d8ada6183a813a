internal import RunModel

/// Files of a tree that usually hold secrets: taken out of what a model's commands run over, and
/// their values out of whatever is shown to it, whichever way it came about.
struct HiddenFiles: Sendable {
    private static let filesMax = 50
    private static let fileBytesMax = 64 << 10
    /// Shorter ones are words of any program.
    private static let valueBytesMin = 8

    let files: [TreeFile]

    init(in tree: String, _ trees: any TreeReader) async throws {
        files = Array(
            try await trees.files(inTree: tree)
                .filter { SecretShapes.isSecretFile($0.path) }.prefix(Self.filesMax))
    }

    /// The tree without them; the same where there are none.
    func removed(from tree: String, _ trees: any TreeReader) async throws -> String {
        guard !files.isEmpty else { return tree }
        return try await trees.writeTree(
            base: tree, edits: files.map { TreeEdit(path: $0.path, content: nil) })
    }

    /// A tree with them as they were, whatever became of them.
    func restored(in tree: String, _ trees: any TreeReader) async throws -> String {
        var edits: [TreeEdit] = []
        for file in files {
            edits.append(
                TreeEdit(
                    path: file.path,
                    content: try await trees.blob(file.blob, byteLimit: 64 << 20),
                    mode: file.mode))
        }
        return edits.isEmpty ? tree : try await trees.writeTree(base: tree, edits: edits)
    }

    /// What in them looks like a value that nobody else should have, the longest first.
    func values(_ trees: any TreeReader) async throws -> [String] {
        var found: Set<String> = []
        for file in files where file.isRegular {
            guard let bytes = try? await trees.blob(file.blob, byteLimit: Self.fileBytesMax) else {
                continue
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let parts = text.split { $0.isWhitespace || "=:\"',;{}[]()".contains($0) }
            for part in parts where part.utf8.count >= Self.valueBytesMin {
                let hasLetter = part.contains(where: \.isLetter)
                let hasOther = part.contains { !$0.isLetter && $0 != "_" && $0 != "-" }
                if hasLetter && hasOther || part.utf8.count >= 20 { found.insert(String(part)) }
            }
        }
        return found.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }
}
