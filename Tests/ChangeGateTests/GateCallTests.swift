import ChangeGate
import Guardrails
import Testing

/// What `drydock-gate` reads by itself, and what it leaves to the command that can explain it.
@Suite struct GateCallTests {
    @Test func ordinaryCall() {
        var expected = GateCall(base: "main", change: .head("HEAD"))
        expected.repository = "project"
        expected.sinceMergeBase = true
        expected.policy = "strict"
        expected.scope = ["src/**", "tests/**"]
        expected.threshold = .block
        expected.format = .markdown
        let arguments = [
            "--repo", "project", "--base=main", "--head", "HEAD", "--merge-base", "--scope",
            "src/**", "--policy", "strict", "--scope=tests/**", "--fail-on", "block", "--format",
            "markdown",
        ]
        #expect(GateCall(arguments: arguments) == expected)
        #expect(
            GateCall(arguments: ["--base", "HEAD", "--patch", "-"])
                == GateCall(base: "HEAD", change: .patch("-")))
    }

    @Test(arguments: [
        [], ["--help"], ["--base", "main"], ["--head", "HEAD"],
        ["--base", "main", "--head"], ["--base", "main", "--head", "--policy"],
        ["--base", "main", "--head", "HEAD", "--patch", "-"],
        ["--base", "main", "--patch", "-", "--merge-base"],
        ["--base", "main", "--base", "other", "--head", "HEAD"],
        ["--base", "main", "--head", "HEAD", "--format", "yaml"],
        ["--base", "main", "--head", "HEAD", "--fail-on", "warn"],
        ["--base", "main", "--head", "HEAD", "--merge-base=no"],
        ["--base", "main", "--head", "HEAD", "--polcy", "strict"],
        ["--base", "main", "--head", "HEAD", "extra"], ["--base=", "--head", "HEAD"],
        ["--base", "main", "--head", "HEAD", "--"], ["-h"],
    ])
    func leftToTheTool(arguments: [String]) {
        #expect(GateCall(arguments: arguments) == nil)
    }
}
