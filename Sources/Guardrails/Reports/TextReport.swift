internal import RunModel

/// A report for reading: the offending lines, and once per rule why and what to do.
struct TextReport {
    let report: GateReport
    let rules: RuleIndex

    func render() -> String {
        var text = "\(report.verdict.rawValue): \(report.countsText)"
        let statistics = report.statistics
        text += " in \(statistics.files) changed files"
        text += " (+\(statistics.linesAdded) -\(statistics.linesRemoved) lines"
        text += ", policy \(report.policy.source))\n"
        if statistics.suppressed > 0 {
            text += "\(statistics.suppressed) findings are accepted by the policy\n"
        }
        var explained: Set<String> = []
        for finding in report.findingsByWeight {
            text += "\n\(place(of: finding)): \(finding.action.rawValue)"
            text += " [\(finding.rule)] \(InvisibleText.escaped(finding.message))\n"
            if !finding.evidence.isEmpty {
                text += "    | \(InvisibleText.escaped(finding.evidence))\n"
            }
            guard explained.insert(finding.rule).inserted, let rule = rules[finding.rule] else {
                continue
            }
            text += TextWrapping.wrapped(rule.rationale, first: "    why: ", rest: "         ")
            text += TextWrapping.wrapped(rule.remedy, first: "    do:  ", rest: "         ")
        }
        return text
    }

    private func place(of finding: Finding) -> String {
        let path = finding.path.isEmpty ? "(the change)" : InvisibleText.escaped(finding.path)
        return finding.line.map { "\(path):\($0)" } ?? path
    }
}

/// Breaks prose into lines of at most 96 columns.
enum TextWrapping {
    static func wrapped(_ prose: String, first: String, rest: String) -> String {
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in prose.split(whereSeparator: \.isWhitespace) {
            if !isEmpty, line.count + word.count + 1 > 96 {
                lines.append(line)
                line = rest
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        lines.append(line)
        return lines.joined(separator: "\n") + "\n"
    }
}
