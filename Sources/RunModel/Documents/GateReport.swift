/// What follows from all findings.
package enum GateVerdict: String, Codable, Sendable, CaseIterable, Comparable {
    case pass, review, block

    package static func < (left: GateVerdict, right: GateVerdict) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .pass: 0
        case .review: 1
        case .block: 2
        }
    }
}

/// What the policy does with a rule's findings.
package enum RuleAction: String, Codable, Sendable, CaseIterable {
    case off, warn, review, block
}

/// How bad a finding is; separate from what happens because of it.
package enum Severity: String, Codable, Sendable, CaseIterable {
    case low, medium, high, critical
}

/// One thing that a guardrail rule objects to.
package struct Finding: Codable, Sendable, Equatable {
    package var rule: String
    package var severity: Severity
    package var action: RuleAction
    package var path: String
    /// 1-based, in the head's file where it exists, else in the base's; `nil` for the whole file.
    package var line: Int?
    package var message: String
    /// The offending text, shortened, secrets redacted.
    package var evidence: String
    /// Survives moved lines; see docs/guardrails.md.
    package var fingerprint: String

    package init(
        rule: String, severity: Severity, action: RuleAction, path: String, line: Int?,
        message: String, evidence: String, fingerprint: String
    ) {
        self.rule = rule
        self.severity = severity
        self.action = action
        self.path = path
        self.line = line
        self.message = message
        self.evidence = evidence
        self.fingerprint = fingerprint
    }

    private enum CodingKeys: String, CodingKey {
        case rule, severity, action, path, line, message, evidence, fingerprint
    }

    /// Writes every key: a finding about a whole file has `"line": null`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rule, forKey: .rule)
        try container.encode(severity, forKey: .severity)
        try container.encode(action, forKey: .action)
        try container.encode(path, forKey: .path)
        try container.encode(line, forKey: .line)
        try container.encode(message, forKey: .message)
        try container.encode(evidence, forKey: .evidence)
        try container.encode(fingerprint, forKey: .fingerprint)
    }
}

/// The document `drydock.gate/v1`.
package struct GateReport: Codable, Sendable, Equatable {
    package var schema = "drydock.gate/v1"
    package var verdict: GateVerdict
    /// The id of the commit that the change is compared with, whose policy judges; of a tree where
    /// only that was named.
    package var base: String
    /// The same of what was judged; `nil` for a patch or a proposal, which is no commit.
    package var head: String?
    package var tree: String
    package var policy: PolicyIdentity
    package var findings: [Finding]
    package var statistics: GateStatistics

    package init(
        verdict: GateVerdict, base: String, head: String?, tree: String, policy: PolicyIdentity,
        findings: [Finding], statistics: GateStatistics
    ) {
        self.verdict = verdict
        self.base = base
        self.head = head
        self.tree = tree
        self.policy = policy
        self.findings = findings
        self.statistics = statistics
    }
}

/// Which policy judged, and the digest of its effective content.
package struct PolicyIdentity: Codable, Sendable, Equatable {
    package var source: String
    /// `nil` where the policy could not be read, and so nothing was judged.
    package var digest: String?

    package init(source: String, digest: String?) {
        self.source = source
        self.digest = digest
    }
}

/// Counts that tell how much was judged.
package struct GateStatistics: Codable, Sendable, Equatable {
    package var files = 0
    package var linesAdded = 0
    package var linesRemoved = 0
    package var bytesAdded = 0
    package var rules = 0
    package var suppressed = 0
    package var findingsLeftOut = 0
    package var wallMilliseconds = 0.0

    package init() {}

    package enum CodingKeys: String, CodingKey {
        case files
        case linesAdded = "lines_added"
        case linesRemoved = "lines_removed"
        case bytesAdded = "added_bytes"
        case rules, suppressed
        case findingsLeftOut = "findings_left_out"
        case wallMilliseconds = "wall_ms"
    }
}
