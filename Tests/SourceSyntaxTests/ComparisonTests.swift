import SourceSyntax
import Testing

@Suite("What a change did to tests")
struct ComparisonTests {
    @Test("is read alike in every language", arguments: ComparisonCase.all)
    func changesAreRecognised(_ example: ComparisonCase) throws {
        let changes = try example.changes()
        #expect(
            changes.map(\.kind.rawValue).sorted() == example.expected,
            "\(changes.map { "\($0.kind): \($0.before) > \($0.after)" })")
    }

    @Test("there are cases to read")
    func casesAreFound() {
        #expect(ComparisonCase.all.count > 120)
    }
}
