import Foundation
import RunModel
import TestSupport
import Testing
import Verification

@testable import Orchestration

/// Bisection over a thousand commits in real sandboxes: what it asks, and what checkouts cost.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["DRYDOCK_LONG"] != nil))
struct LongHistoryTests {
    /// A history whose commit number `culprit` breaks the test, written by fast-import.
    private static func repository(at directory: String, culprit: Int) throws -> GitCommandLine {
        let git = try GitCommandLine.create(at: directory)
        func file(_ path: String, _ text: String) -> String {
            "M 100644 inline \(path)\ndata \(text.utf8.count)\n\(text)\n"
        }
        var stream = ""
        for number in 0...1_000 {
            let message = "commit \(number)"
            stream +=
                "commit refs/heads/main\nmark :\(number + 1)\n"
                + "committer A Tester <tester@example.org> \(1_700_000_000 + number) +0000\n"
                + "data \(message.utf8.count)\n\(message)\n"
            if number > 0 { stream += "from :\(number)\n" }
            if number == 0 {
                stream += file("conftest.py", "")
                stream += file(
                    "tests/test_calc.py",
                    "import time\n\nfrom calc import add\n\n\ndef test_add():\n    time.sleep(1)\n    assert add(2, 3) == 5\n"
                )
                // A tree as large as that of a project that has a thousand commits.
                for other in 0..<400 {
                    stream += file("src/m\(other % 20)/f\(other).py", "x = 1\n")
                }
            }
            stream += file("log/\(number % 50).txt", "\(number)\n")
            let body = number < culprit ? "a + b" : "a - b"
            stream += file("calc.py", "def add(a, b):\n    return \(body)\n")
        }
        try git.run(["fast-import", "--quiet"], input: Array(stream.utf8))
        return git
    }

    @Test func aThousandCommitsCostTenRevisions() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.repository(at: directory + "/repository", culprit: 617)
            let started = Date()
            var options = TriageOptions()
            options.repeats = 3
            let report = try await TriageCoordinator.triage(
                TriageRequest(
                    repository: git.directory, good: "main~1000", bad: "main", options: options),
                host: ExecutionHost(), operatorFiles: OperatorFiles(directory: directory))
            let seconds = Date().timeIntervalSince(started)
            let culprit = try git.text(["rev-parse", "main~383"])
            #expect(report.culprit?.commit == culprit)
            let revisions = report.runs.count { $0.role == "bisect" }
            // One of them asks the good end the bad end's question.
            #expect(revisions <= 13)
            let inside = report.runs.reduce(0) { $0 + $1.wallMilliseconds } / 1_000
            let share = 1 - inside / seconds
            print("bisect|\(revisions)|\(report.runs.count)|\(seconds)|\(share)")
            // Checkouts, sandboxes and git together; a debug build.
            #expect(share < 0.25)
        }
    }
}
