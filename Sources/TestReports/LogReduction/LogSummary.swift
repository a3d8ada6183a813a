/// What is left of a log: enough for a person or a model to begin.
package struct LogSummary: Sendable, Codable, Equatable {
    /// `nil` when nothing in the log tells.
    package var failure: FailureClass?
    /// The step that failed, where the CI system names steps.
    package var step: String?
    /// The last command before the failure.
    package var command: String?
    package var exitCode: Int?
    /// Failed tests, in the order of the log, each once.
    package var tests: [String]
    /// The line that names the cause.
    package var cause: LogLine?
    /// The cause and other suspicious lines with their surroundings. Numbers that jump show gaps.
    package var excerpt: [LogLine]
    /// Lines that look like none in the green logs; empty without green logs.
    package var novel: [LogLine]
    package var lines: Int
    package var bytes: Int

    package enum CodingKeys: String, CodingKey {
        case failure = "class"
        case step, command
        case exitCode = "exit_code"
        case tests, cause, excerpt, novel, lines, bytes
    }
}
