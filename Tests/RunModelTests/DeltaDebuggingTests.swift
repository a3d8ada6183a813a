import Testing

@testable import RunModel

@Suite struct DeltaDebuggingTests {
    @Test(arguments: [[0], [7], [0, 63], [3, 17, 40], [30, 31, 32, 33, 34]])
    func findsExactlyWhatIsNeeded(needed: [Int]) {
        var search = DeltaDebugging(probeLimit: 1_000)
        let outcome = Self.minimise(Array(0..<64), with: &search) { subset in
            needed.allSatisfy(subset.contains) ? .cured : .stillFailing
        }
        #expect(outcome == .init(units: needed, isOneMinimal: true))
    }

    /// Units 10 and 11 do not build without each other, and only 11 matters.
    @Test func keepsWhatDoesNotBuildApart() {
        var search = DeltaDebugging(probeLimit: 1_000)
        let outcome = Self.minimise(Array(0..<32), with: &search) { subset in
            if subset.contains(10) != subset.contains(11) { return .unresolved }
            return subset.contains(11) ? .cured : .stillFailing
        }
        #expect(outcome == .init(units: [10, 11], isOneMinimal: true))
    }

    @Test func saysWhenTheProbesRanOut() {
        var search = DeltaDebugging(probeLimit: 3)
        let outcome = Self.minimise(Array(0..<64), with: &search) { subset in
            [1, 33, 50].allSatisfy(subset.contains) ? .cured : .stillFailing
        }
        #expect(!outcome.isOneMinimal)
        #expect([1, 33, 50].allSatisfy(outcome.units.contains))
        #expect(search.probes == 3)
    }

    @Test(arguments: [[3], [0, 7], [1, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7]])
    func asksFewTimes(needed: [Int]) {
        var search = DeltaDebugging(probeLimit: .max)
        let outcome = Self.minimise(Array(0..<8), with: &search) { subset in
            Set(needed).isSubset(of: subset) ? .cured : .stillFailing
        }
        #expect(outcome.units == needed)
        #expect(search.probes <= 60)
    }

    private static func minimise(
        _ units: [Int], with search: inout DeltaDebugging, probe: ([Int]) -> ProbeAnswer
    ) -> DeltaDebugging.Outcome {
        search.begin(units)
        while let subset = search.next() { search.record(probe(subset)) }
        return search.outcome
    }
}
