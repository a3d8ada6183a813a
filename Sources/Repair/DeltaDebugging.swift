/// Zeller and Hildebrandt's ddmin ("Simplifying and Isolating Failure-Inducing Input", 2002).
package enum DeltaDebugging {
    /// A 1-minimal subset of `items` for which `reproduces` still holds; it holds for `items`.
    ///
    /// Costs about 2 log n calls when one item is the cause, n squared at worst; equal subsets are
    /// asked about once.
    package static func minimise<Item: Sendable>(
        _ items: [Item], reproduces: ([Item]) async throws -> Bool
    ) async throws -> [Item] {
        var current = Array(items.indices)
        var known: [[Int]: Bool] = [:]
        func holds(_ subset: [Int]) async throws -> Bool {
            if let answer = known[subset] { return answer }
            let answer = try await reproduces(subset.map { items[$0] })
            known[subset] = answer
            return answer
        }
        var granularity = 2
        while current.count > 1 {
            let chunks = split(current, into: min(granularity, current.count))
            var next: [Int]?
            for chunk in chunks where next == nil {
                if try await holds(chunk) { next = chunk }
            }
            if let next {
                (current, granularity) = (next, 2)
                continue
            }
            for chunk in chunks where next == nil && chunks.count > 2 {
                let rest = current.filter { !chunk.contains($0) }
                if try await holds(rest) { next = rest }
            }
            if let next {
                (current, granularity) = (next, max(granularity - 1, 2))
            } else if granularity < current.count {
                granularity = min(granularity * 2, current.count)
            } else {
                break
            }
        }
        return current.map { items[$0] }
    }

    private static func split(_ items: [Int], into count: Int) -> [[Int]] {
        (0..<count).map { part in
            Array(items[(items.count * part / count)..<(items.count * (part + 1) / count)])
        }
    }
}
