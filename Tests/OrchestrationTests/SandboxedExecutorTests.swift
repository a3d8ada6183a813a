import Foundation
import GitWorktrees
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
}
