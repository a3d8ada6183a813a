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
///
/// It says what to ask and is told the answers; whoever can run tests does the asking.
package struct DeltaDebugging: Sendable {
    /// Probes that were really made; asking twice for one subset costs nothing.
    package private(set) var probes = 0
    private let probeLimit: Int
    private var memory: [[Int]: ProbeAnswer] = [:]
    private var current: [Int] = []
    private var parts = 2
    private var step = Step.part(0)
    private var asked: [Int] = []
    private var isOneMinimal = true

    /// Which of the parts is tried, or what is left without it.
    private enum Step {
        case part(Int)
        case rest(Int)
        case done
    }

    package init(probeLimit: Int) { self.probeLimit = probeLimit }

    package struct Outcome: Sendable, Equatable {
        package var units: [Int]
        /// Whether every single unit was shown to be needed before the probes ran out.
        package var isOneMinimal: Bool
    }

    /// What is left of the units so far.
    package var outcome: Outcome { Outcome(units: current, isOneMinimal: isOneMinimal) }

    /// - Parameter units: a set that is known to cure.
    package mutating func begin(_ units: [Int]) {
        current = units.sorted()
        parts = 2
        step = .part(0)
        isOneMinimal = true
    }

    /// The next subset to ask about, ascending; `nil` when the outcome is there.
    package mutating func next() -> [Int]? {
        while current.count > 1 {
            parts = min(parts, current.count)
            switch step {
            case .done: return nil
            case .part(let index): asked = part(index)
            case .rest(let index):
                let left = Set(part(index))
                asked = current.filter { !left.contains($0) }
            }
            if let known = memory[asked] {
                proceed(known)
            } else if probes < probeLimit {
                return asked
            } else {
                isOneMinimal = false
                return nil
            }
        }
        return nil
    }

    /// The answer to what `next` gave.
    package mutating func record(_ answer: ProbeAnswer) {
        probes += 1
        memory[asked] = answer
        proceed(answer)
    }

    private mutating func proceed(_ answer: ProbeAnswer) {
        switch (step, answer) {
        case (.part, .cured): reduce(to: asked, parts: 2)
        case (.rest, .cured): reduce(to: asked, parts: max(parts - 1, 2))
        case (.part(let index), _) where index + 1 < parts: step = .part(index + 1)
        // With two parts, the rest of one is the other, which was just tried.
        case (.part, _) where parts > 2: step = .rest(0)
        case (.rest(let index), _) where index + 1 < parts: step = .rest(index + 1)
        default:
            if parts < current.count {
                parts = min(current.count, parts * 2)
                step = .part(0)
            } else {
                step = .done
            }
        }
    }

    private mutating func reduce(to units: [Int], parts: Int) {
        current = units
        self.parts = parts
        step = .part(0)
    }

    private func part(_ index: Int) -> [Int] {
        let count = current.count
        return Array(current[(count * index / parts)..<(count * (index + 1) / parts)])
    }
}
