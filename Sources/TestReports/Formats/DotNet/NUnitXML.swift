internal import RunModel

/// NUnit's own XML: version 3 (`test-run`) and version 2 (`test-results`).
package struct NUnitXML: ReportFormat {
    package init() {}

    package let id = "nunit"
    package let summary = "XML of NUnit 3 and 2"

    package func recognises(_ head: ReportHead) -> Bool {
        head.rootElement == "test-run" || head.rootElement == "test-results"
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        XMLReportParser(NUnitBuilder(context), format: id, limits: context.limits)
    }
}

struct NUnitBuilder: DotNetBuilder {
    var cases: DotNetCases

    init(_ context: ReportContext) { cases = DotNetCases(format: "nunit", context) }

    mutating func start(_ tag: XMLTag, in bytes: Span<UInt8>) throws(TestReportError) {
        switch tag.name {
        case "test-run":
            cases.counts = ReportedCounts(
                total: tag.integer("total", in: bytes), passed: tag.integer("passed", in: bytes),
                failed: tag.integer("failed", in: bytes), skipped: tag.integer("skipped", in: bytes)
            )
        case "test-results":
            let notRun = tag.integer("not-run", in: bytes)
            cases.counts = ReportedCounts(
                total: tag.integer("total", in: bytes).map { $0 + (notRun ?? 0) },
                failed: tag.integer("failures", in: bytes),
                errors: tag.integer("errors", in: bytes), skipped: notRun)
        case "test-case":
            let seconds =
                tag.milliseconds("duration", in: bytes) ?? tag.milliseconds("time", in: bytes)
            cases.begin(
                TestResult(
                    id: tag.string("fullname", in: bytes) ?? tag.string("name", in: bytes) ?? "",
                    status: Self.status(
                        tag.string("result", in: bytes), tag.string("label", in: bytes)),
                    durationMilliseconds: seconds))
        case "message", "stack-trace", "output":
            cases.beginText(tag.name)
        default:
            break
        }
    }

    mutating func end(_ name: XMLName) throws(TestReportError) {
        try cases.end(name, isCase: name == "test-case")
    }

    private static func status(_ result: String?, _ label: String?) -> TestStatus {
        switch result {
        case "Passed", "Success", "Warning": .passed
        case "Failed": label == "Error" ? .error : .failed
        case "Failure": .failed
        case "Skipped", "Inconclusive", "Ignored", "NotRunnable": .skipped
        default: .error
        }
    }
}
