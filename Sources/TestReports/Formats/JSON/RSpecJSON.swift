internal import RunModel

/// RSpec's formatter `json`.
package struct RSpecJSON: ReportFormat {
    package init() {}

    package let id = "rspec-json"
    package let summary = "JSON of rspec --format json"

    package func recognises(_ head: ReportHead) -> Bool {
        head.firstByte == UInt8(ascii: "{") && head.text.contains("\"examples\"")
            && head.text.prefix(200).contains("\"version\"")
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        JSONDocumentParser(Document.self, format: id, limits: context.limits) {
            (document, collector) throws(TestReportError) in
            try document.add(to: &collector)
        }
    }

    private struct Document: Decodable {
        struct Summary: Decodable {
            var exampleCount: Int
            var failureCount: Int
            var pendingCount: Int
            var outsideErrors: Int?

            enum CodingKeys: String, CodingKey {
                case exampleCount = "example_count"
                case failureCount = "failure_count"
                case pendingCount = "pending_count"
                case outsideErrors = "errors_outside_of_examples_count"
            }
        }

        var examples: [Example]
        var messages: [String]?
        var summary: Summary

        func add(to collector: inout ResultCollector) throws(TestReportError) {
            let outside = summary.outsideErrors ?? 0
            collector.counts = ReportedCounts(
                total: summary.exampleCount + (outside > 0 ? 1 : 0), failed: summary.failureCount,
                errors: outside, skipped: summary.pendingCount)
            for example in examples { try collector.add(example.result) }
            guard outside > 0 else { return }
            let text = messages?.joined(separator: "\n")
            try collector.add(
                TestResult(
                    id: "outside of examples", status: .error,
                    message: text?.trimmedSpace.firstLine, output: text))
        }
    }

    private struct Example: Decodable {
        struct Failure: Decodable {
            var `class`: String?
            var message: String?
            var backtrace: [String]?
        }

        var id: String
        var status: String
        var filePath: String?
        var runTime: Double?
        var pendingMessage: String?
        var exception: Failure?

        enum CodingKeys: String, CodingKey {
            case id, status
            case filePath = "file_path"
            case runTime = "run_time"
            case pendingMessage = "pending_message"
            case exception
        }

        var result: TestResult {
            let status: TestStatus =
                switch self.status {
                case "passed": .passed
                case "failed": .failed
                // An example that is pending and fails has an exception, as it was expected to.
                case "pending": exception == nil ? .skipped : .expectedFailure
                default: .error
                }
            return TestResult(
                id: id, file: filePath, status: status,
                durationMilliseconds: runTime.map { $0 * 1000 },
                message: exception?.message?.trimmedSpace ?? pendingMessage,
                output: exception?.backtrace?.joined(separator: "\n"))
        }
    }
}
