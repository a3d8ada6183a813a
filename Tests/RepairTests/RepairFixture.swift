import Foundation
import Repair
import RunModel
import TestSupport

/// A repository with a good and a bad commit, and a shell command as the failing test.
struct RepairFixture {
    let git: GitCommandLine
    let reader: GitCommandLineReader
    let good: String
    let bad: String
    let goodTree: String
    let badTree: String
    /// The failing test, as shell text.
    let test: String

    /// - Parameters:
    ///   - good: files of the first commit; `culprit`: what the second changes (`nil` deletes);
    ///     `later`: what a third one changes, whose tree is then the bad one.
    static func with<Result>(
        good: [String: String], culprit: [String: String?], later: [String: String?] = [:],
        test: String = "true", _ body: (RepairFixture) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/r")
            let first = try git.commit(good.mapValues { $0 })
            let second = try git.commit(culprit)
            if !later.isEmpty { try git.commit(later) }
            return try await body(
                RepairFixture(
                    git: git, reader: GitCommandLineReader(git), good: first, bad: second,
                    goodTree: git.text(["rev-parse", "\(first)^{tree}"]),
                    badTree: git.text(["rev-parse", "HEAD^{tree}"]), test: test))
        }
    }

    func tools(environment: [String: String] = [:]) -> RepairTools {
        let executor = PlainExecutor(git, environment: environment)
        return RepairTools(
            trees: reader, executor: executor,
            probe: ShellProbe(executor: executor, command: test))
    }

    /// The problem as triage hands it on; causal hunks as git itself tells them.
    func problem(
        log: String = "", command: String = "", causal: [String]? = nil,
        class triageClass: TriageClass = .regression, protected: [String] = ["tests/**"],
        history: [TriedProposal] = []
    ) throws -> RepairProblem {
        var triage = TriageReport(
            class: triageClass, culprit: .init(commit: bad, candidates: [bad]))
        if let causal {
            triage.causalHunks = try hunks().filter { hunk in
                causal.contains { hunk.path == $0 || hunk.lines.contains($0) }
            }
        }
        return RepairProblem(
            tree: badTree, culpritTree: try git.text(["rev-parse", "\(bad)^{tree}"]),
            goodTree: goodTree, triage: triage, failingTests: ["t"], log: log,
            failingCommand: command, scope: RepairScope(protected: protected), history: history)
    }

    private func hunks() throws -> [TriageReport.Hunk] {
        var found: [TriageReport.Hunk] = []
        var path = ""
        for line in try git.text(["diff", "-U3", "--no-renames", good, bad]).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("+++ b/") {
                path = String(line.dropFirst(6))
            } else if line.hasPrefix("@@") {
                found.append(TriageReport.Hunk(path: path, header: String(line), lines: []))
            } else if !found.isEmpty, line.first.map({ " +-\\".contains($0) }) ?? false,
                !line.hasPrefix("--- ")
            {
                found[found.count - 1].lines.append(String(line))
            }
        }
        return found
    }

    func text(_ path: String, in tree: String) throws -> String {
        String(decoding: try git.run(["show", "\(tree):\(path)"]), as: UTF8.self)
    }

    func changed(_ tree: String, from base: String? = nil) throws -> [String] {
        try git.text(["diff", "--name-only", "--no-renames", base ?? badTree, tree])
            .split(separator: "\n").map(String.init)
    }
}

/// The failing test as a shell command: exit 0 passes, 125 is unresolved, the rest fails.
struct ShellProbe: RegressionProbe {
    let executor: any CommandExecutor
    let command: String

    func result(of variation: ProbeVariation) async throws -> ProbeResult {
        var request = CommandRequest(
            tree: variation.tree, arguments: ["sh", "-c", command], role: variation.role)
        request.environment = variation.environment
        request.overlays = variation.overlays
        let result = try await executor.run(request)
        let log = String(decoding: result.standardOutput + result.standardError, as: UTF8.self)
        switch result.report.exitCode {
        case 0: return ProbeResult(.passed, log: log)
        case 125: return ProbeResult(.unresolved, log: log)
        default: return ProbeResult(.failed, log: log)
        }
    }
}

extension FixerAnswer {
    var proposal: Proposal? { if case .proposal(let proposal) = self { proposal } else { nil } }
    var reason: String {
        switch self {
        case .proposal: ""
        case .nothing(let reason), .unavailable(let reason): reason
        }
    }
}
