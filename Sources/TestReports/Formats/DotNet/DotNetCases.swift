internal import RunModel

/// What the reports of NUnit and xUnit.net have in common: one element per test, with its texts in
/// elements below.
struct DotNetCases {
    private var collector: ResultCollector
    private var texts: ElementText
    private var current: TestResult?

    /// The totals that the report states.
    var counts: ReportedCounts? {
        get { collector.counts }
        set { collector.counts = newValue }
    }

    init(format: String, _ context: ReportContext) {
        collector = ResultCollector(format: format, limits: context.limits)
        texts = ElementText(limit: context.limits.textBytes)
    }

    mutating func begin(_ result: TestResult) { current = result }

    /// Begins to collect the text of an element, where a test is open.
    mutating func beginText(_ name: XMLName) {
        if current != nil { texts.start(name) }
    }

    mutating func text(_ bytes: Span<UInt8>, isLiteral: Bool) {
        texts.text(bytes, isLiteral: isLiteral)
    }

    /// - Parameter isCase: whether it is the element of the open test.
    mutating func end(_ name: XMLName, isCase: Bool) throws(TestReportError) {
        texts.end(name)
        guard isCase, var result = current.take() else { return }
        let reason = texts.take("reason")
        result.message = texts.take("message") ?? reason
        result.output = [texts.take("stack-trace"), texts.take("output")].compactMap { $0 }
            .joined(separator: "\n")
        try collector.add(result)
    }

    mutating func finish(isComplete: Bool) -> TestReport {
        collector.finish(isComplete: isComplete)
    }
}

/// A builder that collects its tests so.
protocol DotNetBuilder: XMLReportBuilder {
    var cases: DotNetCases { get set }
}

extension DotNetBuilder {
    mutating func text(_ bytes: Span<UInt8>, isLiteral: Bool) {
        cases.text(bytes, isLiteral: isLiteral)
    }

    mutating func report(isComplete: Bool) -> TestReport { cases.finish(isComplete: isComplete) }
}
