import Forges
import Foundation
import GitWorktrees
import LinuxKernel
import PolicyFiles
import RunModel
import TestSupport
import Testing

@testable import Orchestration

/// Branches at a repository's own remote, through the process that holds the credential.
@Suite struct RemotePublisherTests {
    struct World {
        let directory: String
        let source: GitCommandLine
        let remote: GitCommandLine
        let server: HTTPSGitServer
        let verified: String
        let parent: String

        var url: String { "https://localhost:\(server.port)/remote.git" }

        /// A Drydock that knows of this repository what is in it, and nothing more.
        func publisher(
            _ name: String, password: String = "secret"
        ) async throws -> (RemotePublisher, RemoteProcess, GitRepository) {
            let file = "\(directory)/\(name).password"
            try (password + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            chmod(file, 0o600)
            let text = """
                version: 1
                remotes:
                  - {repository: \(source.directory), url: "\(url)", user: ada, password_file: \(file),
                     authorities: \(server.authority)}
                """
            let configuration = try PolicyDecoder.decode(
                OperatorConfiguration.self,
                from: PolicyText(name: "config.yaml", bytes: Array(text.utf8)))
            let quarantine = "\(directory)/\(name)"
            let process = try RemoteProcess(
                try #require(configuration.remote(of: source.directory)), quarantine: quarantine,
                executable: HealRemoteTool.path)
            let repository = try GitRepository(at: source.directory, quarantine: quarantine)
            let publisher = RemotePublisher(
                repository: repository, remote: process,
                identity: { CommitIdentity(name: "D", email: "d@e", timeSeconds: 1) })
            return (publisher, process, repository)
        }
    }

    private static func withWorld(_ body: (World) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            let parent = try source.commit(["a": "1\n"])
            try source.commit(["a": "2\n"])
            let verified = try source.text(["rev-parse", "HEAD^{tree}"])
            try source.run(["reset", "-q", "--hard", parent])
            _ = try GitCommandLine.output(of: [
                "git", "clone", "-q", "--bare", source.directory, directory + "/remote.git",
            ])
            let server = try HTTPSGitServer(in: directory)
            defer { server.stop() }
            try await body(
                World(
                    directory: directory, source: source,
                    remote: GitCommandLine(directory: directory + "/remote.git"), server: server,
                    verified: verified, parent: parent))
        }
    }

    @Test func aBranchArrivesOnceAndNoOtherIsTouched() async throws {
        try await Self.withWorld { world in
            let branch = "drydock/heal-inc-1"
            func publish(_ publisher: RemotePublisher, tree: String, as branch: String)
                async throws -> String
            {
                try await publisher.publish(
                    tree: tree, parent: world.parent, branch: branch, message: "m\n", to: world.url)
            }
            let (publisher, process, _) = try await world.publisher("first")
            #expect(try await process.references().defaultBranch == "main")
            #expect(try await publisher.published(branch: branch, at: world.url) == nil)
            let commit = try await publish(publisher, tree: world.verified, as: branch)
            #expect(try world.remote.text(["rev-parse", branch]) == commit)
            #expect(
                try world.remote.text(["rev-parse", "\(branch)^{tree}"]) == world.verified)
            try world.remote.run(["fsck", "--strict"])
            // Whoever goes on after a kill has nothing of it here: the server says what there is.
            let (later, _, repository) = try await world.publisher("later")
            #expect(try await publish(later, tree: world.verified, as: branch) == commit)
            // Another tree under that name, or another name, is refused.
            let other = try await repository.tree(ofCommit: world.parent)
            let taken = await #expect(throws: ForgeError.self) {
                try await publish(later, tree: other, as: branch)
            }
            #expect(taken?.reason.contains("another tree, \(world.verified)") == true, "\(taken)")
            await #expect(throws: ForgeError.self) {
                try await publish(later, tree: world.verified, as: "main")
            }
            #expect(try world.remote.text(["rev-parse", "main"]) == world.parent)

            // What others pushed there meanwhile is fetched, into the quarantine alone.
            _ = try GitCommandLine.output(of: [
                "git", "clone", "-q", world.remote.directory, "\(world.directory)/other",
            ])
            let colleague = GitCommandLine(directory: "\(world.directory)/other")
            let moved = try colleague.commit(["b": "3\n"])
            try colleague.run(["push", "-q", "origin", "main"])
            let tip = try await later.tip(ofBranch: "main", known: world.parent, at: world.url)
            #expect(tip == moved)
            #expect(
                try await repository.tree(ofCommit: moved)
                    == colleague.text(["rev-parse", "HEAD^{tree}"]))
            #expect(throws: (any Error).self) { try world.source.run(["cat-file", "-e", moved]) }
            #expect(try await later.tip(ofBranch: "no", known: world.parent, at: world.url) == nil)
        }
    }

    @Test func aWrongCredentialIsSaidAndADeadProcessToo() async throws {
        try await Self.withWorld { world in
            let (_, process, _) = try await world.publisher("wrong", password: "guess-guess")
            let error = await #expect(throws: ForgeError.self) { try await process.references() }
            #expect(error?.reason.contains("refuses a password of ada") == true, "\(error)")
            #expect(error?.description.contains("guess-guess") == false)
            let (_, dying, _) = try await world.publisher("dying")
            kill(dying.processIdentifier, SIGKILL)
            let dead = await #expect(throws: (any Error).self) { try await dying.references() }
            #expect((dead as? ForgeError)?.remedy.contains("Nothing is lost") == true)
            let file = "\(world.directory)/open.password"
            try "secret\n".write(toFile: file, atomically: true, encoding: .utf8)
            chmod(file, 0o644)
            let text = """
                version: 1
                remotes: [{repository: \(world.source.directory), url: "\(world.url)", password_file: \(file)}]
                """
            let configuration = try PolicyDecoder.decode(
                OperatorConfiguration.self,
                from: PolicyText(name: "config.yaml", bytes: Array(text.utf8)))
            let section = try #require(configuration.remote(of: world.source.directory))
            let open = #expect(throws: ForgeError.self) {
                try RemoteProcess(
                    section, quarantine: "\(world.directory)/q", executable: HealRemoteTool.path)
            }
            #expect(open?.reason.contains("can be read by others") == true, "\(open)")
        }
    }
}

enum HealRemoteTool {
    /// The full executable, beside the tests.
    static let path: String = {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent + "/drydock-tool"
    }()
}
