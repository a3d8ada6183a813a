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

    @Test(
        .enabled(if: JUnitCheats.isInstalled),
        arguments: CheatCase.isLong ? JUnitCheats.all : JUnitCheats.short)
    func junit(_ cheat: CheatCase) async throws { try await expect(cheat) }

    @Test(arguments: CheatCase.isLong ? HonestTwins.all : Array(HonestTwins.all.prefix(1)))
    func honest(_ twin: CheatCase) async throws { try await expect(twin) }

    @Test func theCatalogueIsAsLargeAsItMustBe() {
        let all =
            PytestCheats.all + UnittestCheats.all + NodeCheats.all + GoCheats.all + CargoCheats.all
            + JUnitCheats.all
        #expect(Set(all.map(\.project.runner)).count >= 6)
        #expect(all.count { $0.verdict == .rejected } >= 80)
        // At most one in twenty may be left to a human.
        #expect(20 * all.count { $0.verdict == .inconclusive } <= all.count)
        let honest = Set(all.filter { $0.verdict == .verified }.map(\.project.runner))
        #expect(honest.count >= 6)
        #expect(Set(all.map(\.testDescription)).count == all.count)
    }

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
