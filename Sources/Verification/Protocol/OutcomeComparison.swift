internal import RunModel

/// Step 6: every expected test ran and ended as it must.
extension Verification {
    func compare(
        _ plain: TestRun, control: TestRun, expected: ExpectedTests,
        _ state: inout VerificationState
    ) async throws {
        let outcomes = plain.outcomes
        state.tests.missing = expected.ids.filter { outcomes[$0] == nil }.sorted()
        state.tests.skipped = expected.passing.union(expected.named).filter {
            outcomes[$0] == .skipped || outcomes[$0] == .expectedFailure
        }.sorted()
        state.tests.stillFailing = expected.named.filter { outcomes[$0]?.isFailure == true }
            .sorted()
        state.tests.fixed = expected.named.filter { outcomes[$0] == .passed }.sorted()
        state.add(.testsMissing, tests: state.tests.missing)
        state.add(.testsSkipped, tests: state.tests.skipped)
        state.add(.testsStillFailing, tests: state.tests.stillFailing)
        let disagreeing = outcomes.disagreeing.intersection(expected.named)
        state.add(.repeatFailed, tests: disagreeing)

        let red = expected.passing.subtracting(expected.named)
            .filter { outcomes[$0]?.isFailure == true }.sorted()
        guard !red.isEmpty else { return }
        let flaky = try await flakyOnBase(red, &state)
        state.tests.flaky += flaky
        state.tests.broken = red.filter { !flaky.contains($0) }
        state.add(.testsBroken, tests: state.tests.broken)
    }

    /// Which of these tests fail now and then on the base too: the change is not to blame for them.
    func flakyOnBase(
        _ tests: [String], variation: RunVariation? = nil, _ state: inout VerificationState
    ) async throws -> [String] {
        var failures: [String: Int] = [:]
        let runs = max(state.request.repeats, 2)
        for number in 0..<runs {
            let run = try await runner.run(
                tree: state.request.baseTree, role: "control", tests: tests,
                variation: variation ?? .variation(number))
            state.runs.append(run.evidence)
            for test in tests where run.outcomes[test]?.isFailure == true {
                failures[test, default: 0] += 1
            }
        }
        for count in failures.values where count < runs {
            state.flakeRate = max(state.flakeRate, Double(count) / Double(runs))
        }
        return failures.keys.sorted()
    }

    /// Step 1 again: the named tests fail on the base every time, or there is nothing to prove.
    func repeatControl(named: [String], _ state: inout VerificationState) async throws {
        for number in 1..<state.namedRepeats(of: command) {
            let run = try await runner.run(
                tree: state.request.baseTree, role: "control", tests: named,
                variation: .variation(number))
            state.runs.append(run.evidence)
            let passed = named.filter { run.outcomes[$0] == .passed }
            state.tests.flaky += passed.filter { !state.tests.flaky.contains($0) }
            state.add(.controlPassed, tests: passed)
        }
    }

    /// Step 8: the head again and again, in other environments and another order.
    func repeatPlain(
        _ plain: TestRun, expected: ExpectedTests, _ state: inout VerificationState
    ) async throws {
        guard let tree = state.pristine?.tree else { return }
        let known = Set(state.tests.flaky)
        let watched = expected.passing.union(expected.named).subtracting(known)
        var number = 0
        while number + 1 < state.repeats {
            number += 1
            var variation = RunVariation.variation(number)
            if number == max(state.request.repeats, 2) - 1,
                let date = state.request.fakeTimeLibrary.map(FalseDate.init)
            {
                let dated = harness?.environment(on: date) ?? date.environment
                variation.environment.merge(dated) { $1 }
            }
            let run = try await runner.run(
                tree: tree, role: "repeat", tests: plain.outcomes.ids.sorted(), variation: variation
            )
            state.runs.append(run.evidence)
            if run.wasCutShort || run.outcomes.isEmpty {
                state.add(
                    .repeatFailed, "Repeat \(number) ended with \(run.report.outcome.rawValue)")
                return
            }
            let failed = watched.filter { run.outcomes[$0] != .passed }.sorted()
            guard !failed.isEmpty else { continue }
            let flaky = try await flakyOnBase(
                failed.filter { !expected.named.contains($0) }, variation: variation, &state)
            state.tests.flaky += flaky.filter { !state.tests.flaky.contains($0) }
            let blamed = failed.filter { !flaky.contains($0) }
            state.tests.broken += blamed.filter {
                !expected.named.contains($0) && !state.tests.broken.contains($0)
            }
            state.add(.repeatFailed, tests: blamed)
            if !blamed.isEmpty { return }
        }
    }

    /// The named tests alone, so often that chance is ruled out: they are few and quick.
    func repeatNamed(_ named: [String], _ state: inout VerificationState) async throws {
        guard let tree = state.pristine?.tree else { return }
        let done = max(state.repeats, 1)
        for number in done..<max(state.namedRepeats(of: command), done) {
            let run = try await runner.run(
                tree: tree, role: "repeat", tests: named, variation: .variation(number))
            state.runs.append(run.evidence)
            let failed = named.filter { run.outcomes[$0] != .passed }
            state.add(.repeatFailed, tests: failed)
            if !failed.isEmpty { return }
        }
    }
}
