import Foundation
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Forges
@testable import Orchestration

/// What becomes of an incident after its pull request: merged by whatever means, commanded.
@Suite struct FollowUpTests {
    /// A hosted forge whose answers a test chooses; branches and pull requests are the local
    /// forge's.
    struct Hosted: HostedForge {
        var local: LocalForge
        var status: PullRequestState.Status? = .open
        var said: [ReviewCommand] = []
        var name: String { "github" }

        func pullRequest(ofBranch branch: String) async throws -> PullRequestReference? {
            try await local.pullRequest(ofBranch: branch)
        }
        func openPullRequest(_ draft: PullRequestDraft) async throws -> PullRequestReference {
            try await local.openPullRequest(draft)
        }
        func openIssue(_ ticket: Ticket) async throws -> String {
            try await local.openIssue(ticket)
        }
        func defaultBranch() async throws -> String { "main" }
        func branch(_ name: String) async throws -> PublishedBranch? { nil }
        func state(ofBranch branch: String) async throws -> PullRequestState? {
            status.map { PullRequestState(status: $0) }
        }
        func announce(_ announcement: PullRequestAnnouncement) async -> [String] { [] }
        func commands(ofBranch branch: String) async throws -> [ReviewCommand] { said }
        func commands(ofIncident incident: String) async throws -> [ReviewCommand] { said }
        func failedJobLogs(ofRun run: String) async throws -> String { "" }
        func rerunFailedJobs(ofRun run: String) async throws {}
        func exchange(_ request: GitServiceRequest) async throws -> [UInt8] { [] }
    }

    @Test func aSquashedPullRequestIsRecognisedByItsChange() async throws {
        try await HealCoordinatorTests.withWorld { world in
            let coordinator = try world.coordinator()
            let report = try await coordinator.heal(world.request(), world.detection)
            let pull = try #require(report.pullRequest)
            try world.git.commit(["README": "another change\n"])
            try world.git.run(["fetch", "-q", world.forge.remote, pull.branch])
            try world.git.run(["merge", "-q", "--squash", "FETCH_HEAD"])
            try world.git.run(["commit", "-q", "-m", "squashed"])
            // The pushed commit is not in this branch, and need not be known at all.
            var request = try world.request()
            request.bad = try world.git.text(["rev-parse", "HEAD"])
            let green = Detection(source: "test_command", isRed: false)
            #expect(try await coordinator.heal(request, green).outcome == .nothingToHeal)
            #expect(try await world.store().incidents().map(\.status) == [.closed])
        }
    }

    @Test func whatTheMergeDidNotCureIsReopened() async throws {
        try await HealCoordinatorTests.withWorld { world in
            let coordinator = try world.coordinator()
            let report = try await coordinator.heal(world.request(), world.detection)
            let pull = try #require(report.pullRequest)
            try world.git.run(["fetch", "-q", world.forge.remote, pull.branch])
            try world.git.run(["merge", "-q", "--ff-only", "FETCH_HEAD"])
            var request = try world.request()
            request.bad = try world.git.text(["rev-parse", "HEAD"])
            request.badTree = try world.git.text(["rev-parse", "HEAD^{tree}"])
            _ = try await coordinator.heal(request, world.detection)
            let incident = try #require(report.incident)
            #expect(try await world.store().incident(incident).status == .escalated)
            #expect(world.issueFiles().count >= 1)
            #expect(world.pullRequestFiles().count == 1)
        }
    }

    @Test func stopEndsItAndRetryBeginsAnotherRoundOnce() async throws {
        try await HealCoordinatorTests.withWorld { world in
            func coordinator(
                _ said: [ReviewCommand], status: PullRequestState.Status? = .open
            ) throws -> HealCoordinator {
                try world.coordinator(
                    forge: Hosted(local: world.forge, status: status, said: said))
            }
            let first = try await coordinator([]).heal(world.request(), world.detection)
            #expect(first.outcome == .pullRequest)
            let retry = ReviewCommand(verb: .retry, person: "ada", comment: "1")
            // While the pull request is open, there is nothing to retry.
            let same = try await coordinator([retry]).heal(world.request(), world.detection)
            #expect(same.incident == first.incident)
            let again = ReviewCommand(verb: .retry, person: "ada", comment: "2")
            let second = try await coordinator([retry, again], status: .closed)
                .heal(world.request(), world.detection)
            #expect(second.incident != first.incident)
            // Obeyed once: asked again, it is the second incident's.
            let third = try await coordinator([retry, again], status: .closed)
                .heal(world.request(), world.detection)
            #expect(third.incident != first.incident)
            let stop = ReviewCommand(verb: .stop, person: "ada", comment: "3")
            let ended = try await coordinator([stop]).heal(world.request(), world.detection)
            let events = try await world.store().events(of: try #require(ended.incident))
            #expect(events.contains { $0.kind == "incident.commanded" })
        }
    }

    @Test(
        arguments: [
            (
                #"{"action":"closed","pull_request":{"merged":true,"merge_commit_sha":"SHA"}}"#,
                false, nil
            ),
            (
                #"{"object_kind":"pipeline","object_attributes":{"id":31,"status":"failed","sha":"SHA"}}"#,
                true, "31"
            ),
            (#"{"workflow_run":{"id":9,"conclusion":"failure","head_sha":"SHA"}}"#, true, "9"),
            (
                #"{"object_kind":"merge_request","object_attributes":{"state":"merged","merge_commit_sha":"SHA"}}"#,
                false, nil
            ),
            (
                #"{"object_kind":"deployment","status":"failed","commit_url":"https://x/-/commit/SHA"}"#,
                true, nil
            ),
        ] as [(String, Bool, String?)])
    func eventsOfBothForges(text: String, isRed: Bool, run: String?) throws {
        let commit = String(repeating: "ab", count: 20)
        let event = try CIEvent(json: Array(text.replacing("SHA", with: commit).utf8))
        #expect(event.isRed == isRed && event.isWorthLooking)
        #expect(event.commit == commit && event.run == run)
    }
}
