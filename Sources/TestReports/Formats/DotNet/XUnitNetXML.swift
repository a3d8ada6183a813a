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

struct XUnitNetBuilder: DotNetBuilder {
    var cases: DotNetCases

    init(_ context: ReportContext) { cases = DotNetCases(format: "xunit-net", context) }

    mutating func start(_ tag: XMLTag, in bytes: Span<UInt8>) throws(TestReportError) {
        switch tag.name {
        case "assembly":
            let counts = ReportedCounts(
                total: tag.integer("total", in: bytes), passed: tag.integer("passed", in: bytes),
                failed: tag.integer("failed", in: bytes), errors: tag.integer("errors", in: bytes),
                skipped: tag.integer("skipped", in: bytes))
            cases.counts = cases.counts.map { $0 + counts } ?? counts
        case "test":
            cases.begin(
                TestResult(
                    id: tag.string("name", in: bytes) ?? "",
                    status: Self.status(tag.string("result", in: bytes)),
                    durationMilliseconds: tag.milliseconds("time", in: bytes)))
        case "error":
            // Of an assembly, a collection or a clean-up: it belongs to no test.
            let name = tag.string("name", in: bytes) ?? tag.string("type", in: bytes) ?? "error"
            cases.begin(TestResult(id: name, status: .error))
            // The totals count these beside the tests.
            if let total = cases.counts?.total { cases.counts?.total = total + 1 }
        case "message", "stack-trace", "reason", "output":
            cases.beginText(tag.name)
        default:
            break
        }
    }

    mutating func end(_ name: XMLName) throws(TestReportError) {
        try cases.end(name, isCase: name == "test" || name == "error")
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
