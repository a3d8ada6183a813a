internal import RunModel

/// Puts the test files of one revision into the tree of another, so that every revision is asked
/// the same question.
struct TestTransplant: Sendable {
    private let reader: any TreeReader
    private let donor: [TreeFile]

    private static let fileByteLimit = 64 << 20

    /// - Parameter tree: where the tests come from.
    init(from tree: String, paths: PathPatterns, reader: any TreeReader) async throws {
        self.reader = reader
        donor = try await reader.files(inTree: tree).filter {
            paths.matches($0.path) && $0.mode != 0o160000
        }
    }

    /// The tree that results: files of the recipient that the donor lacks stay.
    func into(_ tree: String) async throws -> String {
        let present = Dictionary(
            try await reader.files(inTree: tree).map { ($0.path, $0) }, uniquingKeysWith: { $1 })
        var edits: [TreeEdit] = []
        for file in donor where present[file.path] != file {
            let content = try await reader.blob(file.blob, byteLimit: Self.fileByteLimit)
            edits.append(TreeEdit(path: file.path, content: content, mode: file.mode))
        }
        return edits.isEmpty ? tree : try await reader.writeTree(base: tree, edits: edits)
    }
}
