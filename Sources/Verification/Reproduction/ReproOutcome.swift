package import RunModel
internal import TestReports

/// What has to come back for a failure to count as reproduced.
package struct ReproOutcome: Codable, Sendable, Equatable {
    package var outcome: RunOutcome
    package var exitCode: Int32?
    package var signal: Int32?
    /// Tests that failed, sorted; empty where nothing tells.
    package var failing: [String]
    /// The line that names the cause, as the log's reduction finds it.
    package var cause: String?

    package init(
        outcome: RunOutcome, exitCode: Int32?, signal: Int32?, failing: [String], cause: String?
    ) {
        self.outcome = outcome
        self.exitCode = exitCode
        self.signal = signal
        self.failing = failing
        self.cause = cause
    }

    package enum CodingKeys: String, CodingKey {
        case outcome
        case exitCode = "exit_code"
        case signal, failing, cause
    }

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

    /// Whether something failed at all.
    package var isFailure: Bool { outcome != .exited || exitCode != 0 }

    /// Whether another run ended like this one: the same end, the same failing tests. The cause is
    /// a text with addresses and times in it; it decides only where nothing else does.
    package func agrees(with other: ReproOutcome) -> Bool {
        outcome == other.outcome && exitCode == other.exitCode && signal == other.signal
            && failing == other.failing
    }

    /// The stricter question of shrinking, which must not trade one failure for another: the cause
    /// too must be the same, numbers aside.
    package func isSameFailure(as other: ReproOutcome) -> Bool {
        agrees(with: other) && Self.shape(cause) == Self.shape(other.cause)
    }

    private static func shape(_ text: String?) -> String? {
        text?.replacing(#/(0x)?[0-9a-fA-F]*[0-9][0-9a-fA-F]*/#, with: "#")
    }

    package var description: String {
        let end =
            switch outcome {
            case .exited: "exit code \(exitCode.map(String.init) ?? "?")"
            case .signaled: "signal \(signal.map(String.init) ?? "?")"
            default: outcome.rawValue
            }
        guard !failing.isEmpty else { return end }
        let shown = failing.prefix(5).joined(separator: ", ")
        return end + ", failing: \(shown)" + (failing.count > 5 ? ", ..." : "")
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
