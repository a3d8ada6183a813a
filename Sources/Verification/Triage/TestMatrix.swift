internal import RunModel

/// What is known of every test at the good and the bad revision, and the class that follows.
struct TestMatrix: Sendable {
    private(set) var good: [String: TriageReport.Tally] = [:]
    private(set) var bad: [String: TriageReport.Tally] = [:]
    /// Tests that good has and bad could not even collect.
    private(set) var lost: Set<String> = []
    /// Everything worth another execution, sorted.
    private(set) var suspects: [String] = []

    /// - Parameters:
    ///   - good: the whole suite's outcome at the good revision; likewise `bad`.
    ///   - badExitCode: lost tests count only when the runner itself was not content.
    init(good: OutcomeMap, bad: OutcomeMap, badExitCode: Int32?, only tests: [String]?) {
        var failing = bad.failing
        let gone = good.passing.subtracting(bad.ids)
        if badExitCode != 0, bad.isEmpty || failing.contains(where: { good[$0] == nil }) {
            lost = gone
        }
        if !lost.isEmpty {
            // What stands in for a module that cannot be collected is not a test.
            failing = failing.filter { good[$0] != nil || !StandIn.isOne($0, bad[$0]) }
        }
        var wanted = failing.union(lost)
        if let tests { wanted.formIntersection(tests) }
        lost.formIntersection(wanted)
        suspects = wanted.sorted()
        for id in suspects {
            record(id, status: bad[id], atBad: true)
            if good[id] != nil { record(id, status: good[id], atBad: false) }
        }
    }

    /// A status of `nil` is a test that did not run, which is no better than a failure.
    mutating func record(_ id: String, status: TestStatus?, atBad: Bool) {
        let passed = status == .passed || status == .expectedFailure
        var tally = (atBad ? bad[id] : good[id]) ?? TriageReport.Tally()
        if passed { tally.passed += 1 } else { tally.failed += 1 }
        if atBad { bad[id] = tally } else { good[id] = tally }
    }

    /// Forgets what earlier runs of some tests said, before they are run another way.
    mutating func forget(_ ids: [String]) {
        for id in ids {
            good[id] = nil
            bad[id] = nil
        }
    }

    func `class`(of id: String) -> TriageClass {
        let good = good[id] ?? TriageReport.Tally()
        let bad = bad[id] ?? TriageReport.Tally()
        if good.passed > 0 && good.failed > 0 || bad.passed > 0 && bad.failed > 0 { return .flaky }
        if bad.failed == 0 { return .none }
        if good.passed > 0 { return .regression }
        return good.failed > 0 ? .preExisting : .ambiguous
    }

    var tests: [TriageReport.Test] {
        suspects.map { id in
            TriageReport.Test(
                id: id, class: self.class(of: id), good: good[id],
                bad: bad[id] ?? TriageReport.Tally())
        }
    }
}

extension TriageClass {
    /// The class of a build by the classes of its tests: what most needs someone's attention.
    static func overall(_ classes: some Sequence<TriageClass>) -> TriageClass {
        let order: [TriageClass] = [
            .regression, .dependencyDrift, .ambiguous, .infrastructure, .flaky, .preExisting,
        ]
        let present = Set(classes)
        return order.first(where: present.contains) ?? .none
    }
}
