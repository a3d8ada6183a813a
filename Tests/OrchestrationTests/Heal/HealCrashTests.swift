import Foundation
import Repair
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Orchestration

#if canImport(Glibc)
import Glibc
#endif

/// SIGKILL after each event: the next process ends the run, once.
@Suite struct HealCrashTests {
    /// A straight run has ten events; a run that is killed after each of them has ten processes.
    @Test func aRunThatIsKilledAtEveryTransitionEndsAsIfNothingHappened() async throws {
        try await withTemporaryDirectory { directory in
            _ = try HealWorld.make(in: directory)
            for _ in 0..<10 {
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [directory = directory as String] in
                    let world = try HealWorld.open(directory)
                    let coordinator = try world.coordinator(
                        observe: { _, _ in kill(getpid(), SIGKILL) })
                    _ = try await coordinator.heal(world.request(), world.detection)
                }
            }
            try await Self.expectOneOfEverything(in: directory)
        }
    }

    static let cheat = "#!/bin/sh\nrm tests/run\n"
    static let sensitive =
        "#!/bin/sh\nsed -i 's/value=2/value=1/' app; echo >> README\n"

    /// One run by an agent; a process that is to be killed is after the next event.
    static func heal(
        _ directory: String, agent: String, isKilled: Bool
    ) async throws -> HealReport {
        let world = try HealWorld.open(directory)
        let fixer = AgentFixer(path: "f", program: Array(agent.utf8))
        let coordinator = try world.coordinator(
            fixers: [fixer],
            observe: { _, event in
                if case .begun = event { return }
                if isKilled { kill(getpid(), SIGKILL) }
            })
        return try await coordinator.heal(world.request(fixers: [fixer.name]), world.detection)
    }

    /// The way to a human: a blocked cheat, the ticket, the message.
    @Test func anEscalationThatIsKilledAtEveryTransitionIsOne() async throws {
        try await withTemporaryDirectory { directory in
            _ = try HealWorld.make(in: directory)
            for _ in 0..<8 {
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [directory = directory as String] in
                    _ = try await HealCrashTests.heal(
                        directory, agent: HealCrashTests.cheat, isKilled: true)
                }
            }
            let report = try await Self.heal(directory, agent: Self.cheat, isKilled: false)
            let world = try HealWorld.open(directory)
            #expect(report.outcome == .escalated && report.attempts.count == 1)
            #expect(world.issueFiles().count == 1 && world.pullRequestFiles().isEmpty)
            let store = try world.store()
            let incident = try #require(report.incident)
            let kinds = try await store.events(of: incident).map(\.kind)
            #expect(
                kinds == [
                    "incident.begun", "incident.detected", "incident.triaged", "attempt.proposed",
                    "attempt.admitted", "attempt.gated", "fixer.declined", "incident.escalated",
                    "incident.notified",
                ])
            let used = try await store.used(incident: incident, resource: .attempts)
            #expect(used == 1)
        }
    }

    /// The way through a human's decision.
    @Test func anApprovalThatIsKilledAtEveryTransitionIsOne() async throws {
        try await withTemporaryDirectory { directory in
            _ = try HealWorld.make(in: directory)
            for _ in 0..<7 {
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [directory = directory as String] in
                    _ = try await HealCrashTests.heal(
                        directory, agent: HealCrashTests.sensitive, isKilled: true)
                }
            }
            let waiting = try await Self.heal(directory, agent: Self.sensitive, isKilled: false)
            #expect(waiting.outcome == .awaitingApproval)
            let world = try HealWorld.open(directory)
            let store = try world.store()
            let incident = try #require(waiting.incident)
            _ = try await store.decide(
                approval: incident, decision: .approved, by: "ada", time: HealWorld.time)
            for _ in 0..<3 {
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [directory = directory as String] in
                    _ = try await HealCrashTests.heal(
                        directory, agent: HealCrashTests.sensitive, isKilled: true)
                }
            }
            let report = try await Self.heal(directory, agent: Self.sensitive, isKilled: false)
            #expect(report.outcome == .pullRequest && world.pullRequestFiles().count == 1)
            let kinds = try await store.events(of: incident).map(\.kind)
            #expect(
                kinds.suffix(5) == [
                    "attempt.verified", "approval.requested", "approval.decided",
                    "pull_request.opened", "incident.notified",
                ])
            let used = try await store.used(incident: incident, resource: .attempts)
            #expect(used == 1)
        }
    }

    static func expectOneOfEverything(in directory: String) async throws {
        let world = try HealWorld.open(directory)
        let report = try await world.coordinator().heal(world.request(), world.detection)
        #expect(report.outcome == .pullRequest)
        #expect(report.attempts.count == 1)
        #expect(world.pullRequestFiles().count == 1)
        let store = try world.store()
        let incident = try #require(try await store.incidents().first)
        #expect(try await store.used(incident: incident.id, resource: .attempts) == 1)
        #expect(try await store.attempts(ofIncident: incident.id).count == 1)
        let kinds = try await store.events(of: incident.id).map(\.kind)
        #expect(
            kinds == [
                "incident.begun", "incident.detected", "incident.triaged", "attempt.proposed",
                "attempt.admitted", "attempt.gated", "attempt.reviewed", "attempt.verified",
                "pull_request.opened", "incident.notified",
            ])
    }

    /// Killed by a timer, wherever that is: between an action and its event too.
    @Test(arguments: [60, 140, 260, 420, 700])
    func aRunThatIsKilledAnywhereEndsAsIfNothingHappened(delayMilliseconds: Int) async throws {
        try await withTemporaryDirectory { directory in
            _ = try HealWorld.make(in: directory)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    directory = directory as String,
                    delayMilliseconds = delayMilliseconds as Int
                ] in
                let world = try HealWorld.open(directory)
                Thread {
                    usleep(UInt32(delayMilliseconds) * 1_000)
                    kill(getpid(), SIGKILL)
                }.start()
                _ = try await world.coordinator().heal(world.request(), world.detection)
                // A fast machine may be done before the timer.
                kill(getpid(), SIGKILL)
            }
            let world = try HealWorld.open(directory)
            let report = try await world.coordinator().heal(world.request(), world.detection)
            #expect(report.outcome == .pullRequest, "\(report.escalation?.reason ?? "")")
            #expect(world.pullRequestFiles().count == 1)
            let incident = try #require(report.incident)
            let store = try world.store()
            #expect(try await store.used(incident: incident, resource: .attempts) == 1)
        }
    }
}
