import Foundation
import GitWorktrees
import RunModel
import Synchronization
import TestSupport
import Testing

@testable import Forges
@testable import Orchestration

/// Where git's protocol does not get through, the branch is made by the server's own interface:
/// GitHub's git database, GitLab's commits.
@Suite struct ContentPushTests {
    enum Host: String, CaseIterable { case github, gitlab }

    struct World {
        let host: Host
        let script: ForgeScript
        let url: String
        let requests: @Sendable () -> [ScriptedServer.Request]
        let forge: any HostedForge
        let source: GitCommandLine
        let bare: GitCommandLine
        let repository: GitRepository

        /// - Parameter kind: what git's way comes to.
        func publish(_ kind: ForgeError.Kind, branch: String = "drydock/heal-inc-1") async throws
            -> String
        {
            let error = ForgeError(kind, operation: "pushing", subject: "s", reason: "git's way")
            let publisher = HostedPublisher(
                repository: repository, forge: forge, exchange: { _ in throw error },
                identity: { CommitIdentity(name: "D", email: "d@e", timeSeconds: 1) })
            return try await publisher.publish(
                tree: source.text(["rev-parse", "HEAD^{tree}"]),
                parent: source.text(["rev-parse", "HEAD~1"]), branch: branch,
                message: "Repair\n\nwhy\n", to: "\(url)/octo/shop.git")
        }
    }

    private static func withWorld(
        _ host: Host, hasLink: Bool = false, _ body: (World) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            let source = try GitCommandLine.create(at: root + "/source")
            try source.commit([
                "app.py": "good\n", "gone.txt": "x\n", "old/name": "moved\n",
                "script": "#!/bin/sh\n",
            ])
            let bare = try ForgeScript.bare(at: root + "/octo/shop.git", from: source)
            try source.commit([
                "app.py": "repaired\n", "gone.txt": nil, "old/name": nil, "new/name": "moved\n",
                "bytes": "\u{0}\u{1}\n",
            ])
            try source.run(["update-index", "--chmod=+x", "script", "new/name"])
            if hasLink {
                try FileManager.default.createSymbolicLink(
                    atPath: source.directory + "/link", withDestinationPath: "app.py")
                try source.run(["add", "link"])
            }
            try source.run(["commit", "-q", "--amend", "--no-edit"])
            let objects = source.directory + "/.git/objects"
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700], ofItemAtPath: objects)
            let repository = try GitRepository(at: source.directory, quarantine: objects)
            func world(
                _ script: ForgeScript, _ url: String, _ forge: any HostedForge,
                _ requests: @escaping @Sendable () -> [ScriptedServer.Request]
            ) -> World {
                World(
                    host: host, script: script, url: url, requests: requests, forge: forge,
                    source: source, bare: bare, repository: repository)
            }
            func address(_ api: String, _ url: String) throws -> ForgeAddress {
                try ForgeAddress(
                    api: api, repository: "octo/shop", gitURL: "\(url)/octo/shop.git")
            }
            switch host {
            case .github:
                let server = try GitHubServer(root: root)
                let token = server.script.token
                var forge = GitHubForge(
                    address: try address(server.url, server.url), token: token,
                    transport: try WebForgeTransport(environment: [:], secret: token))
                forge.rest.patience.firstPauseSeconds = 0.01
                try await body(
                    world(server.script, server.url, forge) { [server] in server.requests })
            case .gitlab:
                let server = try GitLabServer(root: root, project: "octo/shop")
                let token = server.script.token
                var forge = GitLabForge(
                    address: try address(server.url + "/api/v4", server.url), token: token,
                    transport: try WebForgeTransport(environment: [:], secret: token))
                forge.rest.patience.firstPauseSeconds = 0.01
                try await body(
                    world(server.script, server.url, forge) { [server] in server.requests })
            }
        }
    }

    @Test(arguments: Host.allCases) func exactlyTheVerifiedTreeArrives(host: Host) async throws {
        try await Self.withWorld(host) { world in
            // An answer that is lost is asked for again: GitHub names objects by what they hold, and
            // at GitLab the branch is looked for.
            let path = host == .github ? "/git/trees" : "/repository/commits"
            world.script.fail("POST", path, with: .init([.reset]), afterwards: true)
            let commit = try await world.publish(.unreachable)
            let name = "refs/heads/drydock/heal-inc-1"
            #expect(try world.bare.text(["rev-parse", name]) == commit)
            #expect(
                try world.bare.text(["rev-parse", "\(commit)^{tree}"])
                    == world.source.text(["rev-parse", "HEAD^{tree}"]))
            #expect(
                try world.bare.text(["rev-parse", "\(commit)^"])
                    == world.source.text(["rev-parse", "HEAD~1"]))
            try world.bare.run(["fsck", "--strict"])
            // The same again is what is there.
            #expect(try await world.publish(.unreachable) == commit)
        }
    }

    @Test func aTreeThatIsAnotherOpensNothing() async throws {
        try await Self.withWorld(.github) { world in
            let other = #"{"sha":"\#(String(repeating: "7", count: 40))","url":"x"}"#
            world.script.fail("POST", "/git/trees", with: .answer(201, other))
            let error = await #expect(throws: ForgeError.self) {
                try await world.publish(.unreachable)
            }
            #expect(error?.reason.contains("not") == true)
            let branches = try world.bare.text(["branch", "--list", "drydock/*"])
            #expect(branches.isEmpty)
        }
    }

    /// GitLab's commits are there at once, with their branch: a wrong one is said to be wrong.
    @Test func whatGitLabMadeOtherwiseIsRefused() async throws {
        try await Self.withWorld(.gitlab) { world in
            let tree = String(repeating: "7", count: 40)
            let content = BranchContent(
                branch: "drydock/heal-inc-1",
                parent: try world.source.text(["rev-parse", "HEAD~1"]),
                parentTree: try world.source.text(["rev-parse", "HEAD~1^{tree}"]), message: "m",
                files: [.init(path: "x", mode: "100644", oldMode: nil, content: Data("x".utf8))],
                tree: tree)
            let error = await #expect(throws: ForgeError.self) {
                try await world.forge.write(content)
            }
            #expect(error?.kind == .malformed && error?.reason.contains(tree) == true)
        }
    }

    /// There is no way for a link at GitLab: git's own failure is what is said then.
    @Test func whatGitLabCannotWriteIsNotTried() async throws {
        try await Self.withWorld(.gitlab, hasLink: true) { world in
            let error = await #expect(throws: ForgeError.self) {
                try await world.publish(.unreachable)
            }
            #expect(error?.reason.contains("mode 120000") == true)
            #expect(!world.requests().contains { $0.target.contains("/repository/commits") })
        }
    }

    /// A refusal is not gone around, and no other branch is written this way.
    @Test(arguments: Host.allCases) func aRefusalIsOneWhicheverWayIsAsked(
        host: Host
    ) async throws {
        try await Self.withWorld(host) { world in
            for kind in [ForgeError.Kind.refused, .forbidden, .unauthorised, .rateLimited] {
                let error = await #expect(throws: ForgeError.self) {
                    try await world.publish(kind)
                }
                #expect(error?.reason == "git's way")
            }
            await #expect(throws: (any Error).self) {
                try await world.publish(.unreachable, branch: "main")
            }
            #expect(
                !world.requests().contains {
                    $0.target.contains("/git/blobs") || $0.target.contains("/repository/commits")
                })
            let branches = try world.bare.text(["branch", "--list", "drydock/*"])
            #expect(branches.isEmpty)
        }
    }
}
