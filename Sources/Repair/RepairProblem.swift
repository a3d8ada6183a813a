package import RunModel

/// What a fixer is given: the failing tests, the causal difference, and what was tried before.
package struct RepairProblem: Sendable {
    /// The tree to repair: the bad one, or the best that earlier attempts came to.
    package var tree: String
    /// The culprit commit's tree and its first parent's; without a culprit, bad and good.
    package var culpritTree: String?
    package var goodTree: String?
    package var triage: TriageReport
    package var failingTests: [String]
    /// What the last attempt broke: whoever builds on it has them as an oracle as well.
    package var brokenTests: [String] = []
    /// Reduced log of the failing run.
    package var log: String
    /// The command that failed, as the configuration names it.
    package var failingCommand: String
    package var scope: RepairScope
    /// Dependency resolutions, when it was last green and now.
    package var goodResolution: [ResolvedPackage]
    package var badResolution: [ResolvedPackage]
    /// Names of the causes that were found in the good run only, such as an image's digest.
    package var goodLog: String
    package var history: [TriedProposal]
    /// Network rules under which package managers may run, as in `--net`.
    package var dependencyNetwork: String
    package var limits: ResourceLimits

    package init(
        tree: String, culpritTree: String? = nil, goodTree: String? = nil, triage: TriageReport,
        failingTests: [String], log: String = "", failingCommand: String = "",
        scope: RepairScope = RepairScope(), goodResolution: [ResolvedPackage] = [],
        badResolution: [ResolvedPackage] = [], goodLog: String = "",
        history: [TriedProposal] = [], dependencyNetwork: String = "none",
        limits: ResourceLimits = .standard
    ) {
        self.tree = tree
        self.culpritTree = culpritTree
        self.goodTree = goodTree
        self.triage = triage
        self.failingTests = failingTests
        self.log = log
        self.failingCommand = failingCommand
        self.scope = scope
        self.goodResolution = goodResolution
        self.badResolution = badResolution
        self.goodLog = goodLog
        self.history = history
        self.dependencyNetwork = dependencyNetwork
        self.limits = limits
    }
}

/// An earlier proposal and why it failed.
package struct TriedProposal: Codable, Sendable, Equatable {
    package var fixer: String
    package var tree: String
    package var note: String

    package init(fixer: String, tree: String, note: String) {
        self.fixer = fixer
        self.tree = tree
        self.note = note
    }
}

/// Which paths a fixer may edit.
package struct RepairScope: Sendable, Equatable {
    /// Globs; empty permits every path that is not protected.
    package var allowed: [String]
    /// Globs of tests and of what judges a change: never edited.
    package var protected: [String]

    package init(allowed: [String] = [], protected: [String] = []) {
        self.allowed = allowed
        self.protected = protected
    }

    package func permits(_ path: String) -> Bool {
        if protected.contains(where: { PathPattern($0).matches(path) }) { return false }
        return allowed.isEmpty || allowed.contains { PathPattern($0).matches(path) }
    }
}
