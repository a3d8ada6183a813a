import Guardrails
import RunModel
import Testing

@Suite("Attacks: ways around a rule that someone thought of")
struct AttackTests {
    @Test("none passes", arguments: CatalogueCase.read(folder: "Attacks"))
    func stopped(_ attack: CatalogueCase) async throws {
        let report = try await attack.judge()
        #expect(report.verdict != .pass, "\(attack)")
    }
}
