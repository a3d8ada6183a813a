/// What one subset of a change did to the failing tests.
package enum ProbeAnswer: Sendable, Equatable {
    /// Taking the subset back makes the failing tests pass.
    case cured
    case stillFailing
    /// It does not build, or the tests did not run.
    case unresolved
}

/// Zeller and Hildebrandt's ddmin ("Simplifying and Isolating Failure-Inducing Input", 2002) over a
/// list of units: a smallest subset that cures, in the sense that without any one of its units it
/// no longer does.
package struct DeltaDebugging: Sendable {
    /// Probes that were really made; asking twice for one subset costs nothing.
    package private(set) var probes = 0
    private let probeLimit: Int
    private var memory: [[Int]: ProbeAnswer] = [:]

    package init(probeLimit: Int) { self.probeLimit = probeLimit }

    package struct Outcome: Sendable, Equatable {
        package var units: [Int]
        /// Whether every single unit was shown to be needed before the probes ran out.
        package var isOneMinimal: Bool
    }

    /// - Parameters:
    ///   - units: a set that is known to cure.
    ///   - probe: asked with ascending lists of units.
    package mutating func minimise(
        _ units: [Int], probe: ([Int]) async throws -> ProbeAnswer
    ) async throws -> Outcome {
        var current = units.sorted()
        var parts = 2
        while current.count > 1 {
            parts = min(parts, current.count)
            let chunks = Self.split(current, into: parts)
            var reduced: [Int]?
            for chunk in chunks {
                guard let answer = try await ask(chunk, probe) else {
                    return Outcome(units: current, isOneMinimal: false)
                }
                if answer == .cured {
                    reduced = chunk
                    parts = 2
                    break
                }
            }
            // With two parts, the complement of one part is the other, which was just tried.
            if reduced == nil, parts > 2 {
                for chunk in chunks {
                    let rest = current.filter { !chunk.contains($0) }
                    guard let answer = try await ask(rest, probe) else {
                        return Outcome(units: current, isOneMinimal: false)
                    }
                    if answer == .cured {
                        reduced = rest
                        parts = max(parts - 1, 2)
                        break
                    }
                }
            }
            if let reduced {
                current = reduced
            } else if parts < current.count {
                parts = min(current.count, parts * 2)
            } else {
                break
            }
        }
        return Outcome(units: current, isOneMinimal: true)
    }

    /// `nil` when the probes are used up.
    private mutating func ask(
        _ subset: [Int], _ probe: ([Int]) async throws -> ProbeAnswer
    ) async throws -> ProbeAnswer? {
        if let known = memory[subset] { return known }
        guard probes < probeLimit else { return nil }
        probes += 1
        let answer = try await probe(subset)
        memory[subset] = answer
        return answer
    }

    private static func split(_ units: [Int], into parts: Int) -> [[Int]] {
        (0..<parts).map { part in
            Array(units[(units.count * part / parts)..<(units.count * (part + 1) / parts)])
        }
    }
}
