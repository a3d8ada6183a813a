import Foundation
import GitWorktrees
import PolicyFiles
import Repair
import RunModel
import TestSupport
import Testing

@testable import Orchestration

@Suite struct SandboxedExecutorTests {
    @Test func whatACommandLeavesIsAChangeSetAndATree() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit(
                ["edited": "old\n", "deleted": "gone\n", "kept": "same\n"], message: "first")
            let repository = try GitRepository(
                at: git.directory, quarantine: directory + "/quarantine")
            let tree = try git.text(["rev-parse", "HEAD^{tree}"])
            var request = CommandRequest(
                tree: tree,
                arguments: ["sh", "-c", "echo new > edited; rm deleted; echo fresh > added"],
                role: "test")
            request.wantsChanges = true

            let executor = try SandboxedExecutor(host: ExecutionHost(), repository: repository)
            let report = try await executor.run(request).report

            #expect(report.exitCode == 0)
            let changes = try #require(report.changes)
            #expect(changes.added == ["added"])
            #expect(changes.modified == ["edited"])
            #expect(changes.deleted == ["deleted"])
            let left = try #require(report.tree)
            var contents: [String: String] = [:]
            for file in try await repository.files(inTree: left) {
                contents[file.path] = String(
                    decoding: try await repository.blob(file.blob, byteLimit: 100), as: UTF8.self)
            }
            #expect(contents == ["edited": "new\n", "added": "fresh\n", "kept": "same\n"])
            // The run of who does not ask has neither.
            request.wantsChanges = false
            let plain = try await executor.run(request).report
            #expect(plain.changes == nil)
            #expect(plain.tree == nil)
        }
    }

    /// What was laid over a tree goes along with its directory; `git mv` and agents rename so.
    @Test func aRenamedDirectoryTakesLaidFilesAlong() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit(["d/a": "1\n", "d/b": "2\n", "k": "3\n"])
            let repository = try GitRepository(
                at: git.directory, quarantine: directory + "/quarantine")
            // What mv(1) does where rename(2) is refused, as for ordinary users.
            let rename = "python3 -c 'import shutil; shutil.move(\"d\", \"e\")'"
            var request = CommandRequest(
                tree: try git.text(["rev-parse", "HEAD^{tree}"]),
                arguments: ["sh", "-ec", rename + "; cat e/b"], role: "test")
            request.overlays = [OverlayFile(path: "d/b", content: Array("laid\n".utf8))]
            request.wantsChanges = true
            let result = try await SandboxedExecutor(host: ExecutionHost(), repository: repository)
                .run(request)
            #expect(String(decoding: result.standardOutput, as: UTF8.self) == "laid\n")
            let files = try await repository.files(inTree: try #require(result.report.tree))
            #expect(files.map(\.path) == ["e/a", "e/b", "k"])
            let laid = try await repository.blob(files[1].blob, byteLimit: 100)
            #expect(String(decoding: laid, as: UTF8.self) == "laid\n")
        }
    }

    @Test func whoNoLongerWaitsEndsTheSandbox() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit(["a": "a\n"], message: "first")
            let executor = try SandboxedExecutor(
                host: ExecutionHost(), repository: GitRepository(at: git.directory))
            let request = CommandRequest(
                tree: try git.text(["rev-parse", "HEAD^{tree}"]), arguments: ["sleep", "300"],
                role: "test")
            let started = ContinuousClock.now
            await #expect(throws: TimeLimitReached.self) {
                try await withTimeLimit(milliseconds: 500) { try await executor.run(request) }
            }
            #expect(ContinuousClock.now - started < .seconds(60))
        }
    }

    /// The loop's sandboxes are those that the project asks for, as `verify`'s are.
    @Test func aProjectGetsItsProfileAndImage() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            func context(_ sandbox: String) async throws -> ProjectContext {
                try git.commit([
                    "drydock.yaml": "version: 1\nsandbox: \(sandbox)\ntest: {run: \"true\"}\n"
                ])
                let repository = try GitRepository(at: git.directory)
                return try await ProjectContext.load(
                    tree: git.text(["rev-parse", "HEAD^{tree}"]), reader: repository,
                    repository: git.directory,
                    operatorConfiguration: try PolicyDecoder.decode(
                        from: PolicyText(
                            name: "config.yaml",
                            bytes: Array(
                                "version: 1\nallow: {profiles: [strict, build], images: [none-such]}\n"
                                    .utf8))))
            }
            let plain = try await context("{profile: build}")
            let strict = try await context("{profile: strict}")
            let missing = try await context("{image: none-such}")
            let executors = try ProjectExecutors(
                host: ExecutionHost(), repository: GitRepository(at: git.directory))
            #expect(try executors.executor(of: plain).profileName == "build")
            #expect(try executors.executor(of: strict).profileName == "strict")
            #expect(
                try executors.executor(of: plain).profileDigest
                    != executors.executor(of: strict).profileDigest)
            #expect(throws: (any Error).self) { try executors.executor(of: missing) }
        }
    }
}
