internal import RunModel

/// Mocha's reporter `json`.
package struct MochaJSON: ReportFormat {
    package init() {}

    package let id = "mocha-json"
    package let summary = "JSON of mocha --reporter json"

    package func recognises(_ head: ReportHead) -> Bool {
        head.firstByte == UInt8(ascii: "{") && head.text.contains("\"stats\"")
            && head.text.contains("\"suites\"") && head.text.contains("\"passes\"")
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        JSONDocumentParser(Document.self, format: id, limits: context.limits) {
            (document, collector) throws(TestReportError) in
            try document.add(to: &collector)
        }
    }

    private struct Document: Decodable {
        struct Statistics: Decodable {
            var tests: Int
            var passes: Int
            var pending: Int
            var failures: Int
        }

        var stats: Statistics
        var passes: [Test]
        var failures: [Test]
        var pending: [Test]

        func add(to collector: inout ResultCollector) throws(TestReportError) {
            // Hooks that fail are failures and no tests.
            let listed = passes.count + failures.count + pending.count
            let hooks = failures.count { $0.isHook }
            collector.counts = ReportedCounts(
                total: stats.tests + hooks, passed: stats.passes, failed: stats.failures,
                skipped: stats.pending)
            if stats.tests + hooks > listed {
                collector.problems.append(
                    ReportProblem(.countMismatch, "\(stats.tests) tests ran, \(listed) are listed"))
            }
            for test in passes { try test.add(.passed, to: &collector) }
            for test in failures { try test.add(.failed, to: &collector) }
            for test in pending { try test.add(.skipped, to: &collector) }
        }
    }

    private struct Test: Decodable {
        struct Failure: Decodable {
            var message: String?
            var stack: String?
        }

        var title: String
        var fullTitle: String
        var file: String?
        var duration: Double?
        var currentRetry: Int?
        var err: Failure?

        /// `"before each" hook for "adds"`
        var isHook: Bool { title.hasPrefix("\"") && title.contains("\" hook") }

        func add(
            _ status: TestStatus, to collector: inout ResultCollector
        ) throws(TestReportError) {
            let retries = (0..<min(max(currentRetry ?? 0, 0), 100)).map { _ in
                TestResult(id: fullTitle, file: file, status: .failed, message: "retried")
            }
            try collector.add(
                TestResult(
                    id: fullTitle, file: file, status: isHook ? .error : status,
                    durationMilliseconds: duration, message: err?.message, output: err?.stack),
                after: status == .passed ? retries : [])
        }
    }
}
