import Guardrails
import RunModel
import Testing

@Suite("Attacks: ways around a rule that someone thought of")
struct AttackTests {
    @Test("none passes, and its honest twin does", arguments: CatalogueCase.read(folder: "Attacks"))
    func judged(_ attack: CatalogueCase) async throws {
        let report = try await attack.judge()
        let findings = report.findings.map { "\($0.action) \($0.rule): \($0.message)" }
        #expect((report.verdict == .pass) == (attack.verdict == "pass"), "\(attack): \(findings)")
    }
}
