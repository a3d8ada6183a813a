package import RunModel
internal import TestReports

extension ReproOutcome {
    /// Reads a run: report files where there are some, else the console's list of tests, else the
    /// names that the log's reduction finds.
    package init(_ result: CommandResult) {
        let output = result.standardOutput + result.standardError
        let summary = LogReducer.reduce(output)
        var failing: Set<String> = []
        var hasList = false
        for (name, bytes) in result.reports {
            // A file that is no report of tests says nothing about them.
            guard let report = try? FormatCatalog.read(bytes, fileName: name) else { continue }
            hasList = true
            failing.formUnion(report.results.filter(\.status.isFailure).map(\.id))
        }
        if !hasList {
            for stream in [result.standardOutput, result.standardError] {
                guard let report = try? FormatCatalog.read(stream, fileName: "console") else {
                    continue
                }
                hasList = hasList || !report.results.isEmpty
                failing.formUnion(report.results.filter(\.status.isFailure).map(\.id))
            }
        }
        if !hasList { failing.formUnion(summary.tests) }
        self.init(
            outcome: result.report.outcome, exitCode: result.report.exitCode,
            signal: result.report.signal, failing: failing.sorted(),
            cause: summary.cause.map { String($0.text.prefix(500)) })
    }

    /// The stricter question of shrinking, which must not trade one failure for another: the cause
    /// too must be the same, numbers aside.
    package func isSameFailure(as other: ReproOutcome) -> Bool {
        agrees(with: other) && Self.shape(cause) == Self.shape(other.cause)
    }

    private static func shape(_ text: String?) -> String? {
        text?.replacing(#/(0x)?[0-9a-fA-F]*[0-9][0-9a-fA-F]*/#, with: "#")
    }
}

/// What a replay came to.
package enum ReproVerdict: String, Codable, Sendable, CaseIterable {
    /// The recorded outcome came back every time.
    case reproduced
    /// Another one came, every time.
    case different
    /// Sometimes it came, sometimes not.
    case unstable

    /// - Returns: `nil` for no run at all.
    package init?(_ agreements: [Bool]) {
        guard !agreements.isEmpty else { return nil }
        let count = agreements.count(where: \.self)
        self = count == agreements.count ? .reproduced : count == 0 ? .different : .unstable
    }
}
