internal import RunModel

/// A patch, line by line, with the gate's findings below the lines that they are about.
enum DiffMarkup {
    private static let lineLimit = 20_000

    static func markup(_ patch: String, findings: [Finding]) -> Markup {
        var lines: [Markup] = []
        var (path, number) = ("", 0)
        for line in patch.split(separator: "\n", omittingEmptySubsequences: false)
            .prefix(lineLimit)
        {
            let text = String(line)
            if text.hasPrefix("diff --git ") {
                path = text.components(" b/")
                lines.append("<span class=\"file\">\(path)</span>")
            } else if text.hasPrefix("index ") || text == "--- /dev/null" || text == "--- a/\(path)"
                || text == "+++ b/\(path)"
            {
                // The line above says it.
                continue
            } else if text.hasPrefix("@@") {
                number = newStart(text)
                lines.append("<span class=\"hunk\">\(text)</span>")
            } else if text.hasPrefix("+++") || text.hasPrefix("---") || text.hasPrefix("index ") {
                lines.append("<span class=\"hunk\">\(text)</span>")
            } else if text.hasPrefix("+") {
                lines.append("<span class=\"add\">\(text)</span>")
                lines += found(findings, path, number)
                number += 1
            } else if text.hasPrefix("-") {
                lines.append("<span class=\"del\">\(text)</span>")
            } else {
                lines.append("<span>\(text)</span>")
                lines += found(findings, path, number)
                number += 1
            }
        }
        return
            "<pre class=\"diff\" tabindex=\"0\" aria-label=\"Change set\">\(Markup(joining: lines, separator: ""))</pre>"
    }

    /// Findings that no line of the patch has below it.
    static func unplaced(_ findings: [Finding], in patch: String) -> [Finding] {
        let shown = markup(patch, findings: findings).description
        return findings.filter { finding in
            guard let line = finding.line, line > 0 else { return true }
            let note: Markup = "\(finding.rule): \(finding.message)"
            return !shown.contains(note.description)
        }
    }

    private static func found(_ findings: [Finding], _ path: String, _ line: Int) -> [Markup] {
        findings.filter { $0.path == path && $0.line == line }.map {
            "<span class=\"finding\" role=\"note\">\($0.action.rawValue): \($0.rule): \($0.message)</span>"
        }
    }

    /// `@@ -1,2 +3,4 @@` begins at the new file's line 3.
    private static func newStart(_ hunk: String) -> Int {
        guard let plus = hunk.firstIndex(of: "+") else { return 0 }
        return Int(hunk[hunk.index(after: plus)...].prefix { $0.isNumber }) ?? 0
    }
}

extension String {
    /// What stands after the last occurrence of a separator.
    fileprivate func components(_ separator: String) -> String {
        guard let range = ranges(of: separator).last else { return self }
        return String(self[range.upperBound...])
    }
}
