package import RunModel

/// What all executions of one test in one run come to.
package struct TestOutcome: Sendable, Equatable {
    package var id: String
    package var file: String?
    /// The worst of all executions: a rerun until it is green is no pass.
    package var status: TestStatus
    package var executions: Int
    /// Whether executions of the same test differ, or one was hidden by the runner.
    package var isFlaky: Bool
    package var message: String?
    package var score: Double?
    package var threshold: Double?
    package var durationMilliseconds: Double?

    /// Whether it makes the run red: by its status, or by a score below its threshold.
    ///
    /// - Parameter fallback: the threshold of tests that have none of their own.
    package func isFailure(threshold fallback: Double? = nil) -> Bool {
        if status.isFailure { return true }
        guard let score, let limit = threshold ?? fallback else { return false }
        // A score that is no number is not known to be good.
        return !(score >= limit)
    }
}

/// The outcomes of one run, by test id.
package struct OutcomeTable: Sendable, Equatable {
    package private(set) var outcomes: [String: TestOutcome] = [:]

    package init() {}

    package init(_ results: [TestResult]) {
        for result in results { add(result) }
    }

    /// All reports of one run, such as the two files of `swift test`.
    package init(_ reports: [TestReport]) {
        for report in reports {
            for result in report.results { add(result) }
            for problem in report.problems where problem.code == .hiddenRerun {
                if let test = problem.test { outcomes[test]?.isFlaky = true }
            }
        }
    }

    package subscript(id: String) -> TestOutcome? { outcomes[id] }

    /// Sorted.
    package var ids: [String] { outcomes.keys.sorted() }

    package func ids(where matches: (TestOutcome) -> Bool) -> [String] {
        outcomes.values.filter(matches).map(\.id).sorted()
    }

    private mutating func add(_ result: TestResult) {
        guard var known = outcomes[result.id] else {
            outcomes[result.id] = TestOutcome(
                id: result.id, file: result.file, status: result.status, executions: 1,
                isFlaky: false, message: result.message, score: result.score,
                threshold: result.threshold, durationMilliseconds: result.durationMilliseconds)
            return
        }
        known.executions += 1
        if known.status.isFailure != result.status.isFailure { known.isFlaky = true }
        if result.status.severity > known.status.severity {
            known.status = result.status
            known.message = result.message ?? known.message
        }
        if let score = result.score { known.score = known.score.map { min($0, score) } ?? score }
        if let limit = result.threshold {
            known.threshold = known.threshold.map { max($0, limit) } ?? limit
        }
        outcomes[result.id] = known
    }
}

extension TestStatus {
    /// How bad it is when executions of one test differ.
    fileprivate var severity: Int {
        switch self {
        case .passed: 0
        case .expectedFailure: 1
        case .skipped: 2
        case .unexpectedPass: 3
        case .failed: 4
        case .error: 5
        }
    }
}
