/// Another date for the processes of a run, by libfaketime.
struct FalseDate: Sendable {
    /// As a path inside the sandbox.
    let library: String

    /// More than a year, so that dates without a year differ too.
    private static let offset = "+397d"

    /// What a process must be started with.
    var environment: [String: String] {
        [
            "LD_PRELOAD": library, "FAKETIME": Self.offset,
            // Clocks that only run, and the times of files, are nobody's date: runtimes hang on the
            // one, build tools are confused by the other.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        ]
    }

    /// The same as a command that starts another.
    var command: String {
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "env " + variables.joined(separator: " ")
    }
}
