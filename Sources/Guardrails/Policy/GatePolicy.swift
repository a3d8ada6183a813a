package import RunModel

/// A policy as the engine uses it: checked and complete.
package struct GatePolicy: Sendable {
    /// Where it came from, and the digest of its bytes.
    package var identity: PolicyIdentity
    /// Actions by rule id that differ from the rule's own.
    package var actions: [String: RuleAction]
    /// The most that a finding with certainty `possible` leads to.
    package var possibleFindings: RuleAction
    /// Globs that the change must stay within; empty: everywhere.
    package var scope: [PathGlob]
    package var protectedPaths: [ProtectedPaths]
    package var bounds: SizeBounds
    package var suppressions: [Suppression]
    package var customRules: [CustomRule]
    /// Paths that hold policy: a change that touches one is a finding.
    package var policyPaths: [PathGlob]

    package init(
        identity: PolicyIdentity, actions: [String: RuleAction] = [:],
        possibleFindings: RuleAction = .review, scope: [PathGlob] = [],
        protectedPaths: [ProtectedPaths] = [], bounds: SizeBounds = SizeBounds(),
        suppressions: [Suppression] = [], customRules: [CustomRule] = [],
        policyPaths: [PathGlob] = []
    ) {
        self.identity = identity
        self.actions = actions
        self.possibleFindings = possibleFindings
        self.scope = scope
        self.protectedPaths = protectedPaths
        self.bounds = bounds
        self.suppressions = suppressions
        self.customRules = customRules
        self.policyPaths = policyPaths
    }

    /// The action for a finding of a rule.
    package func action(for rule: RuleMetadata, certainty: FindingCertainty) -> RuleAction {
        let action = actions[rule.id] ?? rule.action
        guard certainty == .possible, action == .block else { return action }
        return possibleFindings
    }
}

/// Files that are not to be changed in passing.
package struct ProtectedPaths: Sendable {
    package var globs: [PathGlob]
    package var action: RuleAction
    /// For a file that comes, goes or is renamed; `nil`: `action`.
    package var newOrDeleted: RuleAction?
    /// What these files are, for the message.
    package var reason: String

    package init(
        globs: [PathGlob], action: RuleAction, newOrDeleted: RuleAction? = nil, reason: String
    ) {
        self.globs = globs
        self.action = action
        self.newOrDeleted = newOrDeleted
        self.reason = reason
    }

    /// What a change of a file that matches leads to.
    func action(for file: ChangedFile) -> RuleAction {
        file.old?.path != file.new?.path ? newOrDeleted ?? action : action
    }
}

/// How large a change may be before a human should look; `nil`: any size.
package struct SizeBounds: Sendable, Equatable {
    package var files: Int?
    package var linesAdded: Int?
    package var linesRemoved: Int?
    package var bytesAdded: Int?

    package init(
        files: Int? = nil, linesAdded: Int? = nil, linesRemoved: Int? = nil, bytesAdded: Int? = nil
    ) {
        self.files = files
        self.linesAdded = linesAdded
        self.linesRemoved = linesRemoved
        self.bytesAdded = bytesAdded
    }
}

/// A finding that someone decided to accept, for a reason and a time.
package struct Suppression: Sendable, Equatable {
    package var rule: String
    /// At least one of `path` and `fingerprint` is set.
    package var path: PathGlob?
    package var fingerprint: String?
    package var reason: String
    /// Last day on which it holds, `YYYY-MM-DD`.
    package var expires: String

    package init(
        rule: String, path: PathGlob?, fingerprint: String?, reason: String, expires: String
    ) {
        self.rule = rule
        self.path = path
        self.fingerprint = fingerprint
        self.reason = reason
        self.expires = expires
    }
}
