internal import RunModel

/// Jest's `--json`, which vitest's reporter `json` writes too.
package struct JestJSON: ReportFormat {
    package init() {}

    package let id = "jest-json"
    package let summary = "JSON of jest --json and vitest --reporter=json"

    package func recognises(_ head: ReportHead) -> Bool {
        head.firstByte == UInt8(ascii: "{") && head.text.contains("\"numTotalTests\"")
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        JSONDocumentParser(Document.self, format: id, limits: context.limits) {
            (document, collector) throws(TestReportError) in
            try document.add(to: &collector)
        }
    }

    private struct Document: Decodable {
        var numTotalTests: Int
        var numPassedTests: Int?
        var numFailedTests: Int?
        var numPendingTests: Int?
        var numTodoTests: Int?
        var wasInterrupted: Bool?
        var testResults: [File]

        func add(to collector: inout ResultCollector) throws(TestReportError) {
            collector.counts = ReportedCounts(
                total: numTotalTests, passed: numPassedTests, failed: numFailedTests,
                skipped: (numPendingTests ?? 0) + (numTodoTests ?? 0))
            if wasInterrupted == true {
                collector.problems.append(ReportProblem(.runnerAborted, "the run was interrupted"))
            }
            for file in testResults {
                for test in file.assertionResults {
                    try collector.add(test.result(in: file), after: test.retries(in: file))
                }
                // A file that cannot be loaded has no tests, and Jest does not count it as one.
                if file.assertionResults.isEmpty, file.status == "failed" {
                    if let total = collector.counts?.total { collector.counts?.total = total + 1 }
                    try collector.add(
                        TestResult(
                            id: file.name, file: file.name, status: .error,
                            message: file.message?.trimmedSpace.firstLine, output: file.message))
                }
            }
        }
    }

    private struct File: Decodable {
        var name: String
        var status: String?
        var message: String?
        var assertionResults: [Test]
    }

    private struct Test: Decodable {
        var fullName: String?
        var title: String?
        var ancestorTitles: [String]?
        var status: String
        var duration: Double?
        var failureMessages: [String]?
        var retryReasons: [String]?

        private var id: String {
            fullName ?? ((ancestorTitles ?? []) + [title ?? ""]).joined(separator: " ")
        }

        func result(in file: File) -> TestResult {
            let status: TestStatus =
                switch self.status {
                case "passed": .passed
                case "failed": .failed
                case "pending", "skipped", "todo", "disabled": .skipped
                default: .error
                }
            let output = failureMessages?.joined(separator: "\n").strippedOfControlLines
            return TestResult(
                id: id, file: file.name, status: status, durationMilliseconds: duration,
                message: output?.trimmedSpace.firstLine, output: output)
        }

        /// Executions that failed before the one that decided.
        func retries(in file: File) -> [TestResult] {
            (retryReasons ?? []).prefix(100).map {
                TestResult(
                    id: id, file: file.name, status: .failed, message: $0.trimmedSpace.firstLine,
                    output: $0)
            }
        }
    }
}

extension String {
    /// Each line without terminal control sequences.
    var strippedOfControlLines: String {
        guard utf8.contains(0x1B) else { return self }
        return split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map(\.strippedOfControl).joined(separator: "\n")
    }
}
