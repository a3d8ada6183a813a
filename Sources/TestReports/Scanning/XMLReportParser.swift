/// A handler that makes a report of what it was told.
protocol XMLReportBuilder: XMLHandler {
    mutating func report(isComplete: Bool) throws(TestReportError) -> TestReport
}

/// Joins the scanner and one format's handler.
struct XMLReportParser<Builder: XMLReportBuilder>: ReportParser {
    private var scanner: XMLScanner<Builder>
    private let subject: String

    init(_ builder: Builder, format: String, limits: ReportLimits) {
        scanner = XMLScanner(builder, subject: format, limits: limits)
        subject = format
    }

    mutating func consume(_ chunk: Span<UInt8>) throws(TestReportError) {
        try scanner.consume(chunk)
    }

    mutating func finish() throws(TestReportError) -> TestReport {
        try scanner.finish()
        return try scanner.handler.report(isComplete: scanner.isComplete)
    }
}
