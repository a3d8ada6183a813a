package import Repair

/// What a loop was started with. Recorded as its first event, so a resumed loop keeps it.
package struct HealRequest: Codable, Sendable, Equatable {
    /// Absolute path of the repository.
    package var repository: String
    /// Commit ids; `good` may be unknown when the failure is drift.
    package var good: String?
    package var bad: String
    package var badTree: String
    /// The branch that the pull request is meant for.
    package var targetBranch: String
    /// Names in `FixerCatalog`, or `command:PATH`, in the order in which they are asked.
    package var fixers: [String]
    package var budget: HealBudget
    /// Where the project says how long a phase may take.
    package var phases: PhaseLimits?
    /// Globs and test ids that no agent may touch: failures that match go straight to a human.
    package var never: [String]
    /// Whether the loop stops before anything leaves the machine.
    package var isDryRun: Bool
    /// Whether `bad` was the target branch's tip: then a branch that moves is judged again.
    package var followsBranch = false
    /// Where the pull request goes; `nil` is the local forge.
    package var forge: String?
    /// The folder of the monorepo's project; `nil` is the whole repository.
    package var project: String?
    /// The CI run that was red, as its forge numbers it.
    package var ciRun: String?
    /// Failed attempts in a row that open a test's circuit breaker.
    package var breakerThreshold: Int

    package init(
        repository: String, good: String?, bad: String, badTree: String, targetBranch: String,
        fixers: [String], budget: HealBudget = HealBudget(), never: [String] = [],
        isDryRun: Bool = false, breakerThreshold: Int = 3
    ) {
        self.repository = repository
        self.good = good
        self.bad = bad
        self.badTree = badTree
        self.targetBranch = targetBranch
        self.fixers = fixers
        self.budget = budget
        self.never = never
        self.isDryRun = isDryRun
        self.breakerThreshold = breakerThreshold
    }
}

extension HealRequest {
    /// What a test's circuit breaker is kept under: projects may have tests of the same name.
    func breakerKey(_ test: String) -> String { project.map { "\($0): \(test)" } ?? test }
}

/// Hard limits of one incident; `nil` is not limited.
package struct HealBudget: Codable, Sendable, Equatable {
    package var attempts = 3
    package var tokens: Int?
    package var costUSD: Double?
    package var wallMilliseconds: Double? = 900_000
    package var modelCalls: Int?
    package var sandboxMilliseconds: Double?

    package init() {}
}

/// What was found red, before anybody asked why.
package struct Detection: Codable, Sendable, Equatable {
    /// `test_command`, `results`, `log`, `event`, `service`.
    package var source: String
    package var isRed: Bool
    /// Failing tests where the source names them; triage finds the rest.
    package var tests: [String]
    /// The reduced log.
    package var log: String
    /// The command that failed, as far as it is known.
    package var command: String

    package init(
        source: String, isRed: Bool, tests: [String] = [], log: String = "", command: String = ""
    ) {
        self.source = source
        self.isRed = isRed
        self.tests = tests
        self.log = log
        self.command = command
    }
}

/// What the reviewer says of a proposal; it sees the difference, never the fixer's reasons.
package struct ReviewAnswer: Codable, Sendable, Equatable {
    package var isAccepted: Bool
    package var reasons: [String]
    /// What a human must decide, whatever the verifier says.
    package var sensitive: [String]
    /// Whether the proposal left what it was meant to touch.
    package var hasDrifted: Bool
    /// What models cost for it.
    package var spending: ModelSpending?

    package init(
        isAccepted: Bool, reasons: [String] = [], sensitive: [String] = [],
        hasDrifted: Bool = false
    ) {
        self.isAccepted = isAccepted
        self.reasons = reasons
        self.sensitive = sensitive
        self.hasDrifted = hasDrifted
    }
}
