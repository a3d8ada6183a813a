/// A workflow file of GitHub Actions as rules need it: lines with their depth and their keys.
///
/// Read line by line, so that a file which is no valid YAML is still looked at.
struct WorkflowText {
    struct Line {
        /// 1-based.
        var number: Int
        /// Leading blanks.
        var depth: Int
        /// Without indentation, dash and comment.
        var content: String
        /// The name before the first colon, when the line is a mapping entry.
        var key: String?
        /// What follows the colon.
        var value: String
    }

    let lines: [Line]

    static func isWorkflow(_ path: String) -> Bool {
        let name = PathName(path)
        return
            (path.hasPrefix(".github/workflows/") || path.hasPrefix(".github/actions/")
            || name.lowered == "action.yml" || name.lowered == "action.yaml")
            && ["yml", "yaml"].contains(name.fileExtension)
    }

    init(_ text: FileText) {
        var lines: [Line] = []
        for number in 1...max(text.lineCount, 1) where number <= text.lineCount {
            let line = String(decoding: text.line(number).prefix(4_000), as: UTF8.self)
            var rest = line.drop { $0 == " " }
            var depth = line.count - rest.count
            while rest.hasPrefix("- ") {
                let entry = rest.dropFirst(2).drop { $0 == " " }
                depth += rest.count - entry.count
                rest = entry
            }
            if rest.isEmpty || rest.hasPrefix("#") { continue }
            let key = rest.firstIndex(of: ":").map { rest[..<$0] }
            let isKey = key.map { name in
                !name.isEmpty && name.allSatisfy { !" {}[]$\"'".contains($0) || $0 == "\"" }
            }
            lines.append(
                Line(
                    number: number, depth: depth, content: String(rest),
                    key: isKey == true ? key.map { $0.filter { $0 != "\"" } } : nil,
                    value: key.map {
                        String(rest[$0.endIndex...].dropFirst().drop { $0 == " " })
                    } ?? ""))
        }
        self.lines = lines
    }

    /// The keys that enclose a line, innermost first.
    func enclosingKeys(ofLine number: Int) -> [String] {
        guard let index = lines.firstIndex(where: { $0.number == number }) else { return [] }
        var keys: [String] = []
        if let key = lines[index].key { keys.append(key) }
        var depth = lines[index].depth
        for line in lines[..<index].reversed() where line.depth < depth {
            depth = line.depth
            if let key = line.key { keys.append(key) }
        }
        return keys
    }

    /// Whether an event triggers the workflow.
    func isTriggered(by event: String) -> Bool {
        guard let start = lines.firstIndex(where: { $0.key == "on" || $0.key == "true" }) else {
            return false
        }
        if lines[start].value.contains(event) { return true }
        return lines[(start + 1)...].prefix { $0.depth > lines[start].depth }
            .contains { $0.content.hasPrefix(event) }
    }
}
