internal import RunModel

/// A SARIF 2.1.0 log (OASIS) within the limits of GitHub's code scanning: 5,000 results are shown
/// there, so at most that many are written, the weightiest first, and the rest is counted.
struct SARIFLog: Encodable {
    let schema =
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    let version = "2.1.0"
    let runs: [SARIFRun]

    enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    static let resultLimit = 5_000

    init(report: GateReport, rules: RuleIndex) {
        let shown = report.findingsByWeight.prefix(Self.resultLimit)
        let used = Set(shown.map(\.rule))
        let metadata = rules.all.filter { used.contains($0.id) || $0.category != .custom }
        let indices = Dictionary(
            metadata.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        let leftOut = report.findings.count - shown.count + report.statistics.findingsLeftOut
        runs = [
            SARIFRun(
                tool: SARIFTool(
                    driver: SARIFDriver(rules: metadata.map(SARIFRule.init))),
                results: shown.map { SARIFResult(finding: $0, ruleIndex: indices[$0.rule]) },
                invocations: [SARIFInvocation(leftOut: leftOut)],
                properties: SARIFRunProperties(
                    verdict: report.verdict.rawValue, policy: report.policy.source,
                    policyDigest: report.policy.digest, resultsLeftOut: leftOut))
        ]
    }
}

struct SARIFRun: Encodable {
    var tool: SARIFTool
    var results: [SARIFResult]
    var invocations: [SARIFInvocation]
    var columnKind = "utf16CodeUnits"
    var properties: SARIFRunProperties
}

struct SARIFRunProperties: Encodable {
    var verdict: String
    var policy: String
    var policyDigest: String?
    var resultsLeftOut: Int
}

struct SARIFTool: Encodable {
    var driver: SARIFDriver
}

struct SARIFDriver: Encodable {
    var name = "drydock"
    var semanticVersion = DrydockVersion.text
    var rules: [SARIFRule]
}

struct SARIFText: Encodable {
    var text: String
}

struct SARIFRule: Encodable {
    var id: String
    var shortDescription: SARIFText
    var fullDescription: SARIFText
    var help: SARIFText
    var defaultConfiguration: Configuration
    var properties: Properties

    struct Configuration: Encodable {
        var level: String
        var enabled: Bool
    }

    struct Properties: Encodable {
        var tags: [String]
        var securitySeverity: String

        enum CodingKeys: String, CodingKey {
            case tags
            case securitySeverity = "security-severity"
        }
    }

    init(_ rule: RuleMetadata) {
        id = rule.id
        shortDescription = SARIFText(text: rule.title)
        fullDescription = SARIFText(text: rule.rationale)
        help = SARIFText(text: rule.remedy)
        defaultConfiguration = Configuration(
            level: SARIFResult.level(rule.action), enabled: rule.action != .off)
        properties = Properties(
            tags: ["security", rule.category.rawValue],
            securitySeverity: Self.score(rule.severity))
    }

    /// GitHub reads the score as CVSS: over 9 critical, over 7 high, over 4 medium.
    private static func score(_ severity: Severity) -> String {
        switch severity {
        case .low: "3.0"
        case .medium: "5.5"
        case .high: "8.0"
        case .critical: "9.5"
        }
    }
}

struct SARIFInvocation: Encodable {
    var executionSuccessful = true
    var toolExecutionNotifications: [Notification]

    struct Notification: Encodable {
        var level: String
        var message: SARIFText
    }

    init(leftOut: Int) {
        toolExecutionNotifications =
            leftOut > 0
            ? [
                Notification(
                    level: "warning",
                    message: SARIFText(text: "\(leftOut) further findings are not in this log"))
            ] : []
    }
}
