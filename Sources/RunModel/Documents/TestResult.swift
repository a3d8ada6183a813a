/// How one execution of one test ended.
package enum TestStatus: String, Codable, Sendable, CaseIterable {
    case passed, failed, error, skipped
    /// Failed as it was expected to (xfail).
    case expectedFailure = "expected_failure"
    /// Passed although it was expected to fail.
    case unexpectedPass = "unexpected_pass"

    /// Whether a build with this result is red because of it.
    package var isFailure: Bool { self == .failed || self == .error || self == .unexpectedPass }
}

/// One execution of one test, as a report tells it.
package struct TestResult: Codable, Sendable, Equatable {
    /// As the runner would accept it for selecting this test, where the format tells enough.
    package var id: String
    package var file: String?
    package var status: TestStatus
    package var durationMilliseconds: Double?
    package var message: String?
    package var output: String?
    /// 1 for the first execution in the same report; reruns count up.
    package var attempt: Int
    /// An evaluation's score, where the report carries one.
    package var score: Double?
    /// The score below which it counts as failed.
    package var threshold: Double?

    package init(
        id: String, file: String? = nil, status: TestStatus, durationMilliseconds: Double? = nil,
        message: String? = nil, output: String? = nil, attempt: Int = 1, score: Double? = nil,
        threshold: Double? = nil
    ) {
        self.id = id
        self.file = file
        self.status = status
        self.durationMilliseconds = durationMilliseconds
        self.message = message
        self.output = output
        self.attempt = attempt
        self.score = score
        self.threshold = threshold
    }

    package enum CodingKeys: String, CodingKey {
        case id, file, status
        case durationMilliseconds = "duration_ms"
        case message, output, attempt, score, threshold
    }
}
