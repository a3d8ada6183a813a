import Testing

@testable import Verification

@Suite struct BisectionTests {
    @Test(arguments: [0, 1, 499, 500, 750, 998, 999])
    func findsTheFirstBadOfAThousandInTenProbes(firstBad: Int) {
        var bisection = Bisection(count: 1_000)
        var probes = 0
        while let index = bisection.next {
            probes += 1
            bisection.record(index >= firstBad ? .bad : .good, at: index)
        }
        #expect(bisection.candidates == [firstBad])
        #expect(probes <= 10)
    }

    /// Two revisions at a time: fewer rounds, and never more than twelve revisions.
    @Test(arguments: Array(stride(from: 0, to: 1_000, by: 37)) + [999])
    func twoAtATimeTestAtMostTwelve(firstBad: Int) {
        var bisection = Bisection(count: 1_000)
        var probes = 0
        var rounds = 0
        while true {
            let indices = bisection.next(atOnce: 2)
            if indices.isEmpty { break }
            rounds += 1
            probes += indices.count
            for index in indices { bisection.record(index >= firstBad ? .bad : .good, at: index) }
        }
        #expect(bisection.candidates == [firstBad])
        #expect(probes <= 12 && rounds <= 8, "\(probes) in \(rounds)")
    }

    @Test(arguments: [300, 500, 505, 640, 900])
    func stepsAroundANeighbourhoodThatDoesNotBuild(firstBad: Int) {
        let broken = 495..<520
        var bisection = Bisection(count: 1_000)
        var probes = 0
        while let index = bisection.next {
            probes += 1
            bisection.record(
                broken.contains(index) ? .untestable : index >= firstBad ? .bad : .good, at: index)
        }
        #expect(bisection.candidates.contains(firstBad))
        #expect(probes <= 32)
        if !broken.contains(firstBad) { #expect(bisection.candidates == [firstBad]) }
    }

    @Test func namesEveryCandidateWhenNothingCanBeTested() {
        var bisection = Bisection(count: 4)
        while let index = bisection.next { bisection.record(.untestable, at: index) }
        #expect(bisection.candidates == [0, 1, 2, 3])
    }

    @Test(arguments: [0, 3, 40, 63])
    func findsTheRevisionThatMadeATestFlaky(firstBad: Int) {
        var generator = SplitMix(state: UInt64(firstBad) + 17)
        var bisection = NoisyBisection(count: 64, good: (0, 10), bad: (6, 10))
        var probes = 0
        while let index = bisection.next, probes < 200 {
            probes += 1
            let failed = index >= firstBad && Double.random(in: 0..<1, using: &generator) < 0.6
            bisection.record(failed: failed, at: index)
        }
        #expect(bisection.candidates.first == firstBad)
        #expect(probes < 120)
    }
}
