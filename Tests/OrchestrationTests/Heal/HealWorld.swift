import Forges
import Foundation
import Repair
import RunModel
import RunStore
import TestSupport

@testable import Orchestration

/// A repository whose test is a shell script, and ports that really run it: small, but no pretence.
struct HealWorld: Sendable {
    static let time = "2026-03-01T12:00:00Z"
    static let holder = IncidentHolder(
        host: "test", process: ProcessInfo.processInfo.processIdentifier, processStart: 1)

    let directory: String
    let git: GitCommandLine
    let good: String
    let bad: String

    /// A good commit, and a bad one that breaks `value` and changes something else as well.
    static func make(in directory: String) throws -> HealWorld {
        let git = try GitCommandLine.create(at: directory + "/repository")
        let filler = (1...20).map { "line \($0)\n" }.joined()
        let test = "#!/bin/sh\ngrep -q '^value=1$' app || { echo 'FAILED tests/run'; exit 1; }\n"
        let good = try git.commit([
            "app": "value=1\n\(filler)end=1\n", "tests/run": test, "README": "x\n",
        ])
        let bad = try git.commit(["app": "value=2\n\(filler)end=2\n"], message: "culprit")
        try git.run(["init", "-q", "--bare", directory + "/forge/repository.git"])
        return HealWorld(directory: directory, git: git, good: good, bad: bad)
    }

    /// The world that another process made.
    static func open(_ directory: String) throws -> HealWorld {
        let git = GitCommandLine(directory: directory + "/repository")
        return HealWorld(
            directory: directory, git: git, good: try git.text(["rev-parse", "HEAD~1"]),
            bad: try git.text(["rev-parse", "HEAD"]))
    }

    var forge: LocalForge { LocalForge(directory: directory + "/forge", defaultBranch: "main") }
    func store() throws -> Store { try Store(path: directory + "/store.sqlite") }

    func request(
        fixers: [String] = ["partial-revert", "revert"],
        change: (inout HealRequest) -> Void = { _ in }
    ) throws -> HealRequest {
        var request = HealRequest(
            repository: git.directory, good: good, bad: bad,
            badTree: try git.text(["rev-parse", "\(bad)^{tree}"]), targetBranch: "main",
            fixers: fixers)
        change(&request)
        return request
    }

    var detection: Detection {
        Detection(
            source: "test_command", isRed: true, tests: ["tests/run"], log: "FAILED tests/run",
            command: "sh tests/run")
    }

    func coordinator(
        fixers: [any Fixer] = FixerCatalog.all, verifier: (any HealVerifier)? = nil,
        limits: AttemptLimits = AttemptLimits(), forge hosted: (any Forge)? = nil,
        observe: @escaping @Sendable (String, HealEvent) async -> Void = { _, _ in }
    ) throws -> HealCoordinator {
        let reader = GitCommandLineReader(git)
        let executor = PlainExecutor(git)
        let oracle = ScriptOracle(executor: executor)
        let ports = HealPorts(
            triager: ScriptTriager(git: git, oracle: oracle), gate: TestPathGate(trees: reader),
            reviewer: ScopeReviewer(trees: reader),
            verifier: verifier ?? ScriptVerifier(git: git, oracle: oracle), forge: hosted ?? forge,
            remote: forge.remote, publisher: GitCommandLinePublisher(git: git),
            problems: ScriptProblems(git: git, executor: executor, oracle: oracle, trees: reader),
            notifier: FileNotifier(path: directory + "/notifications"), history: reader,
            trees: reader, fixers: fixers)
        return HealCoordinator(
            store: try store(), ports: ports, holder: Self.holder, isAlive: { _ in false },
            now: { Self.time }, limits: limits, observe: observe)
    }

    func pullRequestFiles() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory + "/forge/pulls")) ?? []
    }

    func issueFiles() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory + "/forge/issues")) ?? []
    }
}

/// Runs `tests/run` on a tree.
struct ScriptOracle: RegressionProbe {
    let executor: any CommandExecutor

    func result(of variation: ProbeVariation) async throws -> ProbeResult {
        let result = try await executor.run(
            CommandRequest(
                tree: variation.tree, arguments: ["sh", "tests/run"], role: variation.role))
        return ProbeResult(result.report.exitCode == 0 ? .passed : .failed)
    }

    func passes(_ tree: String) async throws -> Bool {
        try await result(of: ProbeVariation(tree: tree, role: "test")).outcome == .passed
    }
}

struct ScriptTriager: HealTriager {
    let git: GitCommandLine
    let oracle: ScriptOracle

    func triage(_ request: HealRequest, _ detection: Detection) async throws -> TriageReport {
        guard let good = request.good else { return TriageReport(class: .ambiguous) }
        let goodTree = try git.text(["rev-parse", "\(good)^{tree}"])
        let passesOnGood = try await oracle.passes(goodTree)
        let passesOnBad = try await oracle.passes(request.badTree)
        guard !passesOnBad else { return TriageReport(class: .flaky) }
        guard passesOnGood else { return TriageReport(class: .preExisting) }
        var report = TriageReport(
            class: .regression,
            tests: [
                .init(
                    id: "tests/run", class: .regression, good: .init(passed: 1),
                    bad: .init(failed: 1))
            ], culprit: .init(commit: request.bad, candidates: [request.bad]))
        report.causalHunks = [
            .init(path: "app", header: "@@ -1,1 +1,1 @@", lines: ["-value=1", "+value=2"])
        ]
        return report
    }
}

/// Blocks what touches tests; asks for a review of what touches README.
struct TestPathGate: HealGate {
    let trees: any TreeReader

    func judge(base: String, head: String, policyCommit: String) async throws -> GateReport {
        let paths = try await trees.difference(from: base, to: head).map(\.path)
        let verdict: GateVerdict =
            paths.contains { $0.hasPrefix("tests/") }
            ? .block : paths.contains("README") ? .review : .pass
        let action: RuleAction = verdict == .block ? .block : .review
        let findings =
            verdict == .pass
            ? []
            : [
                Finding(
                    rule: "paths.protected", severity: .high, action: action, path: paths[0],
                    line: nil, message: "protected", evidence: "", fingerprint: "f")
            ]
        return GateReport(
            verdict: verdict, base: base, head: head, tree: head,
            policy: PolicyIdentity(source: "test", digest: "d"), findings: findings,
            statistics: GateStatistics())
    }
}

struct ScriptVerifier: HealVerifier {
    let git: GitCommandLine
    let oracle: ScriptOracle

    func verify(
        tree: String, tests: [String], request: HealRequest, triage: TriageReport
    ) async throws -> VerificationReport {
        let passes = try await oracle.passes(tree)
        var report = VerificationReport(
            verdict: passes ? .verified : .rejected,
            reasons: passes ? [] : [.init(code: "still_failing", message: "tests/run fails")],
            tree: tree)
        if passes { report.tests.fixed = tests } else { report.tests.stillFailing = tests }
        return report
    }
}

struct ScriptProblems: HealProblemSource {
    let git: GitCommandLine
    let executor: any CommandExecutor
    let oracle: ScriptOracle
    let trees: any TreeReader

    func problem(for state: HealState) async throws -> RepairProblem {
        let culprit = state.request.bad
        return RepairProblem(
            tree: state.workingTree, culpritTree: try git.text(["rev-parse", "\(culprit)^{tree}"]),
            goodTree: try git.text(["rev-parse", "\(culprit)~1^{tree}"]),
            triage: state.triage ?? TriageReport(class: .ambiguous),
            failingTests: state.failingTests, log: state.detection?.log ?? "",
            scope: RepairScope(protected: ["tests/**"]), history: state.tried)
    }

    func tools(for state: HealState, meter: SandboxMeter) async throws -> RepairTools {
        let metered = meter.metered(executor)
        return RepairTools(
            trees: trees, executor: metered, probe: ScriptOracle(executor: metered))
    }
}

/// Pushes with git itself.
struct GitCommandLinePublisher: BranchPublisher {
    let git: GitCommandLine

    func publish(
        tree: String, parent: String, branch: String, message: String, to remote: String
    ) async throws -> String {
        if let there = try await published(branch: branch, at: remote), there.tree == tree {
            return there.commit
        }
        let commit = try git.text(["commit-tree", tree, "-p", parent, "-m", message])
        try git.run(["push", "-q", remote, "\(commit):refs/heads/\(branch)"])
        return commit
    }

    func published(branch: String, at remote: String) async throws -> PublishedBranch? {
        let bare = GitCommandLine(directory: remote)
        let name = "refs/heads/\(branch)"
        guard let commit = try? bare.text(["rev-parse", "--verify", "-q", name]) else { return nil }
        return PublishedBranch(
            commit: commit, tree: try bare.text(["rev-parse", "\(commit)^{tree}"]))
    }
}

/// Appends each notification's outcome to a file.
struct FileNotifier: HealNotifier {
    let path: String

    func notify(_ report: HealReport) async -> [String] {
        let known = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        do {
            try (known + report.outcome.rawValue + "\n")
                .write(toFile: path, atomically: true, encoding: .utf8)
            return []
        } catch { return ["\(error)"] }
    }
}
