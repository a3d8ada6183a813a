package import RunModel

/// What one report file or one console output says.
package struct TestReport: Sendable, Equatable {
    /// The id of the format that it was read as.
    package var format: String
    /// Every execution, in the order of the report; reruns of a test count `attempt` up.
    package var results: [TestResult]
    /// What the report says about itself in its totals; `nil` where it has none.
    package var counts: ReportedCounts?
    package var problems: [ReportProblem]
    /// Whether the report's own end was seen. A report that is not complete proves nothing.
    package var isComplete: Bool

    package init(
        format: String, results: [TestResult] = [], counts: ReportedCounts? = nil,
        problems: [ReportProblem] = [], isComplete: Bool = true
    ) {
        self.format = format
        self.results = results
        self.counts = counts
        self.problems = problems
        self.isComplete = isComplete
    }
}

/// Totals as a report states them. What it does not state is `nil`.
package struct ReportedCounts: Codable, Sendable, Equatable {
    package var total: Int?
    package var passed: Int?
    package var failed: Int?
    package var errors: Int?
    package var skipped: Int?
    package var expectedFailures: Int?
    /// Those that make the run red; pytest's are among `passed` unless they are strict.
    package var unexpectedPasses: Int?
    package var deselected: Int?
    /// Executions that were repeated by the runner itself.
    package var reruns: Int?

    package init(
        total: Int? = nil, passed: Int? = nil, failed: Int? = nil, errors: Int? = nil,
        skipped: Int? = nil, expectedFailures: Int? = nil, unexpectedPasses: Int? = nil,
        deselected: Int? = nil, reruns: Int? = nil
    ) {
        self.total = total
        self.passed = passed
        self.failed = failed
        self.errors = errors
        self.skipped = skipped
        self.expectedFailures = expectedFailures
        self.unexpectedPasses = unexpectedPasses
        self.deselected = deselected
        self.reruns = reruns
    }

    package enum CodingKeys: String, CodingKey {
        case total, passed, failed, errors, skipped
        case expectedFailures = "expected_failures"
        case unexpectedPasses = "unexpected_passes"
        case deselected, reruns
    }

    /// Failed and errors together, where either is stated: formats divide them differently.
    package var red: Int? {
        failed == nil && errors == nil ? nil : (failed ?? 0) + (errors ?? 0)
    }
}

/// Something about a report that a verdict must know.
package struct ReportProblem: Codable, Sendable, Equatable {
    package enum Code: String, Codable, Sendable, CaseIterable {
        /// It ends in the middle.
        case truncated
        /// It holds no test at all.
        case noTests = "no_tests"
        /// Its totals differ from what it lists.
        case countMismatch = "count_mismatch"
        /// A test is listed more often than the totals account for: a hidden rerun.
        case hiddenRerun = "hidden_rerun"
        /// Texts were dropped to stay within `ReportLimits`.
        case textDropped = "text_dropped"
        /// A line or event could not be understood and was passed over.
        case unreadableEvent = "unreadable_event"
        /// The runner itself says that it was stopped or crashed.
        case runnerAborted = "runner_aborted"
    }

    package var code: Code
    package var message: String
    /// The test that it is about, where it is about one.
    package var test: String?

    package init(_ code: Code, _ message: String, test: String? = nil) {
        self.code = code
        self.message = message
        self.test = test
    }
}
