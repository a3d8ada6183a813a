internal import RunModel

/// GitLab's code quality report: a list of issues in the Code Climate form.
enum GitLabCodeQuality {
    struct Issue: Encodable {
        var description: String
        var checkName: String
        var fingerprint: String
        var severity: String
        var location: Location

        enum CodingKeys: String, CodingKey {
            case description
            case checkName = "check_name"
            case fingerprint, severity, location
        }
    }

    struct Location: Encodable {
        var path: String
        var lines: Lines
    }

    struct Lines: Encodable {
        var begin: Int
    }

    static func issues(of report: GateReport, rules: RuleIndex) -> [Issue] {
        report.findings.map { finding in
            Issue(
                description: InvisibleText.escaped(
                    "\(rules[finding.rule]?.title ?? finding.rule): \(finding.message)"),
                checkName: finding.rule, fingerprint: finding.fingerprint,
                severity: severity(of: finding),
                location: Location(
                    path: finding.path.isEmpty ? "." : finding.path,
                    lines: Lines(begin: finding.line ?? 1)))
        }
    }

    private static func severity(of finding: Finding) -> String {
        switch (finding.action, finding.severity) {
        case (.block, .critical): "blocker"
        case (.block, _): "critical"
        case (.review, _): "major"
        case (.warn, _): "minor"
        case (.off, _): "info"
        }
    }
}
