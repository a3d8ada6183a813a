package import RunModel

/// What a rule guards against; also the folder that it lives in.
package enum RuleCategory: String, Sendable, CaseIterable, Codable {
    case code, custom, deception, dependencies, infrastructure, permissions, runners, scope
    case secrets, tests
    /// The engine itself: limits that were hit.
    case engine
}

/// What is said of a rule in reports, documentation, SARIF and the policy schema.
package struct RuleMetadata: Sendable {
    /// Kebab case, unique, never reused: policies and baselines name it.
    package var id: String
    package var category: RuleCategory
    package var severity: Severity
    /// The action unless the policy sets another.
    package var action: RuleAction
    /// A noun phrase of a few words.
    package var title: String
    /// Why a reviewer cares; one paragraph.
    package var rationale: String
    /// What the author of the change should do instead; one or two sentences.
    package var remedy: String
    /// Languages or formats that it understands, for the documentation; empty for any file.
    package var languages: [String]

    package init(
        id: String, category: RuleCategory, severity: Severity, action: RuleAction,
        title: String, rationale: String, remedy: String, languages: [String] = []
    ) {
        self.id = id
        self.category = category
        self.severity = severity
        self.action = action
        self.title = title
        self.rationale = rationale
        self.remedy = remedy
        self.languages = languages
    }
}

/// One thing to look for in a change set.
///
/// A rule is one file in `Rules/<Category>/` and one line in `RuleCatalog.all`. Its examples run
/// as tests and appear in its documentation page, which is generated.
package protocol Rule: Sendable {
    var metadata: RuleMetadata { get }

    /// At least one change that it must object to and one that it must not.
    var examples: [RuleExample] { get }

    /// Expressions that are matched for all rules in one pass over added and removed lines; what
    /// was confirmed is in `ChangeSetView.matches(of:)`.
    var patterns: [ContentPattern] { get }

    /// Reports what it objects to. Must take time and memory linear in the change set.
    ///
    /// - Throws: what reading the trees threw; the gate then has no verdict, which is an error.
    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws
}

extension Rule {
    package var patterns: [ContentPattern] { [] }
}

/// A rule that consists of its patterns: every confirmed match is a finding.
package protocol PatternRule: Rule {
    /// What is said of one match.
    func message(for match: ContentMatch) -> String
}

extension PatternRule {
    package func evaluate(
        _ change: ChangeSetView, into findings: inout FindingCollector
    ) async throws {
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side), message(for: match),
                evidence: match.evidence, certainty: match.certainty)
        }
    }
}
