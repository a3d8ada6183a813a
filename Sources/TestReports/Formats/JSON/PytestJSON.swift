internal import RunModel

/// The report of the plugin pytest-json-report.
package struct PytestJSON: ReportFormat {
    package init() {}

    package let id = "pytest-json"
    package let summary = "JSON of pytest-json-report"

    package func recognises(_ head: ReportHead) -> Bool {
        head.firstByte == UInt8(ascii: "{") && head.text.contains("\"exitcode\"")
            && head.text.contains("\"summary\"")
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        JSONDocumentParser(Document.self, format: id, limits: context.limits) {
            (document, collector) throws(TestReportError) in
            try document.add(to: &collector)
        }
    }

    private struct Document: Decodable {
        var summary: [String: Int]
        var tests: [Test]?
        var collectors: [Collector]?

        func add(to collector: inout ResultCollector) throws(TestReportError) {
            let broken = (collectors ?? []).filter { $0.outcome == "failed" }
            collector.counts = ReportedCounts(
                total: (summary["total"] ?? 0) + broken.count,
                passed: (summary["passed"] ?? 0) + (summary["xpassed"] ?? 0),
                failed: summary["failed"] ?? 0, errors: (summary["error"] ?? 0) + broken.count,
                skipped: summary["skipped"], expectedFailures: summary["xfailed"])
            for node in broken {
                try collector.add(
                    TestResult(
                        id: node.nodeid, file: PytestIdentity.file(ofNodeID: node.nodeid),
                        status: .error,
                        message: node.longrepr?.trimmedSpace.split(whereSeparator: \.isNewline).last
                            .map(String.init), output: node.longrepr))
            }
            for test in tests ?? [] { try collector.add(test.result) }
        }
    }

    private struct Collector: Decodable {
        var nodeid: String
        var outcome: String
        var longrepr: String?
    }

    private struct Phase: Decodable {
        struct Crash: Decodable {
            var message: String?
        }

        var duration: Double?
        var outcome: String?
        var crash: Crash?
        var longrepr: String?
    }

    private struct Test: Decodable {
        var nodeid: String
        var outcome: String
        var setup: Phase?
        var call: Phase?
        var teardown: Phase?
        var userProperties: [[String: Property]]?

        enum CodingKeys: String, CodingKey {
            case nodeid, outcome, setup, call, teardown
            case userProperties = "user_properties"
        }

        var result: TestResult {
            var status: TestStatus =
                switch outcome {
                case "passed", "xpassed": .passed
                case "failed": .failed
                case "skipped": .skipped
                case "xfailed": .expectedFailure
                default: .error
                }
            let phases = [setup, call, teardown].compactMap { $0 }
            let red = phases.first { $0.outcome == "failed" } ?? phases.first { $0.longrepr != nil }
            if red?.longrepr?.hasPrefix("[XPASS(strict)]") == true { status = .unexpectedPass }
            return TestResult(
                id: nodeid, file: PytestIdentity.file(ofNodeID: nodeid), status: status,
                durationMilliseconds: phases.compactMap(\.duration).reduce(0, +) * 1000,
                message: red?.crash?.message?.firstLine ?? red?.longrepr?.firstLine,
                output: red?.longrepr, score: property("score"), threshold: property("threshold"))
        }

        private func property(_ name: String) -> Double? {
            userProperties?.lazy.compactMap { $0[name]?.number }.first
        }
    }

    /// A property's value may be anything; only numbers matter here.
    private struct Property: Decodable {
        var number: Double?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            number = try? container.decode(Double.self)
            if number == nil, let text = try? container.decode(String.self) {
                number = LocaleNumber.parse(text)
            }
        }
    }
}
