internal import RunModel

/// What node's runner prints with the reporter `spec`.
package struct NodeConsole: ReportFormat {
    package init() {}

    package let id = "node-console"
    package let summary = "console output of node --test with the reporter spec"

    package func recognises(_ head: ReportHead) -> Bool {
        guard !head.text.contains("Test run started.") else { return false }
        return head.lines.contains { line in
            line.hasPrefix("ℹ tests ") || NodeSpecLine(line) != nil
        }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(NodeConsoleBuilder(context), format: id, limits: context.limits)
    }
}

/// `  ✖ fails (0.45ms)`
struct NodeSpecLine {
    var depth: Int
    var mark: Character
    var name: String
    var milliseconds: Double?
    var comment: String?

    init?(_ line: some StringProtocol) {
        let indent = line.prefix { $0 == " " }.count
        let text = Substring(line).dropFirst(indent)
        guard let mark = text.first, "✔✖﹣▶".contains(mark), text.dropFirst().first == " " else {
            return nil
        }
        self.mark = mark
        depth = indent / 2
        var rest = text.dropFirst(2)
        if let hash = rest.lastRange(of: "ms) # ") {
            comment = String(rest[hash.upperBound...])
            rest = rest[..<hash.lowerBound] + "ms)"
        }
        if rest.hasSuffix("ms)"), let open = rest.lastIndex(of: "(") {
            milliseconds = LocaleNumber.parse(rest[rest.index(after: open)...].dropLast(3))
            rest = rest[..<open]
        } else if mark != "▶" {
            return nil
        }
        name = rest.trimmedSpace
    }
}

struct NodeConsoleBuilder: LineReportBuilder {
    private var collector: ResultCollector
    private var suites: [String] = []
    private var values: [Substring: Int] = [:]
    private var isOver = false

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "node-console", limits: context.limits)
    }

    mutating func line(_ line: String) throws(TestReportError) {
        if let rest = line.after("ℹ ") {
            let words = rest.split(separator: " ")
            guard words.count == 2 else { return }
            values[words[0]] = Int(words[1])
            // The last of the totals; failures are repeated behind it.
            if words[0] == "duration_ms" { isOver = true }
        } else if !isOver, let entry = NodeSpecLine(line), entry.depth < 64 {
            try record(entry)
        }
    }

    private mutating func record(_ entry: NodeSpecLine) throws(TestReportError) {
        if entry.mark == "▶" {
            suites = Array(suites.prefix(entry.depth)) + [entry.name]
            return
        }
        // A suite is closed by a line of its own with a mark.
        if suites.count == entry.depth + 1, suites.last == entry.name {
            suites.removeLast()
            return
        }
        let isToDo = entry.comment?.hasPrefix("TODO") == true
        let status: TestStatus =
            switch entry.mark {
            case "✔": .passed
            case "﹣": isToDo ? .passed : .skipped
            default: isToDo ? .expectedFailure : .failed
            }
        try collector.add(
            TestResult(
                id: (suites.prefix(entry.depth) + [entry.name]).joined(separator: " > "),
                status: status, durationMilliseconds: entry.milliseconds, message: entry.comment))
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        if values["tests"] != nil {
            collector.counts = ReportedCounts(
                total: values["tests"], passed: values["pass"],
                failed: (values["fail"] ?? 0) + (values["cancelled"] ?? 0),
                skipped: values["skipped"], expectedFailures: values["todo"])
        }
        return collector.finish(isComplete: isOver)
    }
}
