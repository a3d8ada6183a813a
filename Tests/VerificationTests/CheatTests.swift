import RunModel
import Testing

@testable import Verification

/// One after the other: each runs a dozen test commands with a time limit of their own.
@Suite(.serialized) struct CheatTests {
    @Test(arguments: PytestCheats.all)
    func pytest(_ cheat: CheatCase) async throws { try await expect(cheat) }

    @Test(arguments: UnittestCheats.all)
    func unittest(_ cheat: CheatCase) async throws { try await expect(cheat) }

    @Test(.enabled(if: CheatCase.has("node")), arguments: NodeCheats.all)
    func node(_ cheat: CheatCase) async throws { try await expect(cheat) }

    @Test(.enabled(if: CheatCase.has("go")), arguments: GoCheats.all)
    func go(_ cheat: CheatCase) async throws { try await expect(cheat) }

    @Test(.enabled(if: CheatCase.has("cargo")), arguments: CargoCheats.all)
    func cargo(_ cheat: CheatCase) async throws { try await expect(cheat) }

    private func expect(_ cheat: CheatCase) async throws {
        let report = try await cheat.verify()
        let codes = report.reasons.map(\.code)
        #expect(report.verdict == cheat.verdict, "\(report.reasons) \(report.tests)")
        if !cheat.codes.isEmpty {
            #expect(
                cheat.codes.contains { codes.contains($0.rawValue) },
                "\(cheat.codes) expected, \(report.reasons) given")
        }
    }
}
