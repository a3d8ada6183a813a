import Foundation

/// Collects figures and prints them as one JSON document.
struct Measurements {
    private var lines: [String] = []

    /// Runs the body several times and keeps minimum and median, in milliseconds.
    mutating func time(
        _ name: String, rounds: Int = 5, before: () throws -> Void = {}, _ body: () throws -> Void
    ) throws {
        var times: [Double] = []
        for _ in 0..<rounds {
            try before()
            times.append(try Self.milliseconds(body))
        }
        add(name, times)
    }

    static func milliseconds(_ body: () throws -> Void) throws -> Double {
        let start = ContinuousClock.now
        try body()
        let passed = ContinuousClock.now - start
        return Double(passed.components.seconds) * 1e3
            + Double(passed.components.attoseconds) / 1e15
    }

    /// Times in milliseconds.
    mutating func add(_ name: String, _ unsorted: [Double]) {
        let times = unsorted.sorted()
        let text = String(
            format: #"  "%@": {"min_ms": %.3f, "median_ms": %.3f, "rounds": %d}"#, name, times[0],
            times[times.count / 2], times.count)
        lines.append(text)
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    mutating func note(_ name: String, _ value: String) {
        lines.append(#"  "\#(name)": "\#(value)""#)
    }

    var json: String { "{\n" + lines.joined(separator: ",\n") + "\n}" }
}
