internal import RunModel

/// Something that proposes a change set for a regression.
///
/// A fixer claims nothing: what it proposes is judged by the gate and proven by the verifier.
package protocol Fixer: Sendable {
    /// As in `heal.fixers` of `drydock.yaml`.
    var name: String { get }
    /// One sentence for the documentation.
    var summary: String { get }
    /// The next proposal for the problem, never one that its history names.
    func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer
}

package enum FixerAnswer: Sendable, Equatable {
    case proposal(Proposal)
    /// Nothing of this fixer's trade: why, for the diagnosis.
    case nothing(reason: String)
    /// Something that it needs cannot be had, such as a model behind a wrong key: once that is
    /// mended, the same failure is worth another try.
    case unavailable(reason: String)
}

/// A proposed tree, and what a reviewer must be told about it.
package struct Proposal: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case format, lockfile, dependency, pin, rename, environment
        case partialRevert = "partial_revert"
        case revert, agent
    }

    package var fixer: String
    package var kind: Kind
    /// The tree that is proposed, in hexadecimal.
    package var tree: String
    /// The tree that it was made on.
    package var base: String
    /// What was done and why, in Markdown without markup of its own.
    package var explanation: String
    /// What a human must weigh: lost hunks, a pin that can hide a security fix.
    package var warnings: [String]
    /// Quoted from the dependency's own files.
    package var changelog: String?
    /// Distributions that the change adds, where that waits for an approval.
    package var newDependencies: [String]
    /// What models cost until it was there.
    package var spending: ModelSpending?

    package init(
        fixer: String, kind: Kind, tree: String, base: String, explanation: String,
        warnings: [String] = [], changelog: String? = nil, newDependencies: [String] = []
    ) {
        self.fixer = fixer
        self.kind = kind
        self.tree = tree
        self.base = base
        self.explanation = explanation
        self.warnings = warnings
        self.changelog = changelog
        self.newDependencies = newDependencies
    }

    package enum CodingKeys: String, CodingKey {
        case fixer, kind, tree, base, explanation, warnings, changelog
        case newDependencies = "new_dependencies"
        case spending
    }
}
