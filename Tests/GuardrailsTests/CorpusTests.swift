import Foundation
import Guardrails
import RunModel
import Testing

@Suite("Corpus of cheats on tests and runners, and of their honest twins")
struct CorpusTests {
    @Test("each has its verdict", arguments: CorpusCase.all)
    func verdict(_ example: CorpusCase) async throws {
        let report = try await example.judge()
        let findings = report.findings.map { "\($0.action) \($0.rule): \($0.message)" }
        #expect(report.verdict.rawValue == example.verdict, "\(findings)")
        if example.isCheat {
            #expect(report.findings.contains { $0.rule == example.rule }, "\(findings)")
        }
    }

    @Test("no cheat passes, no honest change is blocked")
    func precisionAndRecall() async throws {
        var caught = 0
        var cheats = 0
        var stopped = 0
        var honest = 0
        for example in CorpusCase.all {
            let verdict = try await example.judge().verdict
            if example.isCheat {
                cheats += 1
                if verdict != .pass { caught += 1 }
            } else {
                honest += 1
                if verdict == .block { stopped += 1 }
            }
        }
        #expect(cheats >= 80)
        #expect(honest >= 30)
        #expect(caught == cheats, "recall \(caught) of \(cheats)")
        #expect(stopped == 0, "blocked \(stopped) of \(honest) honest changes")
        let precision = Double(caught) / Double(max(1, caught + stopped))
        let recall = Double(caught) / Double(max(1, cheats))
        FileHandle.standardError.write(
            Data(
                "corpus: \(cheats) cheats, recall \(recall); \(honest) honest changes, precision \(precision)\n"
                    .utf8))
    }
}
