internal import RunModel

/// A report for reading: the offending lines, and once per rule why and what to do.
struct TextReport {
    let report: GateReport
    let rules: RuleIndex

    func render() -> String {
        let statistics = report.statistics
        var text = "\(report.verdict.rawValue): \(report.countsText)"
        text += " in \(statistics.files) changed file\(statistics.files == 1 ? "" : "s")"
        text += " (+\(statistics.linesAdded) -\(statistics.linesRemoved) lines"
        text += ", policy \(report.policy.source))\n"
        if statistics.suppressed > 0 {
            text += "\(statistics.suppressed) more accepted by the policy's suppressions\n"
        }
        if statistics.findingsLeftOut > 0 {
            text += "\(statistics.findingsLeftOut) more of the same rules, not listed\n"
        }
        text += summary()
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
        if let first = report.findingsByWeight.first(where: { $0.action != .warn }) {
            text += "\nTo accept a finding for a time, the base's policy says so, with a reason:\n"
            text +=
                "    suppressions:\n      - {rule: \(first.rule), fingerprint: \(first.fingerprint),\n"
            text += "         reason: why it is acceptable, expires: YYYY-MM-DD}\n"
        }
        return text
    }

    /// Where many rules speak, one line per rule first.
    private func summary() -> String {
        var order: [String] = []
        var counts: [String: Int] = [:]
        for finding in report.findingsByWeight {
            let key = "\(finding.action.rawValue) [\(finding.rule)]"
            if counts[key] == nil { order.append(key) }
            counts[key, default: 0] += 1
        }
        guard order.count > 3 else { return "" }
        return order.map { "  \(counts[$0] ?? 0) \($0)\n" }.joined()
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
