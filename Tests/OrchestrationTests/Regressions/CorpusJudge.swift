import Foundation
import PolicyFiles
import RunModel
import TestReports
import TestSupport

@testable import Orchestration
@testable import Verification

/// Compares what came of a case with what is known about it.
struct CorpusJudge {
    let regression: RegressionCase
    let history: CorpusHistory
    let report: HealReport
    let executor: PlainExecutor
    let directory: String

    /// What is wrong; empty when everything is right.
    func errors() async throws -> [String] {
        var errors = triageErrors()
        errors += try await hunkErrors()
        let isRepaired = report.outcome == .pullRequest || report.outcome == .awaitingApproval
        switch regression.ending {
        case .repaired(let fixers):
            guard isRepaired else { return errors + ["no pull request"] }
            if let fixer = report.attempts.last?.fixer, !fixers.contains(fixer) {
                errors.append("repaired by \(fixer)")
            }
        case .diagnosed:
            if report.outcome != .escalated { errors.append("not escalated") }
        case .leftAlone:
            if report.outcome != .skipped, report.outcome != .nothingToHeal {
                errors.append("not left alone: \(report.outcome)")
            }
        case .either:
            if !isRepaired, report.outcome != .escalated { errors.append("\(report.outcome)") }
        }
        if isRepaired { errors += try await repairErrors() }
        return errors
    }

    /// One row of the published table.
    func row(seconds: Double, errors: [String]) -> String {
        let fixer = report.attempts.last?.fixer ?? "-"
        return [
            regression.project.language, regression.name,
            report.triage.map { "\($0.class)" } ?? "-",
            "\(report.triage?.causalHunks.count ?? 0)", "\(report.outcome)",
            report.outcome == .pullRequest || report.outcome == .awaitingApproval ? fixer : "-",
            "\(report.triage?.runs.count ?? 0)", String(format: "%.1f", seconds),
            errors.isEmpty ? "right" : "wrong: \(errors.joined(separator: "; "))",
        ].joined(separator: "|")
    }

    private func triageErrors() -> [String] {
        // A flaky suite may happen to be green: then nobody was bothered at all.
        if report.outcome == .nothingToHeal, regression.ending == .leftAlone { return [] }
        guard let triage = report.triage else { return ["no triage"] }
        var errors: [String] = []
        if triage.class != regression.triage,
            !(regression.triage == .flaky && [.preExisting, .none].contains(triage.class))
        {
            errors.append("class \(triage.class)")
        }
        if Set(triage.drift.map(\.name)) != Set(regression.drift), !regression.drift.isEmpty {
            errors.append("drift \(triage.drift)")
        }
        guard let culprit = history.culprit else {
            return triage.culprit == nil ? errors : errors + ["a culprit of nothing"]
        }
        if regression.isHidden {
            if triage.culprit?.commit != nil || triage.culprit?.candidates.contains(culprit) != true
            {
                errors.append("candidates \(String(describing: triage.culprit))")
            }
        } else if triage.culprit?.commit != culprit {
            errors.append("culprit \(String(describing: triage.culprit))")
        }
        for cause in regression.causes
        where !triage.causalHunks.contains(where: { hunk in
            hunk.path == cause.path
                && (cause.line.isEmpty || hunk.lines.contains { $0.contains(cause.line) })
        }) {
            errors.append("\(cause.path) \(cause.line) is not among the causes")
        }
        return errors
    }

    /// The causal hunks cure together, and none of them can be left out: shown by running without
    /// each, apart from how triage found them.
    private func hunkErrors() async throws -> [String] {
        guard let triage = report.triage, !triage.causalHunks.isEmpty, regression.goodLock.isEmpty
        else { return [] }
        let git = history.git
        let reader = GitCommandLineReader(git)
        let good = try git.text(["rev-parse", "\(history.good)^{tree}"])
        let bad = try git.text(["rev-parse", "HEAD^{tree}"])
        let change = try await ReversibleChange(from: good, to: bad, reader: reader)
        let units = change.units.indices.filter { index in
            triage.causalHunks.contains {
                $0.path == change.units[index].hunk.path
                    && $0.header == change.units[index].hunk.header
            }
        }
        guard units.count == triage.causalHunks.count else {
            return ["hunks are not those of the difference"]
        }
        let failing = triage.tests.filter { $0.class == .regression }.map(\.id)
        var errors: [String] = []
        if try await !passes(failing, change, reverting: Set(units), reader) {
            errors.append("the causal hunks do not cure")
        }
        for unit in units
        where try await passes(failing, change, reverting: Set(units).subtracting([unit]), reader) {
            errors.append("\(change.units[unit].hunk.path) could be left out")
        }
        return errors
    }

    private func passes(
        _ tests: [String], _ change: ReversibleChange, reverting units: Set<Int>,
        _ reader: GitCommandLineReader
    ) async throws -> Bool {
        let tree = try await reader.writeTree(
            base: change.head, edits: change.edits(reverting: units))
        let project = try await ProjectContext.load(
            tree: tree, reader: reader, repository: history.git.directory,
            operatorConfiguration: OperatorConfiguration(), path: "")
        let run = try await SuiteRunner(
            command: project.testCommand,
            executor: SetupExecutor(executor: executor, steps: project.setup, layers: nil)
        ).run(tree: tree, role: "check", tests: tests)
        return tests.allSatisfy { run.outcomes[$0] == .passed }
    }

    /// A wrong repair fails tests that it never saw, or takes away what it need not.
    private func repairErrors() async throws -> [String] {
        guard let tree = report.attempts.last?.tree else { return ["no tree"] }
        var errors: [String] = []
        if report.attempts.last?.verify != .verified { errors.append("not verified") }
        for (path, text) in regression.keeps {
            let content = (try? history.git.text(["show", "\(tree):\(path)"])) ?? ""
            if !content.contains(text.trimmingCharacters(in: .whitespaces)) {
                errors.append("\(path) lost \(text)")
            }
        }
        if let pull = report.pullRequest {
            let bare = GitCommandLine(directory: directory + "/forge/repository.git")
            if try bare.text(["rev-parse", "\(pull.branch)^{tree}"]) != tree {
                errors.append("pushed another tree")
            }
        }
        let files = regression.project.heldOut.merging(regression.heldOut) { $1 }
        var request = CommandRequest(
            tree: tree, arguments: ["/bin/sh", "-c", regression.project.heldOutCommand],
            role: "held out")
        request.overlays = files.map { OverlayFile(path: $0.key, content: Array($0.value.utf8)) }
        let context = try await ProjectContext.load(
            tree: tree, reader: GitCommandLineReader(history.git),
            repository: history.git.directory, operatorConfiguration: OperatorConfiguration(),
            path: "")
        let result = try await SetupExecutor(
            executor: executor, steps: context.setup, layers: nil
        ).run(request)
        if result.report.exitCode != 0 {
            errors.append(
                "held-out tests fail: "
                    + String(decoding: result.standardOutput.suffix(600), as: UTF8.self))
        }
        return errors
    }
}
