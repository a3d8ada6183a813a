internal import RunModel

/// What pytest prints, in any verbosity that ends with its line of totals.
package struct PytestConsole: ReportFormat {
    package init() {}

    package let id = "pytest-console"
    package let summary = "console output of pytest: totals, and ids as far as -v and -r print them"

    package func recognises(_ head: ReportHead) -> Bool {
        guard head.firstByte != UInt8(ascii: "<"), head.firstByte != UInt8(ascii: "{") else {
            return false
        }
        return head.lines.contains { line in
            let line = line.strippedOfControl
            return line.hasPrefix("=") && line.contains(" test session starts ")
                || PytestTotals(line: line) != nil
        }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(PytestConsoleBuilder(context), format: id, limits: context.limits)
    }
}

/// The line of totals: `== 1 failed, 2 passed in 0.12s ==`, with `-q` without the rules.
struct PytestTotals {
    var counts = ReportedCounts()

    init?(line: String) {
        let text = line[...].drop { $0 == "=" || $0 == " " }
        guard let end = text.firstRange(of: " in ") else { return nil }
        let duration = text[end.upperBound...].prefix { $0.isNumber || $0 == "." }
        guard !duration.isEmpty, text[end.upperBound...].dropFirst(duration.count).first == "s"
        else { return nil }
        let stated = text[..<end.lowerBound]
        if stated == "no tests ran" {
            counts.total = 0
            return
        }
        var values: [Substring: Int] = [:]
        for part in stated.split(separator: ", ") {
            let words = part.split(separator: " ")
            guard words.count == 2, let count = Int(words[0]), Self.nouns.contains(words[1]) else {
                return nil
            }
            values[words[1]] = count
        }
        guard !values.isEmpty else { return nil }
        let red = values["error"] ?? values["errors"] ?? 0
        let green = (values["passed"] ?? 0) + (values["xpassed"] ?? 0)
        counts = ReportedCounts(
            failed: values["failed"] ?? 0, errors: red, skipped: values["skipped"] ?? 0,
            expectedFailures: values["xfailed"] ?? 0, deselected: values["deselected"] ?? 0,
            reruns: values["rerun"] ?? 0)
        // A test whose clean-up fails counts as passed and as an error.
        guard red == 0 else { return }
        counts.passed = green
        counts.total = ["failed", "skipped", "xfailed"].reduce(green) { $0 + (values[$1] ?? 0) }
    }

    private static let nouns: Set<Substring> = [
        "passed", "failed", "error", "errors", "skipped", "xfailed", "xpassed", "deselected",
        "rerun", "warning", "warnings", "subtests",
    ]
}

struct PytestConsoleBuilder: LineReportBuilder {
    private var collector: ResultCollector
    private var hasTotals = false

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "pytest-console", limits: context.limits)
        collector.listsEverything = false
    }

    mutating func line(_ line: String) throws(TestReportError) {
        if let totals = PytestTotals(line: line) {
            hasTotals = true
            collector.counts = totals.counts
        } else if line.hasPrefix("INTERNALERROR>") || line.hasPrefix("!!!") {
            guard collector.problems.count < 20 else { return }
            let text = line.trimmingRule("!")
            collector.problems.append(ReportProblem(.runnerAborted, text))
        } else if let (status, id, message) = entry(line) {
            try record(status, id, message)
        }
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        collector.finish(isComplete: hasTotals)
    }

    /// `FAILED tests/test_a.py::test_b - message` of the summary, or, with `-v`,
    /// `tests/test_a.py::test_b FAILED [ 50%]`.
    private func entry(_ line: String) -> (TestStatus, id: String, message: String?)? {
        let words = line.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        if let status = Self.statuses[words[0]] {
            // A skip of the summary has a place, not an id.
            guard !words[1].hasPrefix("["), words[1].contains("::") || words[1].contains(".py")
            else { return nil }
            if let cut = words[1].firstRange(of: " - ") {
                return (
                    status, String(words[1][..<cut.lowerBound]), String(words[1][cut.upperBound...])
                )
            }
            return (status, String(words[1]).trimmedSpace, nil)
        }
        guard line.contains("::") else { return nil }
        // Parameters may hold spaces: the status is the last word before the progress.
        var rest = Substring(line)
        if rest.hasSuffix("%]"), let bracket = rest.lastIndex(of: "[") { rest = rest[..<bracket] }
        let text = rest.trimmedSpace
        for (word, status) in Self.statuses {
            if let range = text.firstRange(of: " \(word)"),
                text[range.upperBound...].isEmpty || text[range.upperBound...].hasPrefix(" (")
            {
                return (status, String(text[..<range.lowerBound]), nil)
            }
        }
        return nil
    }

    private mutating func record(
        _ status: TestStatus, _ id: String, _ message: String?
    ) throws(TestReportError) {
        // The summary repeats what -v printed, with the message.
        let known = collector.amendLast(id) { result in
            if status.isFailure || !result.status.isFailure { result.status = status }
            result.message = message ?? result.message
        }
        guard !known else { return }
        try collector.add(
            TestResult(
                id: id, file: PytestIdentity.file(ofNodeID: id), status: status, message: message))
    }

    private static let statuses: [Substring: TestStatus] = [
        "PASSED": .passed, "FAILED": .failed, "ERROR": .error, "SKIPPED": .skipped,
        // One that is strict says FAILED; this one does not make the run red.
        "XFAIL": .expectedFailure, "XPASS": .passed,
    ]
}

extension StringProtocol {
    /// Without a rule of the given character around it.
    func trimmingRule(_ character: Character) -> String {
        var text = self[...]
        while text.first == character || text.first == " " { text = text.dropFirst() }
        while text.last == character || text.last == " " { text = text.dropLast() }
        return String(text)
    }

    /// Without terminal control sequences.
    var strippedOfControl: String {
        guard utf8.contains(0x1B) else { return String(self) }
        var splitter = LineSplitter()
        for byte in utf8 { _ = splitter.take(byte) }
        return splitter.finish() ?? ""
    }
}
