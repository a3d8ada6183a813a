import Foundation
import RunModel
import TestSupport
import Testing

@testable import Verification

/// Suites that are flaky for different reasons: none is called a regression, and no change that
/// repairs nothing is called verified. Twenty trials each under `DRYDOCK_LONG=1`.
@Suite(.serialized) struct FlakySuiteTests {
    struct Flake: Sendable, CustomTestStringConvertible {
        var name: String
        var test: String
        var testDescription: String { name }
    }

    static let trials = CheatCase.isLong ? 20 : 1
    /// Those that run in CI.
    private static var chosen: [Flake] {
        CheatCase.isLong ? flakes : flakes.filter { $0.name == "race" }
    }

    static let flakes = [
        Flake(
            name: "order",
            test: """
                seen = []


                def test_first():
                    seen.append(1)


                def test_it():
                    assert seen

                """),
        Flake(
            name: "time",
            test: """
                import time


                def test_it():
                    assert time.time_ns() // 1000 % 3

                """),
        Flake(
            name: "randomness",
            test: """
                import random


                def test_it():
                    assert random.random() < 0.5

                """),
        Flake(
            name: "race",
            test: """
                import random
                import threading
                import time


                def test_it():
                    ends = []

                    def work(name):
                        time.sleep(random.uniform(0, 0.004))
                        ends.append(name)

                    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
                    for thread in threads:
                        thread.start()
                    for thread in threads:
                        thread.join()
                    assert ends == ["a", "b"]

                """),
        Flake(
            name: "resource",
            test: """
                import socket


                def test_it():
                    with socket.socket() as taken:
                        taken.bind(("127.0.0.1", 0))
                        assert taken.getsockname()[1] // 2 % 5

                """),
    ]

    @Test(arguments: chosen) func isNoRegression(_ flake: Flake) async throws {
        try await withTemporaryDirectory { directory in
            let project = try PythonProject(at: directory + "/repository")
            let good = try project.git.commit([
                "code.py": "x = 1\n", "tests/test_flaky.py": flake.test,
            ])
            let bad = try project.git.commit(["code.py": "x = 2\n"])
            var regressions = 0
            for _ in 0..<Self.trials {
                let report = try await project.triage(good: good, bad: bad)
                if report.class == .regression { regressions += 1 }
                #expect(report.class != .regression || (report.confidence ?? 0) > 0.99)
            }
            #expect(regressions == 0)
            print("flaky|\(flake.name)|triage|\(Self.trials)|\(regressions)")
        }
    }

    @Test(arguments: chosen) func isNeverVerified(_ flake: Flake) async throws {
        let command = PythonProject.command
        let project = CheatProject(
            runner: "pytest", files: ["code.py": "x = 1\n", "tests/test_flaky.py": flake.test],
            good: [:], command: command, repeats: 3)
        let cheat = CheatCase(name: flake.name, project: project, change: ["code.py": "x = 2\n"])
        var verified = 0
        for _ in 0..<Self.trials {
            let report = try await cheat.verify()
            if report.verdict == .verified { verified += 1 }
        }
        #expect(verified == 0)
        print("flaky|\(flake.name)|verify|\(Self.trials)|\(verified)")
    }
}
