internal import Foundation
package import Guardrails
internal import RunModel

/// One call of `drydock gate`, from its options to the exit status.
package struct GateCall: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        case head(String)
        /// A file, or `-` for standard input.
        case patch(String)
    }

    /// What makes the exit status fail.
    package enum Threshold: String, Sendable, CaseIterable {
        case block, review
    }

    package var repository = "."
    package var base: String
    package var sinceMergeBase = false
    package var change: Change
    package var policy: String?
    package var scope: [String] = []
    package var threshold = Threshold.review
    package var format = GateReportFormat.text

    package init(base: String, change: Change) {
        self.base = base
        self.change = change
    }

    /// Judges, writes the report to standard output and what went wrong to standard error.
    ///
    /// - Returns: the exit status of the contract.
    package func perform() async -> Int32 {
        do {
            var quarantine: TemporaryQuarantine?
            if case .patch = change { quarantine = try TemporaryQuarantine() }
            defer { quarantine?.remove() }
            let outcome = try await GateCoordinator.judge(
                GateRequest(
                    repository: repository, base: base, change: try readChange(), policy: policy,
                    scope: scope, sinceMergeBase: sinceMergeBase, today: CalendarDay.today(),
                    quarantine: quarantine?.path))
            let text = try format.render(outcome.report, rules: outcome.rules)
            FileHandle.standardOutput.write(Data(text.utf8))
            let status = outcome.report.exitStatus(reviewFails: threshold == .review)
            if status == 2 {
                let problem = outcome.report.findings.map(\.message).joined(separator: "; ")
                Self.complain("nothing was judged: \(problem)")
            }
            return status
        } catch {
            Self.complain("\(error)")
            return 2
        }
    }

    private func readChange() throws -> GateRequest.Change {
        switch change {
        case .head(let revision): .head(revision)
        case .patch(let path): .patch(try PatchInput.read(path))
        }
    }

    private static func complain(_ problem: String) {
        FileHandle.standardError.write(Data("drydock gate: \(problem)\n".utf8))
    }
}
