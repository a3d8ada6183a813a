import ChangeGate
import Foundation
import Guardrails
import PolicyFiles
import RunModel
import TestSupport
import Testing

/// Changes that are too large, too many or too deep get a verdict, soon, and never `pass`.
///
/// `DRYDOCK_LONG=1` takes the sizes that the gate was built against: a line of 500 MB, a million
/// files, 10,000 levels, a policy of 100 MB.
@Suite struct HugeChangeTests {
    private static let isLong = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] != nil

    private func judge(
        _ git: GitCommandLine, base: String, head: String, policy: String? = nil
    ) async throws -> GateReport {
        try await GateCoordinator.judge(
            GateRequest(
                repository: git.directory, base: base, change: .head(head), policy: policy,
                today: "2026-01-01")
        ).report
    }

    @Test func oneLine() async throws {
        let size = Self.isLong ? 500_000_000 : 34_000_000
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let base = try git.commit(["a.txt": "a\n"])
            let file = directory + "/line"
            #expect(FileManager.default.createFile(atPath: file, contents: nil))
            let handle = try #require(FileHandle(forWritingAtPath: file))
            let chunk = Data(repeating: 0x61, count: 1_000_000)
            for _ in 0..<(size / chunk.count) { try handle.write(contentsOf: chunk) }
            try handle.close()
            let blob = try git.text(["hash-object", "-w", "--no-filters", file])
            let head = try GitFastImport.commit(
                [(Array("one-line.txt".utf8), blob)], onto: base, in: git)
            let report = try await judge(git, base: base, head: head)
            #expect(report.verdict == .block)
            #expect(
                report.findings.contains { $0.rule == "gate-limit" && $0.path == "one-line.txt" })
        }
    }

    @Test func manyFiles() async throws {
        let count = Self.isLong ? 1_000_000 : 25_000
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let base = try git.commit(["a.txt": "a\n"])
            let blob = try GitFastImport.blob("x = 1\n", in: git)
            let head = try GitFastImport.commit(
                (0..<count).map { (Array("d\($0 / 1_000)/f\($0).py".utf8), blob) }, onto: base,
                in: git)
            let report = try await judge(git, base: base, head: head)
            #expect(report.verdict == .block)
            #expect(report.findings.contains { $0.rule == "gate-limit" })
        }
    }

    @Test func deepFolders() async throws {
        let levels = Self.isLong ? 10_000 : 1_000
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let base = try git.commit(["a.txt": "a\n"])
            let blob = try GitFastImport.blob("chmod -R 777 /srv\n", in: git)
            let head = try GitFastImport.commit(
                [(Array((String(repeating: "d/", count: levels) + "a.sh").utf8), blob)], onto: base,
                in: git)
            // An error is an answer too; passing is none.
            do {
                let report = try await judge(git, base: base, head: head)
                #expect(report.verdict == .block)
            } catch {
                #expect("\(error)".contains("d/") || "\(error)".contains("deep"), "\(error)")
            }
        }
    }

    @Test func deepNesting() async throws {
        let levels = 10_000
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let test = "def test_a():\n    assert f(1) == 2\n"
            let base = try git.commit(["test_a.py": test])
            let nested =
                String(repeating: "[", count: levels) + String(repeating: "]", count: levels) + "\n"
            let head = try git.commit([
                "test_a.py": test + nested, "a.json": nested, ".github/workflows/a.yml": nested,
                "package.json": nested,
            ])
            let report = try await judge(git, base: base, head: head)
            #expect(report.verdict != .pass)
        }
    }

    @Test func hugePolicy() async throws {
        let size = Self.isLong ? 100_000_000 : 3_000_000
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let filler = "# " + String(repeating: "x", count: size - 20) + "\nversion: 1\n"
            let base = try git.commit([
                "drydock.yaml": "version: 1\ngate: {policy: gate.yaml}\n", "gate.yaml": filler,
            ])
            let head = try git.commit(["a.txt": "a\n"])
            await #expect(throws: PolicyFileError.self) {
                try await judge(git, base: base, head: head)
            }
            await #expect(throws: PolicyFileError.self) {
                try await judge(
                    git, base: base, head: head, policy: git.directory + "/gate.yaml")
            }
        }
    }
}
