internal import RunModel

/// What `ctest` prints.
package struct CTestConsole: ReportFormat {
    package init() {}

    package let id = "ctest-console"
    package let summary = "console output of ctest"

    package func recognises(_ head: ReportHead) -> Bool {
        guard head.firstByte != UInt8(ascii: "{"), head.firstByte != UInt8(ascii: "<") else {
            return false
        }
        return head.lines.contains { line in
            line.hasPrefix("Test project /") || CTestLine(line) != nil
                || line == "No tests were found!!!"
        }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(CTestBuilder(context), format: id, limits: context.limits)
    }
}

/// `2/7 Test #2: wrong ............***Failed    0.01 sec`
struct CTestLine {
    var name: String
    var status: TestStatus
    var message: String?
    var seconds: Double?

    init?(_ line: some StringProtocol) {
        let text = Substring(line).drop { $0 == " " }
        guard let mark = text.firstRange(of: " Test "), text[..<mark.lowerBound].contains("/"),
            text[..<mark.lowerBound].allSatisfy({ $0.isNumber || $0 == "/" || $0 == " " }),
            let colon = text[mark.upperBound...].firstRange(of: ": "), text.hasSuffix(" sec")
        else { return nil }
        let body = text[colon.upperBound...].dropLast(4)
        guard let dots = body.firstRange(of: " ..") ?? body.lastRange(of: "..") else { return nil }
        name = body[..<dots.lowerBound].trimmingCharacters(".")
        var verdict = body[dots.upperBound...].drop { $0 == "." }
        if let last = verdict.lastIndex(of: " ") {
            seconds = LocaleNumber.parse(verdict[verdict.index(after: last)...])
            verdict = verdict[..<last]
        }
        let word = verdict.trimmedSpace.trimmingRule("*")
        switch word {
        case "Passed": status = .passed
        case "Skipped", "Not Run (Disabled)": status = .skipped
        case "Not Run": status = .error
        default: status = .failed
        }
        message = status == .passed ? nil : word
    }
}

extension Substring {
    /// Without trailing characters of a kind, and the spaces before them.
    fileprivate func trimmingCharacters(_ character: Character) -> String {
        var text = self
        while text.last == character || text.last == " " { text = text.dropLast() }
        return String(text)
    }
}

struct CTestBuilder: LineReportBuilder {
    private var collector: ResultCollector
    private var isOver = false
    /// Output of the test that ended last; `--output-on-failure` prints it there.
    private var output: BoundedText
    private var last: String?

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "ctest-console", limits: context.limits)
        output = BoundedText(limit: context.limits.textBytes)
    }

    mutating func line(_ line: String) throws(TestReportError) {
        if let entry = CTestLine(line) {
            attachOutput()
            last = entry.name
            try collector.add(
                TestResult(
                    id: entry.name, status: entry.status,
                    durationMilliseconds: entry.seconds.map { $0 * 1000 }, message: entry.message))
        } else if let percent = line.firstRange(of: "% tests passed, ") {
            attachOutput()
            total(line[percent.upperBound...])
        } else if line == "No tests were found!!!" {
            collector.counts = ReportedCounts(total: 0)
            isOver = true
        } else if line.hasPrefix("Total Test time (real) = "), line.hasSuffix(" sec") {
            isOver = true
        } else if line.hasPrefix("    Start ") {
            attachOutput()
        } else if last != nil, !isOver {
            output.append(line + "\n")
        }
    }

    private mutating func attachOutput() {
        guard let name = last.take() else { return }
        let text = output.finish()
        output = BoundedText(limit: collector.limits.textBytes)
        guard let text, !text.trimmedSpace.isEmpty else { return }
        _ = collector.amendLast(name) { $0.output = text }
    }

    /// `4 tests failed out of 6`: what is disabled is not counted.
    private mutating func total(_ text: Substring) {
        let numbers = text.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2 else { return }
        let disabled = collector.results.count { $0.message == "Not Run (Disabled)" }
        collector.counts = ReportedCounts(total: numbers[1] + disabled, failed: numbers[0])
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        collector.finish(isComplete: isOver)
    }
}
