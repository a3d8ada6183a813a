/// How the loop ended.
package enum HealOutcome: String, Codable, Sendable, CaseIterable {
    case pullRequest = "pull_request"
    case awaitingApproval = "awaiting_approval"
    case escalated, skipped
    case nothingToHeal = "nothing_to_heal"
}

/// The document `drydock.heal/v1`.
package struct HealReport: Codable, Sendable, Equatable {
    package var schema = "drydock.heal/v1"
    package var outcome: HealOutcome
    package var incident: String?
    package var triage: TriageReport?
    package var attempts: [Attempt]
    package var pullRequest: PullRequestReference?
    package var escalation: Escalation?
    package var budget: BudgetReport
    /// The projects of a monorepo, each with its own report; `nil` where there is one.
    package var projects: [Project]?

    package init(
        outcome: HealOutcome, incident: String? = nil, triage: TriageReport? = nil,
        attempts: [Attempt] = [], pullRequest: PullRequestReference? = nil,
        escalation: Escalation? = nil, budget: BudgetReport = BudgetReport()
    ) {
        self.outcome = outcome
        self.incident = incident
        self.triage = triage
        self.attempts = attempts
        self.pullRequest = pullRequest
        self.escalation = escalation
        self.budget = budget
    }

    package enum CodingKeys: String, CodingKey {
        case schema, outcome, incident, triage, attempts
        case pullRequest = "pull_request"
        case escalation, budget, projects
    }

    /// One project of a monorepo: what it came to, or why nothing could be said.
    package struct Project: Codable, Sendable, Equatable {
        /// The folder; empty is the root.
        package var path: String
        /// One element: reports contain projects, which contain reports.
        private var reports: [HealReport]
        package var error: String?

        package var report: HealReport? { reports.first }

        package init(path: String, report: HealReport) {
            self.path = path
            reports = [report]
        }

        package init(path: String, error: String) {
            self.path = path
            reports = []
            self.error = error
        }

        package enum CodingKeys: String, CodingKey {
            case path, error
            case report
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            path = try container.decode(String.self, forKey: .path)
            error = try container.decodeIfPresent(String.self, forKey: .error)
            reports =
                try container.decodeIfPresent(HealReport.self, forKey: .report).map { [$0] }
                ?? []
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(path, forKey: .path)
            try container.encodeIfPresent(report, forKey: .report)
            try container.encodeIfPresent(error, forKey: .error)
        }
    }

    /// One fixer's proposal, and what became of it.
    package struct Attempt: Codable, Sendable, Equatable {
        package var number: Int
        package var fixer: String
        package var tree: String?
        package var gate: GateVerdict?
        package var verify: VerificationVerdict?
        package var tokens: Int
        package var costUSD: Double
        package var wallMilliseconds: Double
        /// Why it ended, for the next attempt and for the reader.
        package var note: String

        package init(
            number: Int, fixer: String, tree: String? = nil, gate: GateVerdict? = nil,
            verify: VerificationVerdict? = nil, tokens: Int = 0, costUSD: Double = 0,
            wallMilliseconds: Double = 0, note: String = ""
        ) {
            self.number = number
            self.fixer = fixer
            self.tree = tree
            self.gate = gate
            self.verify = verify
            self.tokens = tokens
            self.costUSD = costUSD
            self.wallMilliseconds = wallMilliseconds
            self.note = note
        }

        package enum CodingKeys: String, CodingKey {
            case number, fixer, tree, gate, verify, tokens
            case costUSD = "cost_usd"
            case wallMilliseconds = "wall_ms"
            case note
        }
    }

    package struct Escalation: Codable, Sendable, Equatable {
        package var reason: String
        /// Where the report for the human is.
        package var report: String

        package init(reason: String, report: String) {
            self.reason = reason
            self.report = report
        }
    }
}

/// A pull request that was opened: never merged by Drydock.
package struct PullRequestReference: Codable, Sendable, Equatable {
    package var forge: String
    package var branch: String
    /// The commit that was pushed.
    package var head: String
    package var url: String

    package init(forge: String, branch: String, head: String, url: String) {
        self.forge = forge
        self.branch = branch
        self.head = head
        self.url = url
    }
}

/// What a loop was given, and what it used.
package struct BudgetReport: Codable, Sendable, Equatable {
    package var attempts = Line()
    package var tokens = Line()
    package var costUSD = Line()
    package var wallMilliseconds = Line()
    package var modelCalls = Line()
    package var sandboxMilliseconds = Line()

    package init() {}

    package struct Line: Codable, Sendable, Equatable {
        package var limit: Double?
        package var used: Double

        package init(limit: Double? = nil, used: Double = 0) {
            self.limit = limit
            self.used = used
        }
    }

    package enum CodingKeys: String, CodingKey {
        case attempts, tokens
        case costUSD = "cost_usd"
        case wallMilliseconds = "wall_ms"
        case modelCalls = "model_calls"
        case sandboxMilliseconds = "sandbox_ms"
    }
}
