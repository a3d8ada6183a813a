import Foundation
import RunModel
import TestSupport
import Testing

@testable import Forges

/// Every refusal is an error that says what to do, and what was asked may be asked again.
@Suite struct ForgeFaultTests {
    typealias Script = ScriptedServer.Script

    static func refusal(
        of forge: some HostedForge, _ draft: PullRequestDraft
    ) async -> ForgeError? {
        do {
            _ = try await forge.openPullRequest(draft)
            return nil
        } catch { return error as? ForgeError }
    }

    @Test func aWrongTokenIsNamedByItsFileAndNeverShown() async throws {
        try await ForgeWorld.withGitHub { world, server, _ in
            let token = "ghp_wrongwrongwrong1"
            let error = await Self.refusal(
                of: try ForgeWorld.github(server, token: token), world.draft)
            #expect(error?.kind == .unauthorised)
            let text = error?.description ?? ""
            #expect(text.contains("DRYDOCK_GITHUB_TOKEN_FILE"))
            #expect(!text.contains(token))
        }
    }

    @Test(arguments: [
        (
            GitHubServer.error(403, "Resource not accessible by integration"),
            ForgeError.Kind.forbidden,
            "pull requests: write"
        ),
        (GitHubServer.error(404, "Not Found"), .notFound, "may not see it"),
        (
            GitHubServer.error(
                422, "Validation Failed",
                errors: [["message": "Draft pull requests are not supported in this repository."]]),
            .refused, "Draft pull requests are not supported"
        ),
        (GitHubServer.error(410, "Issues are disabled for this repo"), .refused, "410"),
        (
            Script.answer(301, "", headers: [("location", "https://example.org")]), .malformed,
            "moved"
        ),
        (Script.answer(201, "not json"), .malformed, "no JSON"),
        (Script.answer(201, "{}"), .malformed, "has no"),
        (Script.answer(502, "<html>"), .unreachable, "Nothing is lost"),
    ])
    func refusalsSayWhatToDo(script: Script, kind: ForgeError.Kind, words: String) async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            server.script.fail("POST", "/pulls", with: script)
            let error = await Self.refusal(of: forge, world.draft)
            #expect(error?.kind == kind)
            let text = error?.description ?? ""
            let isSaid = text.contains(words)
            #expect(isSaid, "\(text)")
            // Nothing is lost: the same call works once the forge does.
            let made = try await forge.openPullRequest(world.draft)
            #expect(made.head == world.head)
        }
    }

    @Test(arguments: [
        Script.answer(429, #"{"message":"slow down"}"#, headers: [("retry-after", "0")]),
        Script.answer(
            403, #"{"message":"You have exceeded a secondary rate limit."}"#,
            headers: [("retry-after", "1")]),
        Script.answer(
            403, #"{"message":"API rate limit exceeded"}"#,
            headers: [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")]),
    ])
    func limitsAreWaitedFor(script: Script) async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            server.script.fail("POST", "/pulls", with: script)
            server.script.fail("GET", "/pulls", with: script)
            let made = try await forge.openPullRequest(world.draft)
            #expect(made.head == world.head)
            #expect(server.script.pendingFaults == 0)
            #expect(server.withState { $0.pulls.count } == 1)
        }
    }

    @Test func aWaitThatIsTooLongEndsTheCallAndSaysHowLong() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            server.script.fail(
                "POST", "/pulls", with: .answer(429, "{}", headers: [("retry-after", "3600")]))
            let error = await Self.refusal(of: forge, world.draft)
            #expect(error?.kind == .rateLimited)
            #expect(error?.reason.contains("3600 s") == true)
        }
    }

    @Test func readingIsRepeatedAndWritingIsNot() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            server.script.fail("GET", "/pulls", with: .init([.reset]), times: 2)
            server.script.fail("POST", "/pulls", with: .init([.reset]))
            let error = await Self.refusal(of: forge, world.draft)
            #expect(error?.kind == .unreachable)
            let posts = server.requests.filter { $0.method == "POST" }
            #expect(posts.count == 1)
        }
    }

    @Test func anEndpointThatIsNotThere() async throws {
        let address = try ForgeAddress(
            api: "http://127.0.0.1:1", repository: "o/r", gitURL: "http://127.0.0.1:1/o/r.git")
        var forge = GitHubForge(
            address: address, token: "ghs_something1",
            transport: try WebForgeTransport(environment: [:], secret: "ghs_something1"))
        forge.rest.patience.firstPauseSeconds = 0.01
        do {
            _ = try await forge.defaultBranch()
            Issue.record("it answered")
        } catch {
            #expect((error as? ForgeError)?.kind == .unreachable)
        }
    }

    @Test(arguments: [
        ("http://api.github.com", "o/r"), ("ftp://x", "o/r"), ("https://u:p@x", "o/r"),
        ("https://x", "o"), ("https://x", "../r"), ("https://x", "o/r?x=1"),
    ])
    func addressesThatWouldGiveTheTokenAway(api: String, name: String) {
        #expect(throws: ForgeError.self) {
            try ForgeAddress(api: api, repository: name, gitURL: "https://x/o/r.git")
        }
    }

    @Test func theRepositoryIsFoundFromItsRemote() throws {
        for remote in [
            "https://github.com/o/r.git", "git@github.com:o/r.git", "ssh://git@github.com/o/r",
            "https://user:pass@github.com/o/r",
        ] {
            let address = try GitHubForge.address(environment: [:], remote: remote)
            #expect(address.repository == "o/r")
            #expect(address.api == "https://api.github.com")
            #expect(address.gitURL == "https://github.com/o/r.git")
        }
        // A remote elsewhere never gets GitHub's token.
        for remote in [
            "https://evil.example/o/r", "git@github.com.evil.example:o/r", "/local/path",
        ] {
            #expect(throws: ForgeError.self) {
                try GitHubForge.address(environment: [:], remote: remote)
            }
        }
        let group = try GitLabForge.address(
            environment: [:], remote: "git@gitlab.com:group/sub/shop.git")
        #expect(group.repository == "group/sub/shop")
        #expect(group.api == "https://gitlab.com/api/v4")
    }

    @Test(arguments: [
        "0000000000000000000000000000000000000000 NEW refs/heads/main",
        "0000000000000000000000000000000000000000 NEW refs/tags/drydock/x",
        "NEW 0000000000000000000000000000000000000000 refs/heads/drydock/x",
        "OLD NEW refs/heads/drydock/x",
        "0000000000000000000000000000000000000000 NEW refs/heads/drydock/../main",
    ])
    func whateverAsksOnlyNewBranchesOfDrydocksArePushed(line: String) async throws {
        try await ForgeWorld.withGitHub { _, server, forge in
            let text =
                line.replacing("NEW", with: String(repeating: "a", count: 40))
                .replacing("OLD", with: String(repeating: "b", count: 40)) + "\0report-status"
            let length = String(text.utf8.count + 4, radix: 16)
            let packet = String(repeating: "0", count: 4 - length.count) + length + text + "0000"
            for body in [packet, packet.dropLast(8) + "zzzz", ""] {
                await #expect(throws: ForgeError.self) {
                    _ = try await forge.exchange(
                        GitServiceRequest(service: .receivePack, body: Array(body.utf8)))
                }
            }
            #expect(!server.requests.contains { $0.method == "POST" })
        }
    }

    @Test func webhooksAreSigned() {
        let secret = Array("a secret of length".utf8)
        let body = Array("{}".utf8)
        let header = WebhookSignature.header(for: body, secret: secret)
        #expect(WebhookSignature.isGitHub(header, body: body, secret: secret))
        #expect(!WebhookSignature.isGitHub(header, body: Array("{ }".utf8), secret: secret))
        for wrong in [nil, "", "sha256=", "sha256=zz", "sha1=00", String(header.dropLast())] {
            #expect(!WebhookSignature.isGitHub(wrong, body: body, secret: secret))
        }
        // An empty secret verifies nothing.
        #expect(
            !WebhookSignature.isGitHub(
                WebhookSignature.header(for: body, secret: []), body: body, secret: []))
        #expect(WebhookSignature.isGitLab("a secret of length", secret: secret))
        for wrong in [nil, "", "a secret of lengtH"] {
            #expect(!WebhookSignature.isGitLab(wrong, secret: secret))
        }
    }

    /// GitHub's own example (Validating webhook deliveries, "Testing the webhook payload
    /// validation").
    @Test func theSignatureIsGitHubs() {
        let header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        #expect(
            WebhookSignature.isGitHub(
                header, body: Array("Hello, World!".utf8),
                secret: Array("It's a Secret to Everybody".utf8)))
    }
}
