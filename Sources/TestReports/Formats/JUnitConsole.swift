internal import RunModel

/// What JUnit 5's ConsoleLauncher prints: its summary, and the failures above it.
package struct JUnitConsole: ReportFormat {
    package init() {}

    package let id = "junit-console"
    package let summary = "console output of JUnit's ConsoleLauncher"

    package func recognises(_ head: ReportHead) -> Bool {
        guard head.firstByte != UInt8(ascii: "{"), head.firstByte != UInt8(ascii: "<") else {
            return false
        }
        return head.lines.contains { line in
            line.hasPrefix("Test run finished after ")
                || line.hasPrefix("    MethodSource [className = '")
        }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(JUnitConsoleBuilder(context), format: id, limits: context.limits)
    }
}

struct JUnitConsoleBuilder: LineReportBuilder {
    private var collector: ResultCollector
    /// The failure whose source was named and whose message comes next.
    private var failing: String?
    private var totals: [Substring: Int] = [:]
    private var isOver = false

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "junit-console", limits: context.limits)
        collector.listsEverything = false
    }

    mutating func line(_ line: String) throws(TestReportError) {
        if let id = Self.source(line) {
            failing = id
        } else if let id = failing, let message = line.after("    => ") {
            failing = nil
            try collector.add(TestResult(id: id, status: .failed, message: String(message)))
        } else if let (kind, count) = Self.total(line) {
            totals[kind] = count
            if kind == "failed" { finishTotals() }
        }
    }

    private mutating func finishTotals() {
        isOver = true
        collector.counts = ReportedCounts(
            total: totals["found"], passed: totals["successful"], failed: totals["failed"],
            // A failed assumption ends a test; the report file has it among the skipped.
            skipped: (totals["skipped"] ?? 0) + (totals["aborted"] ?? 0))
    }

    /// `[         2 tests found           ]`
    private static func total(_ line: String) -> (Substring, Int)? {
        guard line.hasPrefix("["), line.hasSuffix("]") else { return nil }
        let words = line.dropFirst().dropLast().split(separator: " ")
        guard words.count == 3, words[1] == "tests", let count = Int(words[0]) else { return nil }
        return (words[2], count)
    }

    /// `    MethodSource [className = 'a.B', methodName = 'c', methodParameterTypes = 'int']`
    private static func source(_ line: String) -> String? {
        guard let rest = line.after("    MethodSource [className = '") else { return nil }
        let parts = rest.split(separator: "'", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[1] == ", methodName = ",
            parts[3] == ", methodParameterTypes = "
        else { return nil }
        return "\(parts[0])#\(parts[2])(\(parts[4]))"
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        collector.finish(isComplete: isOver && !endsInLine)
    }
}
