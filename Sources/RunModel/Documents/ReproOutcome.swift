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

    /// Whether something failed at all.
    package var isFailure: Bool { outcome != .exited || exitCode != 0 }

    /// Whether another run ended like this one: the same end, the same failing tests. The cause is
    /// a text with addresses and times in it; it decides only where nothing else does.
    package func agrees(with other: ReproOutcome) -> Bool {
        outcome == other.outcome && exitCode == other.exitCode && signal == other.signal
            && failing == other.failing
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
