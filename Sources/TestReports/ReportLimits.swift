/// How much of a report is read and kept. A report comes from the process under test, so it is
/// hostile input: everything about it is bounded.
package struct ReportLimits: Sendable, Equatable {
    /// Input beyond this is refused.
    package var inputBytes = 1 << 30
    /// Executions beyond this are refused: fewer than a report holds would hide failures.
    package var results = 1_000_000
    /// How deep elements or values may nest.
    package var depth = 128
    /// The longest tag, attribute or line; a longer tag is refused, a longer line is cut.
    package var tokenBytes = 8 << 20
    /// What is kept of one message or output: its beginning and its end.
    package var textBytes = 32 << 10
    /// What is kept of all messages and outputs together; after that they are dropped.
    package var totalTextBytes = 64 << 20

    package init() {}

    package static let standard = ReportLimits()
}
