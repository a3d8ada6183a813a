import Guardrails
import RunModel
import Testing

@Suite("Rules prove themselves by their examples")
struct RuleExamplesTests {
    @Test("the catalogue is sorted and has no duplicates")
    func catalogueIsSorted() {
        let identifiers = RuleCatalog.all.map(\.metadata.id)
        #expect(identifiers == Set(identifiers).sorted())
    }

    @Test("every rule has a violating and a clean example", arguments: RuleCatalog.all.indices)
    func hasBothKinds(index: Int) {
        let rule = RuleCatalog.all[index]
        #expect(rule.examples.contains { $0.expectation == .violating }, "\(rule.metadata.id)")
        #expect(rule.examples.contains { $0.expectation == .clean }, "\(rule.metadata.id)")
    }

    @Test("every example has the verdict it claims", arguments: RuleCatalog.all.indices)
    func examplesHold(index: Int) async throws {
        let rule = RuleCatalog.all[index]
        for example in rule.examples {
            let findings = try await ExampleJudge.findings(of: rule, in: example)
            #expect(
                findings.isEmpty == (example.expectation == .clean),
                "\(rule.metadata.id): \(example.summary): \(findings.map(\.message))")
        }
    }
}
