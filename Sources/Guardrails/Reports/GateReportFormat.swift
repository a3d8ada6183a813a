package import RunModel

/// The forms in which a gate report is printed.
package enum GateReportFormat: String, Sendable, CaseIterable {
    case text, json, sarif, github, gitlab, markdown

    /// The whole report, ending with a newline.
    ///
    /// - Parameter rules: what is known of the rules that may occur; see `RuleIndex`.
    package func render(_ report: GateReport, rules: RuleIndex) throws -> String {
        switch self {
        case .text: TextReport(report: report, rules: rules).render()
        case .json: try JSONDocument.text(report)
        case .sarif: try JSONDocument.text(SARIFLog(report: report, rules: rules))
        case .github: GitHubAnnotations(report: report, rules: rules).render()
        case .gitlab: try JSONDocument.text(GitLabCodeQuality.issues(of: report, rules: rules))
        case .markdown: MarkdownReport(report: report, rules: rules).render()
        }
    }
}

/// Metadata of rules by id: the built-in ones, those of a policy, and the engine's own.
package struct RuleIndex: Sendable {
    private let byID: [String: RuleMetadata]

    package init(policy: GatePolicy? = nil) {
        let rules = RuleCatalog.all.map(\.metadata) + (policy?.customRules ?? []).map(\.metadata)
        byID = Dictionary(
            (rules + GateLimitRule.all).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }
        )
    }

    package subscript(id: String) -> RuleMetadata? { byID[id] }

    package var all: [RuleMetadata] { byID.values.sorted { $0.id < $1.id } }
}

extension GateReport {
    /// What `drydock gate` exits with: 0 pass, 1 blocked, 3 needs review, 2 where the policy is not
    /// understood: then it is the configuration that somebody has to mend, not the change.
    ///
    /// - Parameter reviewFails: `false` for `--fail-on block`: what needs review then exits 0.
    package func exitStatus(reviewFails: Bool) -> Int32 {
        switch verdict {
        case .pass: 0
        case .review: reviewFails ? 3 : 0
        case .block: policy.digest == nil ? 2 : 1
        }
    }

    /// Findings, those that decide the verdict first; within one action in their own order.
    var findingsByWeight: [Finding] {
        let order: [RuleAction] = [.block, .review, .warn, .off]
        return order.flatMap { action in findings.filter { $0.action == action } }
    }

    /// "2 block, 1 warn", or "no findings".
    var countsText: String {
        let counts = [RuleAction.block, .review, .warn].compactMap { action -> String? in
            let count = findings.count { $0.action == action }
            return count > 0 ? "\(count) \(action.rawValue)" : nil
        }
        let shown = counts.isEmpty ? "no findings" : counts.joined(separator: ", ")
        let more = statistics.findingsLeftOut
        return more > 0 ? "\(shown), \(more) more not listed" : shown
    }
}
