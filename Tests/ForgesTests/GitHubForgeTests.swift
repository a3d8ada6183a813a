import Foundation
import RunModel
import TestSupport
import Testing

@testable import Forges

@Suite struct GitHubForgeTests {
    @Test func aDraftIsOpenedOnceWhateverAnswersGetLost() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            #expect(try await forge.defaultBranch() == "main")
            #expect(try await forge.pullRequest(ofBranch: ForgeWorld.branch) == nil)
            // Made, but the answer is cut in the middle.
            server.script.fail(
                "POST", "/pulls",
                with: .init([.send(Array("HTTP/1.1 201 Created\r\ncontent-len".utf8)), .reset]),
                afterwards: true)
            let made = try await forge.openPullRequest(world.draft)
            #expect(try await forge.openPullRequest(world.draft) == made)
            #expect(made.head == world.head && made.forge == "github")
            let pulls = server.withState { $0.pulls }
            #expect(pulls.count == 1)
            #expect(pulls.first?.isDraft == true && pulls.first?.base == "main")
            #expect(pulls.first?.title == "Repair <x> of @all")
        }
    }

    @Test func theTreeIsReadBackFromTheServer() async throws {
        try await ForgeWorld.withGitHub { world, _, forge in
            let tree = try world.source.text(["rev-parse", "HEAD^{tree}"])
            let there = try await forge.branch(ForgeWorld.branch)
            #expect(there == PublishedBranch(commit: world.head, tree: tree))
            #expect(try await forge.branch("drydock/other") == nil)
        }
    }

    @Test func whatWasMergedIsSeen() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            #expect(try await forge.state(ofBranch: ForgeWorld.branch) == nil)
            _ = try await forge.openPullRequest(world.draft)
            #expect(try await forge.state(ofBranch: ForgeWorld.branch)?.status == .open)
            server.withState { state in
                state.pulls[0].state = "closed"
                state.pulls[0].mergeCommit = String(repeating: "5", count: 40)
            }
            let state = try await forge.state(ofBranch: ForgeWorld.branch)
            #expect(state?.status == .merged)
            #expect(state?.mergeCommit == String(repeating: "5", count: 40))
        }
    }

    @Test func oneTicketPerIncident() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            server.script.fail("POST", "/issues", with: .init([.reset]), afterwards: true)
            let ticket = Ticket(incident: "inc-7", title: "t", body: "b")
            let first = try await forge.openIssue(ticket)
            #expect(try await forge.openIssue(ticket) == first)
            #expect(server.withState { $0.issues.count } == 1)
            let other = try await forge.openIssue(Ticket(incident: "inc-70", title: "t", body: "b"))
            #expect(other != first)
        }
    }

    @Test func whatIsAnnouncedStandsBesideThePullRequest() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            let pull = try await forge.openPullRequest(world.draft)
            server.withState { $0.authors[world.head] = "bob" }
            var announcement = PullRequestAnnouncement(
                branch: pull.branch, commit: pull.head, culprit: world.head, labels: ["drydock"],
                checkTitle: "Verified", checkSummary: "summary")
            announcement.annotations = (1...120).map {
                .init(path: "a.py", line: $0, isFailure: false, message: "m\($0)")
            }
            let log = Array(#"{"version":"2.1.0"}"#.utf8)
            announcement.sarif = log
            #expect(await forge.announce(announcement) == [])
            let state = server.withState { $0 }
            #expect(state.pulls[0].labels == ["drydock"])
            #expect(state.pulls[0].reviewers == ["bob"])
            // 120 annotations in requests of at most 50.
            #expect(state.checkRuns.count == 3)
            let upload = try #require(state.sarifs["6c81"])
            #expect(upload.polls == 2)
            let fields = JSONDocuments.object(Array(upload.body.utf8))
            let packed = try #require(fields["sarif"] as? String)
            let file = world.root + "/log.gz"
            try #require(Data(base64Encoded: packed)).write(to: URL(filePath: file))
            #expect(
                try GitCommandLine.output(of: ["gzip", "-dc", file])
                    == String(decoding: log, as: UTF8.self))
        }
    }

    @Test func whereCheckRunsMayNotBeMadeAStatusIsSet() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            let pull = try await forge.openPullRequest(world.draft)
            server.withState { $0.mayMakeCheckRuns = false }
            let long = String(repeating: "x", count: 400)
            let failures = await forge.announce(
                PullRequestAnnouncement(
                    branch: pull.branch, commit: pull.head, checkTitle: long, checkSummary: "s"))
            #expect(failures == [])
            let status = try #require(server.withState { $0.statuses.first })
            let fields = JSONDocuments.object(Array(status.utf8))
            #expect(fields["state"] as? String == "success")
            #expect((fields["description"] as? String)?.count == 140)
        }
    }

    @Test func oneThingThatFailsDoesNotStandInTheWayOfAnother() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            let pull = try await forge.openPullRequest(world.draft)
            server.withState { $0.authors[world.head] = "stranger" }
            server.script.fail("POST", "/labels", with: GitHubServer.error(403, "no"))
            let failures = await forge.announce(
                PullRequestAnnouncement(
                    branch: pull.branch, commit: pull.head, culprit: world.head,
                    labels: ["drydock"], checkTitle: "t", checkSummary: "s"))
            #expect(failures.count == 2)
            #expect(failures.contains { $0.contains("collaborators") })
            #expect(server.withState { $0.checkRuns.count } == 1)
        }
    }

    @Test func logsAreFetchedWithoutTheTokenAndJobsRunAgain() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            server.withState { $0.logs = [11: "FAILED tests/a.py::x", 12: "more"] }
            let text = try await forge.failedJobLogs(ofRun: "99")
            #expect(text.contains("FAILED tests/a.py::x") && text.contains("more"))
            try await forge.rerunFailedJobs(ofRun: "99")
            #expect(server.withState { $0.reruns } == [99])
            await #expect(throws: ForgeError.self) {
                _ = try await forge.failedJobLogs(ofRun: "1/../../x")
            }
        }
    }

    @Test func onlyPeopleWithWriteAccessGiveCommands() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            _ = try await forge.openPullRequest(world.draft)
            server.withState { state in
                state.comments[1] = [
                    ("eve", "/drydock stop"), ("mallory", "/drydock retry"),
                    ("bob", "please\n@drydock retry\nthanks"),
                    ("ada", "> /drydock stop\n```\n/drydock stop\n```"), ("ada", "/drydock merge"),
                ]
            }
            let commands = try await forge.commands(ofBranch: ForgeWorld.branch)
            #expect(commands == [ReviewCommand(verb: .retry, person: "bob", comment: "102")])
        }
    }
}
