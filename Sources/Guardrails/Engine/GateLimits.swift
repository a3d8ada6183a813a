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
    /// Wall-clock time, looked at between files and between rules.
    package var duration: Duration = .seconds(60)

    package init() {}
}
