import Foundation
import RunModel
import TestSupport
import Testing

@testable import TestReports

/// What is detected really runs, reports what it should, and selects what it is told to.
@Suite struct DetectedRunnerTests {
    static let pytest = [
        "pytest.ini": "[pytest]\n",
        "tests/test_sum.py": """
        import pytest

        @pytest.mark.parametrize("value", [1, "it's; $HOME"])
        def test_value(value):
            assert value == 1

        class TestGroup:
            def test_inside(self):
                pass
        """,
    ]
    static let unittest = [
        "tests/__init__.py": "",
        "tests/test_sum.py": """
        import unittest

        class Sum(unittest.TestCase):
            def test_adds(self):
                self.assertEqual(1 + 2, 3)

            def test_wrong(self):
                self.assertEqual(1 + 2, 4)
        """,
    ]

    @Test(arguments: [
        (pytest, ["tests/test_sum.py::test_value[it's; $HOME]"], 3),
        (unittest, ["tests.test_sum.Sum.test_wrong"], 2),
    ])
    func whatIsDetectedRunsAndSelects(
        files: [String: String], failing: [String], count: Int
    ) throws {
        try withTemporaryDirectory { root in
            for (path, text) in files {
                let file = URL(fileURLWithPath: "\(root)/\(path)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            let tree = ProjectTree(files: Array(files.keys), contents: files)
            let runner = try #require(RunnerCatalog.detect(tree).first)

            let all = try run(runner.command, of: runner, in: root)
            #expect(all.exitCode == 1)
            #expect(all.outcomes.ids.count == count)
            let red = all.outcomes.ids { $0.isFailure() }
            #expect(red == failing)

            let selected = try run(runner.command(selecting: failing), of: runner, in: root)
            #expect(selected.exitCode == 1)
            #expect(selected.outcomes.ids == failing)
        }
    }

    private func run(
        _ command: String, of runner: DetectedRunner, in root: String
    ) throws -> (exitCode: Int32, outcomes: OutcomeTable) {
        let reports = "\(root)/.reports-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: reports, withIntermediateDirectories: false)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sh", "-c", command]
        process.currentDirectoryURL = URL(fileURLWithPath: root)
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["DRYDOCK_REPORTS": reports]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let console = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()

        var read = try runner.reports.map { name in
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(reports)/\(name)"))
            return try FormatCatalog.read([UInt8](data), fileName: name)
        }
        if read.isEmpty, let format = runner.console.flatMap({ FormatCatalog.format($0) }) {
            read = [try format.parse(console)]
        }
        let areComplete = read.allSatisfy(\.isComplete)
        #expect(areComplete)
        return (process.terminationStatus, OutcomeTable(read))
    }
}
