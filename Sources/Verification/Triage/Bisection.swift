/// What a probe of one revision said.
package enum RevisionVerdict: Sendable, Equatable {
    case good, bad
    /// It does not build, or the tests cannot run there.
    case untestable
}

/// The search for the first bad revision in a list, oldest first. Pure: it says which revision to
/// test next, and is told the answer.
///
/// What lies before the list is known to be good, and its last revision is known to be bad.
package struct Bisection: Sendable, Equatable {
    private var newestGood = -1
    private var oldestBad: Int
    private var untestable: Set<Int> = []
    private let untestableLimit: Int

    package init(count: Int, untestableLimit: Int = 16) {
        oldestBad = count - 1
        self.untestableLimit = untestableLimit
    }

    /// The revision to test next, or `nil` when nothing more can be learnt.
    package var next: Int? {
        guard untestable.count < untestableLimit, newestGood + 1 < oldestBad else { return nil }
        let open = newestGood + 1..<oldestBad
        let middle = open.lowerBound + (open.count - 1) / 2
        guard let block = untestableBlock(in: open) else { return middle }
        // Broken revisions come in neighbourhoods: everything between two of them is left for last,
        // and each one met doubles the distance from it.
        let before = open.lowerBound..<block.lowerBound
        let after = block.upperBound..<open.upperBound
        let distance = 1 << min(untestable.count - 1, 20)
        if before.count >= after.count, !before.isEmpty {
            return before.upperBound - max(1, min(distance, (before.count + 1) / 2))
        }
        if !after.isEmpty {
            return after.lowerBound + max(1, min(distance, (after.count + 1) / 2)) - 1
        }
        let inside = block.filter { !untestable.contains($0) }
        return inside.isEmpty ? nil : inside[inside.count / 2]
    }

    /// The revisions to test at the same time, where there are processors for two: thirds instead of
    /// halves. Only below `parallelCount` candidates: above it the second revision would be one more
    /// than halving needs in all.
    package func next(atOnce count: Int) -> [Int] {
        guard let middle = next else { return [] }
        let open = newestGood + 1..<oldestBad
        guard count > 1, open.count > 1, open.count <= Self.parallelCount,
            !untestable.contains(where: open.contains)
        else { return [middle] }
        return [
            open.lowerBound + (open.count - 1) / 3, open.lowerBound + 2 * open.count / 3,
        ]
    }

    private static let parallelCount = 64

    /// From the first to the last untestable revision of a range.
    private func untestableBlock(in open: Range<Int>) -> Range<Int>? {
        let met = untestable.filter(open.contains)
        guard let first = met.min(), let last = met.max() else { return nil }
        return first..<last + 1
    }

    package mutating func record(_ verdict: RevisionVerdict, at index: Int) {
        switch verdict {
        case .good: newestGood = max(newestGood, index)
        case .bad: oldestBad = min(oldestBad, index)
        case .untestable: untestable.insert(index)
        }
    }

    /// The revisions that may be the first bad one; one element when it is found.
    package var candidates: [Int] { Array(newestGood + 1...max(oldestBad, newestGood + 1)) }
}

/// The same search when a test at a bad revision fails only sometimes: a distribution over the
/// first bad revision, updated after Bayes; the next probe halves its weight.
package struct NoisyBisection: Sendable {
    private var weights: [Double]
    private let failureRateWhenGood: Double
    private let failureRateWhenBad: Double
    /// The search ends when one revision has this much of the weight.
    package static let confidence = 0.95

    /// - Parameters:
    ///   - good: failures and runs at the good end; likewise `bad`. Rates get one imagined failure
    ///     and one imagined pass each, so that none is taken for certain.
    package init(count: Int, good: (failures: Int, runs: Int), bad: (failures: Int, runs: Int)) {
        weights = [Double](repeating: 1 / Double(max(count, 1)), count: count)
        failureRateWhenGood =
            Double(good.failures) / Double(good.runs + 2) + 0.5 / Double(good.runs + 2)
        failureRateWhenBad = (Double(bad.failures) + 0.5) / Double(bad.runs + 1)
    }

    package var next: Int? {
        guard (weights.max() ?? 1) < Self.confidence else { return nil }
        // The revision whose answer divides the weight most evenly. Testing the last one says
        // nothing about which one is first.
        var sum = 0.0
        var best: (index: Int, distance: Double)?
        for index in weights.indices.dropLast() {
            sum += weights[index]
            if best.map({ abs(sum - 0.5) < $0.distance }) ?? true {
                best = (index, abs(sum - 0.5))
            }
        }
        return best?.index
    }

    package mutating func record(failed: Bool, at index: Int) {
        for first in weights.indices {
            let rate = first <= index ? failureRateWhenBad : failureRateWhenGood
            weights[first] *= failed ? rate : 1 - rate
        }
        let total = weights.reduce(0, +)
        guard total > 0 else { return }
        for index in weights.indices { weights[index] /= total }
    }

    /// What the search believes in these revisions together, from 0 to 1.
    package func weight(of revisions: [Int]) -> Double {
        revisions.reduce(0) { $0 + weights[$1] }
    }

    /// The likeliest revisions that together have the confidence, likeliest first.
    package var candidates: [Int] {
        var chosen: [Int] = []
        var sum = 0.0
        for index in weights.indices.sorted(by: { weights[$0] > weights[$1] }) {
            chosen.append(index)
            sum += weights[index]
            if sum >= Self.confidence { break }
        }
        return chosen
    }
}
