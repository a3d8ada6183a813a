internal import RunModel

/// Workflow commands that GitHub Actions shows beside the lines of a pull request.
///
/// GitHub keeps 10 errors and 10 warnings of a step and drops the rest silently, so the true count
/// is a notice of its own, written first.
struct GitHubAnnotations {
    let report: GateReport
    let rules: RuleIndex

    private static let limitPerLevel = 10

    func render() -> String {
        var lines: [String] = []
        var shown: [String: Int] = [:]
        for finding in report.findingsByWeight {
            let level = Self.level(finding.action)
            guard shown[level, default: 0] < Self.limitPerLevel else { continue }
            shown[level, default: 0] += 1
            lines.append(command(level, finding))
        }
        let hidden = report.findings.count - lines.count
        var summary = "drydock gate: \(report.verdict.rawValue), \(report.countsText)"
        if hidden > 0 { summary += "; \(hidden) of them are not shown as annotations" }
        return (["::notice title=drydock gate::\(Self.data(summary))"] + lines)
            .joined(separator: "\n") + "\n"
    }

    private static func level(_ action: RuleAction) -> String {
        switch action {
        case .block: "error"
        case .review: "warning"
        case .warn, .off: "notice"
        }
    }

    private func command(_ level: String, _ finding: Finding) -> String {
        var properties: [String] = []
        if !finding.path.isEmpty { properties.append("file=\(Self.property(finding.path))") }
        if let line = finding.line { properties.append("line=\(line)") }
        let title = rules[finding.rule]?.title ?? finding.rule
        properties.append("title=\(Self.property("\(title) [\(finding.rule)]"))")
        var message = InvisibleText.escaped(finding.message)
        if let remedy = rules[finding.rule]?.remedy { message += "\n\(remedy)" }
        return "::\(level) \(properties.joined(separator: ","))::\(Self.data(message))"
    }

    /// The escapes of actions/toolkit, without which text of the diff could end the command. Other
    /// control characters would reach the terminal of whoever reads the log.
    private static func data(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func property(_ text: String) -> String {
        var result = ""
        for scalar in data(text).unicodeScalars {
            switch scalar {
            case ":": result += "%3A"
            case ",": result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
