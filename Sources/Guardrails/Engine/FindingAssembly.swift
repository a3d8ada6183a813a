internal import Digests
internal import RunModel

/// Turns what rules collected into findings with actions and fingerprints, and into a verdict.
struct FindingAssembly {
    private let policy: GatePolicy
    private let today: String
    private var findings: [Finding] = []
    private var occurrences: [String: Int] = [:]
    private var verdict = GateVerdict.pass
    private var suppressed = 0
    private var leftOut = 0

    struct Outcome {
        var verdict: GateVerdict
        var findings: [Finding]
        var suppressed: Int
        var leftOut: Int
    }

    init(policy: GatePolicy, today: String) {
        self.policy = policy
        self.today = today
    }

    /// A limit of the gate itself: always `block`, cannot be suppressed.
    mutating func add(_ limit: GateLimitReached) {
        verdict = .block
        let path = limit.path ?? ""
        findings.append(
            Finding(
                rule: GateLimitRule.id, severity: .high, action: .block, path: path, line: nil,
                message: "not judged: \(limit.reason)", evidence: "",
                fingerprint: SHA256Digest(of: "\(GateLimitRule.id)\n\(path)").hexadecimal))
    }

    mutating func add(_ collector: FindingCollector, of rule: RuleMetadata) {
        let ordered = collector.entries.sorted { left, right in
            (left.path, left.sortLine, left.message) < (right.path, right.sortLine, right.message)
        }
        for entry in ordered {
            let finding = Finding(
                rule: rule.id, severity: rule.severity,
                action: entry.action ?? policy.action(for: rule, certainty: entry.certainty),
                path: entry.path, line: entry.line, message: entry.message,
                evidence: entry.evidence,
                fingerprint: fingerprint(of: entry, rule: rule.id))
            if isSuppressed(finding) {
                suppressed += 1
                continue
            }
            count(finding.action)
            findings.append(finding)
        }
        if collector.leftOut > 0 {
            leftOut += collector.leftOut
            count(
                policy.action(
                    for: rule, certainty: collector.leftOutCertain ? .certain : .possible))
        }
    }

    consuming func finish() -> Outcome {
        let ordered = findings.sorted { left, right in
            (left.path, left.line ?? 0, left.rule, left.fingerprint)
                < (right.path, right.line ?? 0, right.rule, right.fingerprint)
        }
        return Outcome(
            verdict: verdict, findings: ordered, suppressed: suppressed, leftOut: leftOut)
    }

    private mutating func count(_ action: RuleAction) {
        switch action {
        case .block: verdict = .block
        case .review: verdict = max(verdict, .review)
        case .warn, .off: break
        }
    }

    /// Rule, identity of the file, the line's text without white space, and which of several equal
    /// ones: a moved line keeps its fingerprint, another text on the same line has another.
    private mutating func fingerprint(of entry: FindingCollector.Entry, rule: String) -> String {
        var builder = DigestBuilder()
        builder.add(field: rule)
        builder.add(field: entry.identityPath)
        builder.add(field: Hexadecimal.encode(entry.normalisedLine))
        if entry.normalisedLine.isEmpty { builder.add(field: entry.message) }
        let identity = builder.finish().hexadecimal
        let index = occurrences[identity, default: 0]
        occurrences[identity] = index + 1
        return SHA256Digest(of: "\(identity)\n\(index)").hexadecimal
    }

    private func isSuppressed(_ finding: Finding) -> Bool {
        policy.suppressions.contains { suppression in
            suppression.rule == finding.rule && today <= suppression.expires
                && suppression.path.map { $0.matches(finding.path) } ?? true
                && suppression.fingerprint.map { $0 == finding.fingerprint } ?? true
        }
    }
}
