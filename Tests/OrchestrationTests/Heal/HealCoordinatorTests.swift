import Forges
import Foundation
import Repair
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Orchestration

@Suite struct HealCoordinatorTests {
    static func withWorld(_ body: (HealWorld) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try await body(HealWorld.make(in: directory))
        }
    }

    @Test func aRegressionEndsInAPullRequestWithTheCausalHunkReverted() async throws {
        try await Self.withWorld { world in
            let report = try await world.coordinator().heal(world.request(), world.detection)
            #expect(report.outcome == .pullRequest)
            let pull = try #require(report.pullRequest)
            #expect(pull.branch.hasPrefix("drydock/"))
            let bare = GitCommandLine(directory: world.forge.remote)
            let app = try bare.text(["show", "\(pull.branch):app"])
            #expect(app.hasPrefix("value=1\n") && app.hasSuffix("end=2"))
            #expect(
                try bare.text(["rev-parse", "\(pull.branch)^{tree}"])
                    == report.attempts.last?.tree)
            // Nothing but the one branch was pushed.
            #expect(
                try bare.text(["for-each-ref", "--format=%(refname)"])
                    == "refs/heads/" + pull.branch)
            #expect(world.pullRequestFiles().count == 1)
            #expect(try await world.store().incidents().map(\.status) == [.pullRequest])
        }
    }

    @Test func theSameFailureAgainGivesTheSamePullRequest() async throws {
        try await Self.withWorld { world in
            let first = try await world.coordinator().heal(world.request(), world.detection)
            let second = try await world.coordinator().heal(world.request(), world.detection)
            #expect(first.pullRequest == second.pullRequest)
            #expect(world.pullRequestFiles().count == 1)
            #expect(try await world.store().incidents().count == 1)
        }
    }

    @Test func whatFailedOnTheGoodCommitAlreadyIsSkipped() async throws {
        try await Self.withWorld { world in
            let request = try world.request { $0.good = world.bad }
            let report = try await world.coordinator().heal(request, world.detection)
            #expect(report.outcome == .skipped)
            #expect(world.pullRequestFiles().isEmpty && world.issueFiles().isEmpty)
        }
    }

    @Test func aCheatingAgentIsBlockedThenEscalated() async throws {
        try await Self.withWorld { world in
            let cheat = AgentFixer(
                path: "cheat", program: Array("#!/bin/sh\nrm -r tests\n".utf8))
            let report = try await world.coordinator(fixers: [cheat])
                .heal(world.request(fixers: [cheat.name]), world.detection)
            #expect(report.outcome == .escalated)
            #expect(report.attempts.map(\.gate) == [.block])
            #expect(world.pullRequestFiles().isEmpty)
            #expect(world.issueFiles().count == 1)
            let ticket = try String(
                contentsOfFile: world.directory + "/forge/issues/" + world.issueFiles()[0],
                encoding: .utf8)
            #expect(ticket.contains("paths.protected"))
        }
    }

    @Test func aSensitiveChangeWaitsAndGoesOutAfterTheDecision() async throws {
        try await Self.withWorld { world in
            let fixer = AgentFixer(
                path: "f",
                program: Array("#!/bin/sh\nsed -i 's/value=2/value=1/' app; echo >> README\n".utf8))
            let coordinator = try world.coordinator(fixers: [fixer])
            let waiting = try await coordinator.heal(
                world.request(fixers: [fixer.name]), world.detection)
            #expect(waiting.outcome == .awaitingApproval)
            #expect(world.pullRequestFiles().isEmpty)
            let incident = try #require(waiting.incident)
            #expect(try await coordinator.resume(incident: incident).outcome == .awaitingApproval)
            // A person was told once that a decision is waited for.
            let told = try String(
                contentsOfFile: world.directory + "/notifications", encoding: .utf8)
            #expect(told == "awaiting_approval\n")
            let store = try world.store()
            _ = try await store.decide(
                approval: incident, decision: .approved, by: "ada", time: HealWorld.time)
            #expect(try await coordinator.resume(incident: incident).outcome == .pullRequest)
            #expect(world.pullRequestFiles().count == 1)
        }
    }

    /// Stands in for a fixer, a triager or a verifier that hangs.
    private struct Endless: Fixer, HealVerifier {
        let name = "endless"
        let summary = "never ends"

        func propose(
            for problem: RepairProblem, using tools: RepairTools
        ) async throws -> FixerAnswer {
            try await Task.sleep(for: .seconds(600))
            return .nothing(reason: "")
        }

        func verify(
            tree: String, tests: [String], request: HealRequest, triage: TriageReport
        ) async throws -> VerificationReport {
            try await Task.sleep(for: .seconds(600))
            throw CancellationError()
        }
    }

    @Test func aFixerThatDoesNotEndMakesWayForTheNext() async throws {
        try await Self.withWorld { world in
            let request = try world.request(fixers: ["endless", "partial-revert"]) {
                $0.phases = PhaseLimits()
                $0.phases?.propose = 3_000
            }
            let report = try await world.coordinator(fixers: [Endless()] + FixerCatalog.all)
                .heal(request, world.detection)
            #expect(report.outcome == .pullRequest)
            let incident = try #require(report.incident)
            let story = try await IncidentStory.load(incident, from: world.store()).state
            #expect(story.declined.first?.note.contains("no end within 3s") == true)
        }
    }

    @Test func aPhaseThatDoesNotEndGoesToAHuman() async throws {
        try await Self.withWorld { world in
            let request = try world.request {
                $0.phases = PhaseLimits()
                $0.phases?.verify = 300
            }
            let report = try await world.coordinator(verifier: Endless())
                .heal(request, world.detection)
            #expect(report.outcome == .escalated)
            let reason = report.escalation?.reason ?? ""
            #expect(reason.contains("verification: no end within 300ms"), "\(reason)")
            #expect(world.pullRequestFiles().isEmpty && world.issueFiles().count == 1)
        }
    }

    /// The wall time stands above every phase's own.
    @Test func theWallTimeEndsAPhaseFirst() async throws {
        try await Self.withWorld { world in
            let request = try world.request {
                $0.budget.wallMilliseconds = 10_000
                $0.phases = PhaseLimits()
                $0.phases?.triage = 60_000
                $0.phases?.propose = 60_000
                $0.phases?.verify = 60_000
            }
            let report = try await world.coordinator(verifier: Endless())
                .heal(request, world.detection)
            #expect(report.escalation?.reason == "budget: the wall time is used up")
        }
    }

    /// A cancelled run loses nothing: whoever comes next goes on with it.
    @Test func whatIsCancelledGoesOnLater() async throws {
        try await Self.withWorld { world in
            let request = try world.request()
            let task = Task {
                try await world.coordinator(
                    verifier: Endless(),
                    observe: { _, event in
                        if case .reviewed = event { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                ).heal(request, world.detection)
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            let open = try #require(try await world.store().incidents().first)
            #expect(open.status == .open)
            let report = try await world.coordinator().heal(request, world.detection)
            #expect(report.outcome == .pullRequest && report.incident == open.id)
            #expect(report.attempts.count == 1)
        }
    }

    @Test func theBreakerStopsTheNextIncidentOfTheSameTest() async throws {
        try await Self.withWorld { world in
            let useless = AgentFixer(
                path: "u", program: Array("#!/bin/sh\ndate +%N >> app\n".utf8))
            let request = try world.request(fixers: [useless.name]) {
                $0.budget.attempts = 2
                $0.breakerThreshold = 2
            }
            let coordinator = try world.coordinator(fixers: [useless])
            let first = try await coordinator.heal(request, world.detection)
            #expect(first.outcome == .escalated)
            #expect(first.attempts.count == 2)
            // Another branch: another incident, the same failing test and culprit.
            var elsewhere = request
            elsewhere.targetBranch = "next"
            let second = try await coordinator.heal(elsewhere, world.detection)
            #expect(second.attempts.isEmpty)
            #expect(second.escalation?.reason.contains("circuit breaker") == true)
        }
    }

    /// Whoever is at the machine may give an incident another round, with closed breakers.
    @Test func aHumanGivesAnotherRound() async throws {
        try await Self.withWorld { world in
            let cheat = AgentFixer(path: "c", program: Array("#!/bin/sh\nrm tests/run\n".utf8))
            let request = try world.request(fixers: [cheat.name])
            let coordinator = try world.coordinator(fixers: [cheat])
            let first = try await coordinator.heal(request, world.detection)
            #expect(first.outcome == .escalated)
            let again = try await coordinator.heal(request, world.detection)
            #expect(
                again.incident == first.incident, "the same failure is not tried again by itself")
            try await coordinator.retry(incident: #require(first.incident), by: "ada")
            let healer = try world.coordinator()
            let second = try await healer.heal(world.request(), world.detection)
            #expect(second.outcome == .pullRequest && second.incident != first.incident)
            // Its pull request is there: no second one.
            let error = await #expect(throws: PortError.self) {
                try await healer.retry(incident: #require(second.incident), by: "ada")
            }
            #expect(error?.description.contains("pull request") == true)
        }
    }

    @Test func theDaysLimitStopsAttempts() async throws {
        try await Self.withWorld { world in
            let limits = AttemptLimits(perBranchAndDay: 0, perRepositoryAndDay: 10)
            let report = try await world.coordinator(limits: limits)
                .heal(world.request(), world.detection)
            #expect(report.outcome == .escalated)
            #expect(report.escalation?.reason.contains("today") == true)
        }
    }

    @Test func sandboxTimeIsAHardLimit() async throws {
        try await Self.withWorld { world in
            let agent = AgentFixer(path: "a", program: Array("#!/bin/sh\nsleep 1\n".utf8))
            let request = try world.request(fixers: [agent.name]) {
                $0.budget.sandboxMilliseconds = 0.5
            }
            let report = try await world.coordinator(fixers: [agent])
                .heal(request, world.detection)
            #expect(report.outcome == .escalated)
            #expect(report.escalation?.reason.contains("sandbox time") == true)
        }
    }

    @Test func aDryRunLeavesNothingBehindOutside() async throws {
        try await Self.withWorld { world in
            let request = try world.request { $0.isDryRun = true }
            let report = try await world.coordinator().heal(request, world.detection)
            #expect(report.outcome == .awaitingApproval)
            #expect(report.attempts.last?.verify == .verified)
            #expect(world.pullRequestFiles().isEmpty && world.issueFiles().isEmpty)
            #expect(!FileManager.default.fileExists(atPath: world.directory + "/notifications"))
            // The real run is not held up by it.
            let real = try await world.coordinator().heal(world.request(), world.detection)
            #expect(real.outcome == .pullRequest)
        }
    }

    @Test func aBranchThatMovedIsVerifiedAgainOnItsNewTip() async throws {
        try await Self.withWorld { world in
            let request = try world.request { $0.followsBranch = true }
            let moved = Once()
            let report = try await world.coordinator(
                observe: { _, event in
                    guard case .verified = event, await moved.take() else { return }
                    _ = try? world.git.commit(["README": "moved\n"])
                }
            ).heal(request, world.detection)
            #expect(report.outcome == .pullRequest)
            #expect(report.attempts.count == 2)
            let bare = GitCommandLine(directory: world.forge.remote)
            let branch = try #require(report.pullRequest).branch
            #expect(try bare.text(["show", "\(branch):README"]) == "moved")
        }
    }

    @Test func afterTheMergeTheIncidentIsClosed() async throws {
        try await Self.withWorld { world in
            let coordinator = try world.coordinator()
            let report = try await coordinator.heal(world.request(), world.detection)
            let pull = try #require(report.pullRequest)
            try world.git.run(["fetch", "-q", world.forge.remote, pull.branch])
            try world.git.run(["merge", "-q", "--ff-only", "FETCH_HEAD"])
            var request = try world.request()
            request.bad = try world.git.text(["rev-parse", "HEAD"])
            let green = Detection(source: "test_command", isRed: false)
            #expect(try await coordinator.heal(request, green).outcome == .nothingToHeal)
            #expect(try await world.store().incidents().map(\.status) == [.closed])
        }
    }

    /// A verifier that lies about the tree does not get a change out.
    @Test func onlyTheVerifiedTreeIsPushed() async throws {
        struct Other: HealVerifier {
            func verify(
                tree: String, tests: [String], request: HealRequest, triage: TriageReport
            ) async throws -> VerificationReport {
                VerificationReport(verdict: .verified, reasons: [], tree: request.badTree)
            }
        }
        try await Self.withWorld { world in
            let report = try await world.coordinator(verifier: Other())
                .heal(world.request(), world.detection)
            #expect(report.outcome == .escalated)
            #expect(world.pullRequestFiles().isEmpty)
        }
    }
}

/// True the first time.
actor Once {
    private var isTaken = false

    func take() -> Bool {
        defer { isTaken = true }
        return !isTaken
    }
}
