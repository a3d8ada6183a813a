import Foundation
import GitWorktrees
import RunModel
import Synchronization
import TestSupport
import Testing

@testable import Forges
@testable import Orchestration

/// Where git's protocol does not get through, the branch is made by GitHub's git database.
@Suite struct ContentPushTests {
    struct World {
        let server: GitHubServer
        let forge: GitHubForge
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
                message: "Repair\n\nwhy\n", to: "\(server.url)/octo/shop.git")
        }
    }

    private static func withWorld(_ body: (World) async throws -> Void) async throws {
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
            try source.run(["update-index", "--chmod=+x", "script"])
            try source.run(["commit", "-q", "--amend", "--no-edit"])
            let objects = source.directory + "/.git/objects"
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700], ofItemAtPath: objects)
            let server = try GitHubServer(root: root)
            let token = server.script.token
            var forge = GitHubForge(
                address: try ForgeAddress(
                    api: server.url, repository: "octo/shop",
                    gitURL: "\(server.url)/octo/shop.git"), token: token,
                transport: try WebForgeTransport(environment: [:], secret: token))
            forge.rest.patience.firstPauseSeconds = 0.01
            try await body(
                World(
                    server: server, forge: forge, source: source, bare: bare,
                    repository: try GitRepository(at: source.directory, quarantine: objects)))
        }
    }

    @Test func exactlyTheVerifiedTreeArrives() async throws {
        try await Self.withWorld { world in
            // An answer that is lost is asked for again: objects are named by what they hold.
            world.server.script.fail("POST", "/git/trees", with: .init([.reset]), afterwards: true)
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
        try await Self.withWorld { world in
            let other = #"{"sha":"\#(String(repeating: "7", count: 40))","url":"x"}"#
            world.server.script.fail("POST", "/git/trees", with: .answer(201, other))
            let error = await #expect(throws: ForgeError.self) {
                try await world.publish(.unreachable)
            }
            #expect(error?.reason.contains("not") == true)
            let branches = try world.bare.text(["branch", "--list", "drydock/*"])
            #expect(branches.isEmpty)
        }
    }

    /// A refusal is not gone around, and no other branch is written this way.
    @Test func aRefusalIsOneWhicheverWayIsAsked() async throws {
        try await Self.withWorld { world in
            for kind in [ForgeError.Kind.refused, .forbidden, .unauthorised, .rateLimited] {
                let error = await #expect(throws: ForgeError.self) {
                    try await world.publish(kind)
                }
                #expect(error?.reason == "git's way")
            }
            await #expect(throws: (any Error).self) {
                try await world.publish(.unreachable, branch: "main")
            }
            #expect(!world.server.requests.contains { $0.target.contains("/git/blobs") })
            let branches = try world.bare.text(["branch", "--list", "drydock/*"])
            #expect(branches.isEmpty)
        }
    }
}
