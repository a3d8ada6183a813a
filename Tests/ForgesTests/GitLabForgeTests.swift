import Foundation
import RunModel
import TestSupport
import Testing

@testable import Forges

@Suite struct GitLabForgeTests {
    @Test func aDraftIsOpenedOnceWhateverAnswersGetLost() async throws {
        try await ForgeWorld.withGitLab { world, server, forge in
            #expect(try await forge.defaultBranch() == "main")
            server.script.fail("POST", "/merge_requests", with: .init([.reset]), afterwards: true)
            let made = try await forge.openPullRequest(world.draft)
            #expect(try await forge.openPullRequest(world.draft) == made)
            #expect(made.head == world.head && made.forge == "gitlab")
            let request = try #require(server.withState { $0.requests.first })
            #expect(server.withState { $0.requests.count } == 1)
            #expect(request.title == "Draft: Repair <x> of @all")
            // A line of a log must not be obeyed as a quick action.
            #expect(!request.description.contains("\n/close"))
            #expect(request.target == "main")
        }
    }

    @Test func theTreeIsComputedFromWhatTheServerHas() async throws {
        try await ForgeWorld.withGitLab { world, _, forge in
            let tree = try world.source.text(["rev-parse", "HEAD^{tree}"])
            let there = try await forge.branch(ForgeWorld.branch)
            #expect(there == PublishedBranch(commit: world.head, tree: tree))
            #expect(try await forge.branch("drydock/other") == nil)
        }
    }

    @Test func whatIsAnnouncedStandsBesideTheMergeRequest() async throws {
        try await ForgeWorld.withGitLab { world, server, forge in
            let made = try await forge.openPullRequest(world.draft)
            server.withState { $0.emails["tester@example.org"] = 2 }
            let failures = await forge.announce(
                PullRequestAnnouncement(
                    branch: made.branch, commit: made.head, culprit: world.head,
                    labels: ["drydock"], checkTitle: "Verified", checkSummary: "s"))
            #expect(failures == [])
            let state = server.withState { $0 }
            #expect(state.requests[0].labels == ["drydock"])
            #expect(state.requests[0].reviewers == [2])
            #expect(state.statuses.count == 1)
        }
    }

    @Test func logsRerunsCommandsAndState() async throws {
        try await ForgeWorld.withGitLab { world, server, forge in
            _ = try await forge.openPullRequest(world.draft)
            server.withState { state in
                state.traces = [5: "FAILED here"]
                state.notes = [
                    (3, "/drydock stop"), (7, "/drydock stop"), (2, "/drydock stop"),
                ]
            }
            #expect(try await forge.failedJobLogs(ofRun: "8").contains("FAILED here"))
            try await forge.rerunFailedJobs(ofRun: "8")
            #expect(server.withState { $0.retries } == [8])
            let commands = try await forge.commands(ofBranch: ForgeWorld.branch)
            #expect(commands.map(\.person) == ["person2"])
            server.withState { state in
                state.requests[0].state = "merged"
                state.requests[0].mergeCommit = String(repeating: "6", count: 40)
            }
            #expect(try await forge.state(ofBranch: ForgeWorld.branch)?.status == .merged)
        }
    }

    @Test func oneTicketPerIncident() async throws {
        try await ForgeWorld.withGitLab { _, server, forge in
            let ticket = Ticket(incident: "inc-7", title: "t", body: "b")
            let first = try await forge.openIssue(ticket)
            #expect(try await forge.openIssue(ticket) == first)
            #expect(server.withState { $0.issues.count } == 1)
        }
    }
}
