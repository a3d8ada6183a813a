/// What one judgement may cost. Past a limit the verdict is `block` with the reason.
package struct GateLimits: Sendable {
    /// Changed files that are looked at.
    package var files = 20_000
    /// Bytes of one file version.
    package var fileBytes = 32 << 20
    /// Bytes of all file versions together.
    package var totalBytes = 256 << 20
    /// Pattern hits within one file, before confirmation.
    package var hitsPerFile = 1 << 20
    /// Findings that one rule may report; the rest is counted.
    package var findingsPerRule = 500
    /// Processor time that the process may use while it judges, looked at between files and
    /// between rules. On two processors this is at least half as long by the clock.
    package var processorTime: Duration = .seconds(60)
    /// Time by the clock, however busy the machine is.
    package var longestDuration: Duration = .seconds(600)

    package init() {}
}
