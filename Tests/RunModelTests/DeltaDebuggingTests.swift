import Testing

@testable import Verification

@Suite struct DeltaDebuggingTests {
    @Test(arguments: [[0], [7], [0, 63], [3, 17, 40], [30, 31, 32, 33, 34]])
    func findsExactlyWhatIsNeeded(needed: [Int]) async throws {
        var search = DeltaDebugging(probeLimit: 1_000)
        let outcome = try await search.minimise(Array(0..<64)) { subset in
            needed.allSatisfy(subset.contains) ? .cured : .stillFailing
        }
        #expect(outcome == .init(units: needed, isOneMinimal: true))
    }

    /// Units 10 and 11 do not build without each other, and only 11 matters.
    @Test func keepsWhatDoesNotBuildApart() async throws {
        var search = DeltaDebugging(probeLimit: 1_000)
        let outcome = try await search.minimise(Array(0..<32)) { subset in
            if subset.contains(10) != subset.contains(11) { return .unresolved }
            return subset.contains(11) ? .cured : .stillFailing
        }
        #expect(outcome == .init(units: [10, 11], isOneMinimal: true))
    }

    @Test func saysWhenTheProbesRanOut() async throws {
        var search = DeltaDebugging(probeLimit: 3)
        let outcome = try await search.minimise(Array(0..<64)) { subset in
            [1, 33, 50].allSatisfy(subset.contains) ? .cured : .stillFailing
        }
        #expect(!outcome.isOneMinimal)
        #expect([1, 33, 50].allSatisfy(outcome.units.contains))
        #expect(search.probes == 3)
    }
}
