internal import RunModel

/// Visual Studio's test results (`dotnet test --logger trx`).
package struct TRX: ReportFormat {
    package init() {}

    package let id = "trx"
    package let summary = "TRX of dotnet test and vstest"

    package func recognises(_ head: ReportHead) -> Bool { head.rootElement == "TestRun" }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        XMLReportParser(TRXBuilder(context), format: id, limits: context.limits)
    }
}

struct TRXBuilder: XMLReportBuilder {
    private struct Row {
        var result: TestResult
        var definition: String?
    }

    private var collector: ResultCollector
    private var texts: ElementText
    private var row: Row?
    /// The definitions, which name the class, come after the results.
    private var rows: [Row] = []
    private var definition: String?
    private var names: [String: (className: String, method: String)] = [:]

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "trx", limits: context.limits)
        texts = ElementText(limit: context.limits.textBytes)
    }

    mutating func start(_ tag: XMLTag, in bytes: Span<UInt8>) throws(TestReportError) {
        switch tag.name {
        case "UnitTestResult":
            try finishRow()  // data rows nest their results
            row = Row(
                result: TestResult(
                    id: tag.string("testName", in: bytes) ?? "",
                    status: Self.status(tag.string("outcome", in: bytes)),
                    durationMilliseconds: Self.milliseconds(tag.string("duration", in: bytes))),
                definition: tag.string("testId", in: bytes))
        case "UnitTest":
            definition = tag.string("id", in: bytes)
        case "TestMethod":
            if let definition, names.count < collector.limits.results {
                let className = tag.string("className", in: bytes) ?? ""
                // Older loggers write the assembly behind the class.
                names[definition] = (
                    String(className.prefix { $0 != "," }), tag.string("name", in: bytes) ?? ""
                )
            }
        case "Counters":
            collector.counts = ReportedCounts(
                total: tag.integer("total", in: bytes), passed: tag.integer("passed", in: bytes),
                failed: tag.integer("failed", in: bytes), errors: tag.integer("error", in: bytes))
        case "Message", "StackTrace", "StdOut", "StdErr":
            if row != nil { texts.start(tag.name) }
        default:
            break
        }
    }

    mutating func end(_ name: XMLName) throws(TestReportError) {
        texts.end(name)
        if name == "UnitTestResult" { try finishRow() }
    }

    mutating func text(_ bytes: Span<UInt8>, isLiteral: Bool) {
        texts.text(bytes, isLiteral: isLiteral)
    }

    private mutating func finishRow() throws(TestReportError) {
        guard var finished = row.take() else { return }
        guard rows.count < collector.limits.results else {
            throw .tooManyResults("trx", limit: collector.limits.results)
        }
        finished.result.message = texts.take("Message")
        let parts = [texts.take("StackTrace"), texts.take("StdOut"), texts.take("StdErr")]
        finished.result.output = parts.compactMap { $0 }.joined(separator: "\n")
        rows.append(finished)
    }

    mutating func report(isComplete: Bool) throws(TestReportError) -> TestReport {
        for var row in rows {
            if let known = row.definition.flatMap({ names[$0] }), !known.className.isEmpty,
                !row.result.id.hasPrefix(known.className)
            {
                row.result.id = "\(known.className).\(row.result.id)"
            }
            try collector.add(row.result)
        }
        return collector.finish(isComplete: isComplete)
    }

    /// What the schema names; a missing or unknown outcome is an error.
    private static func status(_ outcome: String?) -> TestStatus {
        switch outcome {
        case "Passed", "PassedButRunAborted", "Completed", "Warning": .passed
        case "Failed": .failed
        case "NotExecuted", "NotRunnable", "Inconclusive", "Pending": .skipped
        default: .error
        }
    }

    /// `00:00:01.2345678`
    private static func milliseconds(_ text: String?) -> Double? {
        let parts = text?.split(separator: ":").compactMap { Double($0) } ?? []
        guard parts.count == 3 else { return nil }
        return (parts[0] * 3600 + parts[1] * 60 + parts[2]) * 1000
    }
}
