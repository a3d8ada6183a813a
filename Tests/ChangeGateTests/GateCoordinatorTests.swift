import ChangeGate
import Foundation
import GitWorktrees
import Guardrails
import PolicyFiles
import RunModel
import TestSupport
import Testing

/// The gate over real repositories: which trees are compared, whose policy judges.
@Suite struct GateCoordinatorTests {
    private func judge(
        _ git: GitCommandLine, base: String, head: String, mergeBase: Bool = false
    ) async throws -> GateReport {
        try await GateCoordinator.judge(
            GateRequest(
                repository: git.directory, base: base, change: .head(head),
                sinceMergeBase: mergeBase, today: "2026-01-01")
        ).report
    }

    private func judge(_ git: GitCommandLine, patch: String) async throws -> GateReport {
        try await GateCoordinator.judge(
            GateRequest(
                repository: git.directory, base: "HEAD", change: .patch(Array(patch.utf8)),
                today: "2026-01-01", quarantine: git.directory + "/quarantine")
        ).report
    }

    private static let test = "def test_a():\n    assert f(1) == 2\n"

    @Test func policyIsThatOfTheBase() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit([
                "drydock.yaml": "version: 1\ngate: {policy: gate.yaml}\n",
                "gate.yaml": "version: 1\nextends: default\n", "test_a.py": Self.test,
            ])
            try git.commit([
                "gate.yaml": "version: 1\nextends: default\nrules: {test-deleted: off}\n",
                "test_a.py": "x = 1\n",
            ])
            let report = try await judge(git, base: "HEAD^", head: "HEAD")
            #expect(report.verdict == .block)
            #expect(
                Set(report.findings.map(\.rule)).isSuperset(of: ["test-deleted", "policy-changed"]))
        }
    }

    @Test func unknownWordOfTheBasePolicyBlocksAndNamesTheNearest() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit([
                "drydock.yaml": "version: 1\ngate: {policy: gate.yaml}\n",
                "gate.yaml": "version: 1\nextends: default\nrules: {test-delete: block}\n",
            ])
            try git.commit(["a.txt": "a\n"])
            let report = try await judge(git, base: "HEAD^", head: "HEAD")
            #expect(report.verdict == .block)
            #expect(report.findings.contains { $0.message.contains("test-deleted") })
            #expect(report.policy.digest == nil && report.exitStatus(reviewFails: false) == 2)
        }
    }

    /// Words move; what was judged does not.
    @Test func commitsAreNamedByTheirIds() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let base = try git.commit(["a.txt": "a\n"])
            let head = try git.commit(["a.txt": "b\n"])
            try git.run(["tag", "-a", "v1", "-m", "v1", base])
            let report = try await judge(git, base: "v1", head: "main")
            #expect(report.base == base && report.head == head)
            #expect(report.policy.digest?.hasPrefix("sha256:") == true)
            // A tree is nobody's commit.
            let tree = try git.text(["rev-parse", "HEAD^{tree}"])
            #expect(try await judge(git, base: "v1", head: tree).head == tree)
            let patch =
                "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-b\n+c\n"
            let patched = try await judge(git, patch: patch)
            #expect(patched.base == head && patched.head == nil)
        }
    }

    /// What the base gained meanwhile was not taken away by a branch that never had it.
    @Test func mergeBase() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit(["a.py": "a = 1\n"])
            try git.run(["branch", "topic"])
            try git.commit([
                "test_a.py": Self.test,
                "drydock.yaml": "version: 1\ngate: {policy: gate.yaml}\n",
                "gate.yaml": "version: 1\nextends: default\nscope: [\"docs/**\"]\n",
            ])
            try git.run(["branch", "target"])
            try git.run(["checkout", "-q", "topic"])
            try git.commit(["a.py": "a = 2\n"])
            let direct = try await judge(git, base: "target", head: "topic")
            #expect(direct.findings.contains { $0.rule == "test-deleted" })
            let since = try await judge(git, base: "target", head: "topic", mergeBase: true)
            #expect(!since.findings.contains { $0.rule == "test-deleted" })
            // The policy is the one that the base has today, not the one where the branch left.
            #expect(since.findings.contains { $0.rule == "task-scope" })
            try git.run(["checkout", "-q", "--orphan", "stranger"])
            try git.commit(["b.py": "b = 1\n"])
            await #expect(throws: GitError.self) {
                try await judge(git, base: "target", head: "stranger", mergeBase: true)
            }
        }
    }

    @Test(arguments: [
        // Names that disagree, counts that disagree, a file without a header, another name below.
        "diff --git a/a.txt b/a.txt\n--- a/CODEOWNERS\n+++ b/CODEOWNERS\n@@ -1 +1 @@\n-a\n+b\n",
        "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-a\n+b\n+c\n",
        "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-a\n+b\n",
        "diff --git a/a.txt b/a.txt\nrename from a.txt\nrename to CODEOWNERS\n",
        "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,9 +1,9 @@\n-a\n+b\n",
        "diff --git a/../x b/../x\nnew file mode 100644\n--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+a\n",
        "diff --git a/.git/config b/.git/config\nnew file mode 100644\n--- /dev/null\n+++ b/.git/config\n@@ -0,0 +1 @@\n+a\n",
    ])
    func patchThatContradictsItself(_ patch: String) async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit(["a.txt": "a\n", "CODEOWNERS": "a\n"])
            await #expect(throws: (any Error).self) { try await judge(git, patch: patch) }
        }
    }

    @Test func patchThatRenamesOntoAProtectedName() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit(["a.txt": "* @me\n* @you\n"])
            let patch =
                "diff --git a/a.txt b/CODEOWNERS\nsimilarity index 100%\nrename from a.txt\nrename to CODEOWNERS\n"
            let report = try await judge(git, patch: patch)
            #expect(report.verdict == .review)
            #expect(report.findings.contains { $0.rule == "protected-file" })
        }
    }

    @Test func namesThatAreNoText() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let base = try git.commit(["a.txt": "a\n"])
            let blob = try GitFastImport.blob("#!/bin/sh\nchmod -R 777 /srv\n", in: git)
            let names =
                ["a\nb.sh", "\u{1B}[2J.sh"].map { Array($0.utf8) } + [[0xFF, 0x2E, 0x73, 0x68]]
            let head = try GitFastImport.commit(
                names.map { ($0, blob) }, onto: base, in: git)
            let report = try await judge(git, base: base, head: head)
            #expect(report.verdict == .block)
            #expect(report.findings.count { $0.rule == "unsafe-mode" } == names.count)
            for format in GateReportFormat.allCases {
                let text = try format.render(report, rules: RuleIndex())
                #expect(!text.contains("\u{1B}"), "\(format)")
                #expect(!text.contains("a\nb.sh"), "\(format)")
            }
        }
    }
}
