import Foundation
import GitWorktrees
import RunModel
import Sandboxing
import TestReports
import TestSupport
import Testing

@testable import Orchestration
@testable import Verification

/// What failing tests depend on, seen in real sandboxes.
@Suite struct ScopeTests {
    private static let command: TestCommand = {
        var command = TestCommand(
            runner: "custom", run: "sh tests/all.sh", select: "for t in {tests}; do sh $t; done",
            paths: PathPatterns(["tests/**"]))
        command.environment = [:]
        return command
    }()

    private static func makeRepository(_ directory: String) throws -> GitCommandLine {
        let git = try GitCommandLine.create(at: directory + "/repository")
        try git.commit([
            "lib/used.sh": "value=1\n", "lib/unused.sh": "value=2\n", "lib/data.txt": "x\n",
            "tool": "#!/bin/sh\nexit 0\n",
            "tests/one.sh":
                ". ./lib/used.sh; cd lib; cat data.txt ../lib/../lib/data.txt; ../tool\n",
            "tests/all.sh": "sh tests/one.sh\n",
        ])
        try git.run(["update-index", "--chmod=+x", "tool"])
        try git.run(["commit", "-q", "-m", "mode"])
        return git
    }

    private static let opened = ["lib/data.txt", "lib/used.sh", "tests/one.sh", "tool"]

    @Test(arguments: [FileObservation.Method.fanotify, .seccomp])
    func openedFilesAreSeen(_ method: FileObservation.Method) async throws {
        // fanotify is the super-user's.
        guard method == .seccomp || geteuid() == 0 else { return }
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            let host = try ExecutionHost()
            let repository = try GitRepository(
                at: git.directory, quarantine: directory + "/quarantine")
            let tree = try git.text(["rev-parse", "HEAD^{tree}"])
            var executor = try SandboxedExecutor(host: host, repository: repository)
            executor.observationMethod = method
            var request = CommandRequest(
                tree: tree, arguments: ["/bin/sh", "tests/one.sh"], role: "test")
            request.observesFiles = true
            let result = try await executor.run(request)
            #expect(result.report.exitCode == 0)
            let observation = try #require(result.observation)
            #expect(observation.method == method)
            #expect(observation.failure == nil)
            #expect(!observation.hasOverflowed)
            let files = Set(try await repository.files(inTree: tree).map(\.path))
            #expect(observation.paths.filter(files.contains) == Self.opened)
            // Who does not ask pays nothing and gets nothing.
            request.observesFiles = false
            #expect(try await executor.run(request).observation == nil)
        }
    }

    @Test func filesAreTheScopeWithoutCoverage() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            let repository = try GitRepository(
                at: git.directory, quarantine: directory + "/quarantine")
            let executor = try SandboxedExecutor(host: ExecutionHost(), repository: repository)
            let scope = try await ScopeProbe(
                command: Self.command, executor: executor, trees: repository
            ).scope(
                tree: try git.text(["rev-parse", "HEAD^{tree}"]), tests: ["tests/one.sh"])
            #expect(scope.granularity == .files)
            #expect(scope.files.map(\.path) == ["lib/data.txt", "lib/used.sh", "tool"])
            #expect(scope.notes.count == 1)
        }
    }

    /// pytest without coverage.py: what any test opens (here a conftest's import) is taken away.
    @Test func whatEveryTestOpensIsNotTheScope() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit([
                "common.py": "x = 1\n", "calc.py": "def add(a, b):\n    return a - b\n",
                "other.py": "y = 2\n",
                "tests/conftest.py":
                    "import os, sys\n\nsys.path.insert(0, os.getcwd())\nimport common\n",
                "tests/test_calc.py":
                    "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
            ])
            let repository = try GitRepository(
                at: git.directory, quarantine: directory + "/quarantine")
            let executor = try SandboxedExecutor(host: ExecutionHost(), repository: repository)
            let tree = try git.text(["rev-parse", "HEAD^{tree}"])
            var command = TestCommand(
                runner: "pytest", run: "pytest -q", select: "pytest -q {tests}",
                paths: PathPatterns(["tests/**"]))
            let scope = try await ScopeProbe(
                command: command, executor: executor, trees: repository
            ).scope(tree: tree, tests: ["tests/test_calc.py::test_add"])
            #expect(scope.granularity == .files, "\(scope)")
            #expect(scope.files.map(\.path) == ["calc.py"])
            // Where node counts lines by itself, they are what is given.
            command = TestCommand(
                runner: "node", run: "node --test", select: nil, paths: PathPatterns(["test/**"]))
            let next = try git.commit([
                "sum.mjs":
                    "export function sum(a, b) {\n  return a - b;\n}\nexport function no() {\n  return 1;\n}\n",
                "test/sum.test.mjs":
                    "import test from 'node:test';\nimport assert from 'node:assert';\nimport { sum } from '../sum.mjs';\ntest('sum', () => assert.equal(sum(1, 2), 3));\n",
            ])
            let lines = try await ScopeProbe(
                command: command, executor: executor, trees: repository
            ).scope(tree: try git.text(["rev-parse", next + "^{tree}"]), tests: ["sum"])
            #expect(lines.granularity == .lines)
            #expect(lines.method == "c8")
            #expect(lines.files.map(\.path) == ["sum.mjs"])
            #expect(lines.files.first?.lines?.first == [1, 4])
        }
    }
}

/// What observing costs; a figure for a quiet machine.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["DRYDOCK_LONG"] == "1"), .serialized)
struct ScopeCostTests {
    @Test(arguments: [FileObservation.Method.fanotify, .seccomp])
    func observingCostsAtMostATenth(_ method: FileObservation.Method) async throws {
        guard method == .seccomp || geteuid() == 0 else { return }
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            var files: [String: String?] = [:]
            for number in 0..<60 {
                files["m\(number).py"] = "def f(x):\n    return x + \(number)\n"
                files["tests/test_\(number).py"] =
                    "import sys\n\nsys.path.insert(0, '.')\nfrom m\(number) import f\n\n\n"
                    + "def test_f():\n    assert sum(f(i) for i in range(50000)) > 0\n"
            }
            try git.commit(files)
            let repository = try GitRepository(
                at: git.directory, quarantine: directory + "/quarantine")
            var executor = try SandboxedExecutor(host: ExecutionHost(), repository: repository)
            executor.observationMethod = method
            var request = CommandRequest(
                tree: try git.text(["rev-parse", "HEAD^{tree}"]),
                arguments: ["python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
                role: "test")
            var times: [Bool: [Double]] = [false: [], true: []]
            for _ in 0..<12 {
                for observes in [false, true] {
                    request.observesFiles = observes
                    let report = try await executor.run(request).report
                    #expect(report.exitCode == 0)
                    times[observes]?.append(report.wallMilliseconds ?? 0)
                }
            }
            let plain = times[false]?.min() ?? 0
            let observed = times[true]?.min() ?? 0
            print("observed by \(method.rawValue):", observed / plain, plain, observed)
            #expect(observed <= plain * 1.10)
        }
    }
}
