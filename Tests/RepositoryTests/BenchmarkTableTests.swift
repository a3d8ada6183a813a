import Foundation
import Testing

/// What `Benchmarks/regressions/run` does to the page that it writes.
@Suite struct BenchmarkTableTests {
    /// One case measured again leaves the rows of the others, and the remarks, as they are.
    @Test func aCaseMeasuredAgainReplacesItsOwnRowOnly() throws {
        let page =
            FileManager.default.temporaryDirectory.path
            + "/drydock-test-table-\(UUID().uuidString).md"
        defer { try? FileManager.default.removeItem(atPath: page) }
        try """
        # An older head

        | Case | Verdict |
        |---|---|
        | R2 | as it was |
        | X9 | no longer listed |
        | R1 | other hunks |

        R1 was left out: this machine has no Python 3.7.

        A remark.
        """.write(toFile: page, atomically: true, encoding: .utf8)
        let script = """
            import importlib.machinery, importlib.util, sys
            sys.dont_write_bytecode = True
            loader = importlib.machinery.SourceFileLoader("run", sys.argv[1])
            run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
            loader.exec_module(run)
            run.TABLE = sys.argv[2]
            case = {"id": "R1", "repository": "o/n", "good": "a" * 40, "bad": "b" * 40,
                    "environment": "Python 3.8", "causal_hunks": ["f.py @@ -3"]}
            fields = {"id": "R1", "class": "regression", "regressed": "2", "hunks": "f.py @@ -3,4 +3,5 @@",
                      "runs": "12"}
            run.write(["R1", "R2", "R3"], {"R1": case}, {"R1": fields}, {"R3": "Python 2.7"})
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c", script, "\(SourceTree.root)/Benchmarks/regressions/run", page,
        ]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let lines = try String(contentsOfFile: page, encoding: .utf8).split(separator: "\n")
        let rows = lines.filter { $0.hasPrefix("| ") }.dropFirst()
        #expect(rows.map { $0.prefix(5) } == ["| R1 ", "| R2 ", "| X9 "])
        #expect(rows.first?.hasSuffix("| f.py @@ -3,4 +3,5 @@ | 12 | as known |") == true)
        #expect(rows.contains("| R2 | as it was |"))
        #expect(
            lines.suffix(2) == ["A remark.", "R3 was left out: this machine has no Python 2.7."])
    }
}
