package import RunModel

/// What became of each test in one run, by id.
package struct OutcomeMap: Sendable, Equatable {
    /// The status that counts: that of the last attempt.
    package private(set) var statuses: [String: TestStatus] = [:]
    /// Tests whose attempts within one run disagree.
    package private(set) var disagreeing: Set<String> = []

    package init(_ results: [TestResult]) {
        for result in results {
            if let known = statuses[result.id], known != result.status {
                disagreeing.insert(result.id)
            }
            statuses[result.id] = result.status
        }
    }

    package subscript(id: String) -> TestStatus? { statuses[id] }

    package var ids: Set<String> { Set(statuses.keys) }
    package var isEmpty: Bool { statuses.isEmpty }

    package func ids(where condition: (TestStatus) -> Bool) -> Set<String> {
        Set(statuses.filter { condition($0.value) }.keys)
    }

    /// Tests that make a build red.
    package var failing: Set<String> { ids { $0.isFailure } }
    package var passing: Set<String> { ids { $0 == .passed } }

    package func count(where condition: (TestStatus) -> Bool) -> Int {
        statuses.values.count(where: condition)
    }
}
