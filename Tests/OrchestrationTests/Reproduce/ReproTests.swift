import Foundation
import RunModel
import TestSupport
import Testing
import Verification

@testable import Orchestration

/// Recording and replaying in real sandboxes.
@Suite struct ReproTests {
    /// A repository whose test fails when MODE is set.
    private static func makeRepository(_ directory: String) throws -> GitCommandLine {
        let git = try GitCommandLine.create(at: directory + "/repository")
        try git.commit([
            "calc.sh":
                "[ \"$MODE\" = broken ] && { echo 'error: broken sum' >&2; exit 3; }; exit 0\n",
            "docs/readme.md": "hello\n", "other.txt": "x\n",
        ])
        return git
    }

    private static func record(
        _ git: GitCommandLine, _ directory: String, command: [String],
        change: (inout RecordRequest) -> Void = { _ in }
    ) async throws -> ReproReport {
        var settings = ReproSettings()
        settings.environment = ["MODE": "broken", "UNUSED": "1", "API_TOKEN": "very-secret-value"]
        var request = RecordRequest(
            repository: git.directory, revision: "HEAD", subject: .command(command),
            settings: settings, now: "2026-01-01T00:00:00Z")
        request.output = directory + "/bundle.tar"
        change(&request)
        return try await ReproRecorder.record(
            request, host: ExecutionHost(), operatorFiles: OperatorFiles(directory: directory))
    }

    private static func replay(
        _ path: String, _ directory: String, change: (inout ReproSettings) -> Void = { _ in }
    ) async throws -> ReproReport {
        var settings = ReproSettings()
        change(&settings)
        return try await UnpackedBundle(
            path: path, settings: settings, host: ExecutionHost(),
            operatorFiles: OperatorFiles(directory: directory)
        ).replay(repeats: 3)
    }

    @Test func aFailureComesBackFromItsBundle() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            let report = try await Self.record(
                git, directory, command: ["sh", "-c", "echo $API_TOKEN; sh calc.sh"])
            #expect(report.verdict == .recorded)
            #expect(report.recorded.exitCode == 3)
            #expect(report.redacted == ["API_TOKEN"])
            let bytes = try #require(FileManager.default.contents(atPath: report.bundle ?? ""))
            #expect(bytes.range(of: Data("very-secret-value".utf8)) == nil)
            // Elsewhere there is no repository.
            try FileManager.default.removeItem(atPath: git.directory)
            let again = try await Self.replay(directory + "/bundle.tar", directory)
            #expect(again.verdict == .reproduced)
            #expect(again.exitStatus == 0)
            #expect(again.runs.count == 3)
            let mended = try await Self.replay(directory + "/bundle.tar", directory) {
                $0.environment = ["MODE": "fine"]
            }
            #expect(mended.verdict == .different)
            #expect(mended.exitStatus == 1)
        }
    }

    @Test func shrinkingLeavesWhatIsNeeded() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            let report = try await Self.record(git, directory, command: ["sh", "calc.sh"]) {
                $0.shrinks = true
            }
            let shrunk = try #require(report.shrunk)
            #expect(shrunk.files == ["calc.sh"])
            #expect(shrunk.variables == ["MODE"])
            #expect(shrunk.isOneMinimal)
            let again = try await Self.replay(directory + "/bundle.tar", directory)
            #expect(again.verdict == .reproduced)
        }
    }

    @Test func whatDoesNotFailIsNotRecorded() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            let report = try await Self.record(git, directory, command: ["true"])
            #expect(report.verdict == .nothingFailed)
            #expect(report.exitStatus == 1)
            #expect(!FileManager.default.fileExists(atPath: directory + "/bundle.tar"))
        }
    }

    @Test func whatComesAndGoesIsUnstable() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            let report = try await Self.record(
                git, directory,
                command: ["sh", "-c", "exit $(( $(od -An -N2 -tu2 /dev/urandom) + 1 & 127 | 1 ))"]
            ) { $0.repeats = 8 }
            #expect(report.verdict == .unstable)
            #expect(report.exitStatus == 3)
        }
    }

    @Test func aLogNamesTheCommand() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            let log = directory + "/ci.log"
            try """
            2026-01-01T00:00:00.0000000Z ##[group]Run sh calc.sh
            2026-01-01T00:00:00.0000000Z sh calc.sh
            2026-01-01T00:00:00.0000000Z ##[endgroup]
            2026-01-01T00:00:01.0000000Z error: broken sum
            2026-01-01T00:00:01.0000000Z ##[error]Process completed with exit code 3.
            """.write(toFile: log, atomically: false, encoding: .utf8)
            let report = try await Self.record(git, directory, command: []) {
                $0.subject = .log(path: log)
            }
            #expect(report.verdict == .recorded)
            #expect(report.recorded.exitCode == 3)
            try "nothing here\n".write(toFile: log, atomically: false, encoding: .utf8)
            await #expect(throws: ReproError.self) {
                try await Self.record(git, directory, command: []) { $0.subject = .log(path: log) }
            }
        }
    }

    @Test func aJobIsRecordedWithItsEnvironment() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            let file = directory + "/ci.yml"
            try """
            jobs:
              test:
                runs-on: ubuntu
                env: {MODE: broken}
                steps:
                  - uses: actions/checkout@v4
                  - run: sh calc.sh
            """.write(toFile: file, atomically: false, encoding: .utf8)
            let report = try await Self.record(git, directory, command: []) {
                $0.settings.environment = [:]
                $0.subject = .job(file: file, name: "test", matrix: [:])
            }
            #expect(report.verdict == .recorded)
            #expect(report.recorded.exitCode == 3)
            #expect(report.notCarried.contains { $0.contains("ubuntu") })
        }
    }

    /// A bundle widens nothing: limits are cut, a network or a profile needs the caller's word.
    @Test func aBundleAsksForNothing() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            _ = try await Self.record(git, directory, command: ["sh", "calc.sh"]) {
                $0.settings.network = "host"
                $0.settings.limits.memoryBytes = 64 << 30
            }
            let path = directory + "/bundle.tar"
            let error = await #expect(throws: ReproError.self) {
                try await Self.replay(path, directory)
            }
            #expect(error?.remedy.contains("--net host") == true)
            let report = try await Self.replay(path, directory) { $0.network = "none" }
            #expect(report.verdict == .reproduced)
            #expect(report.differences.contains { $0.contains("--memory") })
        }
    }

    /// Links of the tree are content: they are never followed on the host.
    @Test func linksStayLinks() async throws {
        try await withTemporaryDirectory { directory in
            let git = try Self.makeRepository(directory)
            try FileManager.default.createSymbolicLink(
                atPath: git.directory + "/leak", withDestinationPath: "/etc/shadow")
            try git.run(["add", "-A"])
            try git.run(["commit", "-q", "-m", "link"])
            _ = try await Self.record(git, directory, command: ["sh", "-c", "cat leak; exit 5"])
            let report = try await Self.replay(directory + "/bundle.tar", directory)
            #expect(report.verdict == .reproduced)
            let listing = try GitCommandLine.output(of: ["tar", "tvf", directory + "/bundle.tar"])
            #expect(listing.contains("tree/leak -> /etc/shadow"))
        }
    }
}
