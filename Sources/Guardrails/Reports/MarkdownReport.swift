internal import RunModel

/// A report for a pull-request comment. Nothing that comes from the diff is Markdown afterwards: no
/// mention, closing keyword, link, image or HTML.
struct MarkdownReport {
    let report: GateReport
    let rules: RuleIndex

    /// GitHub takes 65,535 characters in a check summary or comment.
    private static let characterLimit = 60_000

    func render() -> String {
        var text = "## drydock gate: \(report.verdict.rawValue)\n\n"
        let statistics = report.statistics
        text += "\(report.countsText) in \(statistics.files) changed files "
        text += "(+\(statistics.linesAdded) −\(statistics.linesRemoved) lines), policy "
        text += "\(MarkdownText.code(report.policy.source)).\n"
        var shown = 0
        var explained: Set<String> = []
        for finding in report.findingsByWeight {
            var entry =
                "\n- **\(finding.action.rawValue)** \(MarkdownText.code(place(of: finding)))"
            entry +=
                " \(MarkdownText.plain(finding.message)) (\(MarkdownText.code(finding.rule)))\n"
            if !finding.evidence.isEmpty {
                entry += "  \(MarkdownText.code(finding.evidence))\n"
            }
            if explained.insert(finding.rule).inserted, let rule = rules[finding.rule] {
                entry += "  <br>*Why:* \(MarkdownText.plain(rule.rationale))\n"
                entry += "  <br>*Do:* \(MarkdownText.plain(rule.remedy))\n"
            }
            guard text.utf8.count + entry.utf8.count < Self.characterLimit else { break }
            text += entry
            shown += 1
        }
        let hidden = report.findings.count - shown
        if hidden > 0 { text += "\n…and \(hidden) more findings that do not fit here.\n" }
        return text
    }

    private func place(of finding: Finding) -> String {
        let path = finding.path.isEmpty ? "the change" : finding.path
        return finding.line.map { "\(path):\($0)" } ?? path
    }
}

/// Text that Markdown shows as it is.
package enum MarkdownText {
    /// A code span whose delimiter is longer than any run of backticks within.
    package static func code(_ text: String) -> String {
        let visible = InvisibleText.escaped(text)
        var longest = 0
        var run = 0
        for character in visible.unicodeScalars {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let padding = visible.hasPrefix("`") || visible.hasSuffix("`") || visible.isEmpty ? " " : ""
        return fence + padding + visible + padding + fence
    }

    /// Prose in which every character that Markdown or the forge could act on is a reference.
    package static func plain(_ text: String) -> String {
        var result = ""
        for scalar in InvisibleText.escaped(text).unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", " ", ",", ";", "(", ")", "'", "\"", "?", "/":
                result.unicodeScalars.append(scalar)
            case _ where scalar.isASCII:
                result += "&#\(scalar.value);"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
