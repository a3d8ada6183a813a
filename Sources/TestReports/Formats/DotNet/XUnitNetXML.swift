internal import RunModel

/// xUnit.net's XML, version 2 (https://xunit.net/docs/format-xml-v2).
package struct XUnitNetXML: ReportFormat {
    package init() {}

    package let id = "xunit-net"
    package let summary = "XML of xUnit.net version 2"

    package func recognises(_ head: ReportHead) -> Bool {
        head.rootElement == "assemblies" || head.rootElement == "assembly"
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        XMLReportParser(XUnitNetBuilder(context), format: id, limits: context.limits)
    }
}

struct XUnitNetBuilder: XMLReportBuilder {
    private var collector: ResultCollector
    private var texts: ElementText
    private var current: TestResult?

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "xunit-net", limits: context.limits)
        texts = ElementText(limit: context.limits.textBytes)
    }

    mutating func start(_ tag: XMLTag, in bytes: Span<UInt8>) throws(TestReportError) {
        switch tag.name {
        case "assembly":
            let counts = ReportedCounts(
                total: tag.integer("total", in: bytes), passed: tag.integer("passed", in: bytes),
                failed: tag.integer("failed", in: bytes), errors: tag.integer("errors", in: bytes),
                skipped: tag.integer("skipped", in: bytes))
            collector.counts = collector.counts.map { $0 + counts } ?? counts
        case "test":
            current = TestResult(
                id: tag.string("name", in: bytes) ?? "",
                status: Self.status(tag.string("result", in: bytes)),
                durationMilliseconds: tag.milliseconds("time", in: bytes))
        case "error":
            // Of an assembly, a collection or a clean-up: it belongs to no test.
            let name = tag.string("name", in: bytes) ?? tag.string("type", in: bytes) ?? "error"
            current = TestResult(id: name, status: .error)
            // The totals count these beside the tests.
            if let total = collector.counts?.total { collector.counts?.total = total + 1 }
        case "message", "stack-trace", "reason", "output":
            if current != nil { texts.start(tag.name) }
        default:
            break
        }
    }

    mutating func end(_ name: XMLName) throws(TestReportError) {
        texts.end(name)
        guard name == "test" || name == "error", var result = current.take() else { return }
        let reason = texts.take("reason")
        result.message = texts.take("message") ?? reason
        result.output = [texts.take("stack-trace"), texts.take("output")].compactMap { $0 }
            .joined(separator: "\n")
        try collector.add(result)
    }

    mutating func text(_ bytes: Span<UInt8>, isLiteral: Bool) {
        texts.text(bytes, isLiteral: isLiteral)
    }

    mutating func report(isComplete: Bool) -> TestReport {
        collector.finish(isComplete: isComplete)
    }

    private static func status(_ result: String?) -> TestStatus {
        switch result {
        case "Pass": .passed
        case "Fail": .failed
        case "Skip", "NotRun": .skipped
        default: .error
        }
    }
}
