import Foundation
import RunModel
import RunStore
import Synchronization
import TestSupport
import Testing

@testable import Orchestration

@Suite struct MonorepoTests {
    /// Counts what is under way at a time, and in which order it began.
    final class Watch: Sendable {
        private let state = Mutex((running: 0, peak: 0, order: [String]()))

        func enter(_ name: String) {
            state.withLock {
                $0.running += 1
                $0.peak = max($0.peak, $0.running)
                $0.order.append(name)
            }
        }
        func leave() { state.withLock { $0.running -= 1 } }
        var peak: Int { state.withLock { $0.peak } }
        var order: [String] { state.withLock { $0.order } }
    }

    @Test func concurrencyIsBoundedAndNoneWaitsForEver() async throws {
        let watch = Watch()
        let names = (1...50).map { "services/s\($0)" }
        let report = await MonorepoHeal(projects: names, concurrency: 4).run { name in
            watch.enter(name)
            defer { watch.leave() }
            // The first is slow: it holds one place, and nobody behind it waits for it.
            try await Task.sleep(for: .milliseconds(name == "services/s1" ? 400 : 5))
            if name == "services/s7" {
                throw PortError(operation: "o", subject: "s", reason: "r", remedy: "")
            }
            return HealReport(outcome: name == "services/s9" ? .escalated : .nothingToHeal)
        }
        #expect(watch.peak == 4)
        #expect(Set(watch.order) == Set(names) && watch.order.count == 50)
        #expect(Array(watch.order.prefix(4)).sorted() == Array(names.prefix(4)).sorted())
        let projects = try #require(report.projects)
        #expect(projects.map(\.path) == names)
        #expect(projects.filter { $0.error != nil }.map(\.path) == ["services/s7"])
        #expect(report.outcome == .escalated)
    }

    @Test func concurrencyOfNoneIsOne() async {
        let report = await MonorepoHeal(projects: ["a", "b"], concurrency: 0).run { _ in
            HealReport(outcome: .nothingToHeal)
        }
        #expect(report.projects?.count == 2)
        let data = try? JSONEncoder().encode(report)
        let back = data.flatMap { try? JSONDecoder().decode(HealReport.self, from: $0) }
        #expect(back == report)
    }

    /// Twenty incidents of one repository at once: each has its own pull request, and attempts,
    /// breakers and the day's limit are counted exactly.
    @Test func twentyIncidentsAtOnceAreCountedExactly() async throws {
        try await withTemporaryDirectory { directory in
            let world = try HealWorld.make(in: directory)
            let store = try world.store()
            let limits = AttemptLimits(perBranchAndDay: 1_000, perRepositoryAndDay: 13)
            let names = (1...20).map { "services/s\($0)" }
            let report = await MonorepoHeal(projects: names, concurrency: 5).run { name in
                let coordinator = try world.coordinator(limits: limits)
                let request = try world.request { $0.project = name }
                return try await coordinator.heal(request, world.detection)
            }
            let projects = try #require(report.projects)
            #expect(projects.allSatisfy { $0.error == nil }, "\(projects.compactMap(\.error))")
            let outcomes = projects.compactMap(\.report?.outcome)
            // The day's limit lets exactly thirteen attempts through, whoever came first.
            #expect(outcomes.count { $0 == .pullRequest } == 13)
            #expect(outcomes.count { $0 == .escalated } == 7)
            #expect(world.pullRequestFiles().count == 13)
            #expect(world.issueFiles().count == 7)
            let incidents = try await store.incidents()
            #expect(incidents.count == 20)
            for incident in incidents {
                let used = try await store.used(incident: incident.id, resource: .attempts)
                let attempts = try await store.attempts(ofIncident: incident.id).count
                #expect(attempts == (incident.status == .pullRequest ? 1 : 0))
                #expect(used == 1)
                let settled = try await store.settled(incident: incident.id, resource: .attempts)
                #expect(settled == 1)
            }
        }
    }

    @Test func aBreakerOfOneProjectIsNotAnothers() async throws {
        try await HealCoordinatorTests.withWorld { world in
            let store = try world.store()
            var request = try world.request()
            request.project = "a"
            #expect(request.breakerKey("t") == "a: t")
            for attempt in 1...3 {
                _ = try await store.recordFailure(
                    repository: request.repository, test: request.breakerKey("tests/run"),
                    culprit: world.bad, attempt: "x/\(attempt)", threshold: 3, time: HealWorld.time)
            }
            let stopped = try await world.coordinator().heal(request, world.detection)
            #expect(stopped.escalation?.reason.contains("circuit breaker") == true)
            request.project = "b"
            #expect(
                try await world.coordinator().heal(request, world.detection).outcome
                    == .pullRequest)
        }
    }
}
