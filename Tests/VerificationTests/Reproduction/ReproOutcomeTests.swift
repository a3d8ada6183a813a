import RunModel
import Testing

@testable import Verification

@Suite struct ReproOutcomeTests {
    private static func result(_ output: String, exitCode: Int32) -> CommandResult {
        var report = RunReport(
            command: ["x"], outcome: .exited, startedAt: "", limits: .standard,
            isolation: IsolationReport(network: "none"))
        report.exitCode = exitCode
        return CommandResult(
            report: report, standardOutput: Array(output.utf8), standardError: [])
    }

    @Test func theConsoleNamesTheTests() {
        let output = """
            ============================= test session starts ==============================
            collected 2 items

            test_a.py F.                                                             [100%]

            =================================== FAILURES ===================================
            ___________________________________ test_one ___________________________________
            E       assert 1 == 2
            =========================== short test summary info ============================
            FAILED test_a.py::test_one - assert 1 == 2
            ========================= 1 failed, 1 passed in 0.01s ==========================

            """
        let outcome = ReproOutcome(Self.result(output, exitCode: 1))
        #expect(outcome.failing == ["test_a.py::test_one"])
        #expect(outcome.isFailure)
        #expect(outcome.agrees(with: ReproOutcome(Self.result(output, exitCode: 1))))
        #expect(!outcome.agrees(with: ReproOutcome(Self.result(output, exitCode: 2))))
    }

    @Test func shrinkingKeepsTheCauseButForNumbers() {
        let first = ReproOutcome(Self.result("main.c:3:5: error: unknown type x\n", exitCode: 2))
        let moved = ReproOutcome(Self.result("main.c:9:1: error: unknown type x\n", exitCode: 2))
        let other = ReproOutcome(Self.result("main.c:3:5: error: no such file\n", exitCode: 2))
        #expect(first.cause != nil)
        #expect(first.isSameFailure(as: moved))
        #expect(first.agrees(with: other))
        #expect(!first.isSameFailure(as: other))
    }

    @Test func verdictsFollowFromAllRuns() {
        #expect(ReproVerdict([]) == nil)
        #expect(ReproVerdict([true, true]) == .reproduced)
        #expect(ReproVerdict([false]) == .different)
        #expect(ReproVerdict([true, false]) == .unstable)
    }
}
