import Foundation

/// Which seeds a test on random operations runs: a few, always the same; under `DRYDOCK_LONG=1` many
/// new ones, which are printed. `DRYDOCK_SEED=N` begins with N, and `DRYDOCK_CASES=N` takes so many.
enum RandomSeeds {
    static func range(few: Int, many: Int) -> Range<Int> {
        func number(_ name: String) -> Int? {
            ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
        }
        let isLong = number("DRYDOCK_LONG") == 1
        let seed = number("DRYDOCK_SEED")
        let first = seed ?? (isLong ? Int.random(in: 0..<1_000_000_000) : 1)
        let count = number("DRYDOCK_CASES") ?? (seed != nil ? 1 : isLong ? many : few)
        if isLong { print("seeds \(first) to \(first + count - 1)") }
        return first..<(first + count)
    }
}
