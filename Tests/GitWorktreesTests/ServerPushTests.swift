import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing

/// Pushes by this process to real servers on loopback: OpenSSH, and git's own HTTP backend behind
/// TLS and a password.
@Suite("Pushes to servers", .serialized)
struct ServerPushTests {
    private struct World {
        let directory: String
        let fixture: FixtureRepository
        let remote: GitCommand
        let handle: RepositoryBox
        let commit: ObjectID
        let branch: ProposalBranch

        func push(to url: String, _ access: ServerAccess) throws {
            try handle.handle.push(
                commit: commit, branch: branch, to: .server(url: url, access),
                scratch: "\(directory)/scratch-\(UUID().uuidString)")
        }

        func refusal(of url: String, _ access: ServerAccess) -> GitError? {
            do {
                try push(to: url, access)
                return nil
            } catch { return error as? GitError }
        }

        func arrived() -> Bool {
            (try? remote("rev-parse", "--verify", "--quiet", branch.reference))
                == commit.description
        }
    }

    private func withWorld(_ body: (World) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a": "1\n", "deep/b": "2\n"])
            try fixture.git("clone", "--quiet", "--bare", ".", "\(directory)/remote.git")
            let handle = try RepositoryHandle(at: fixture.path, quarantine: "\(directory)/q")
            let head = try handle.commit(named: "HEAD")
            let tree = try handle.writeTree(
                base: handle.tree(ofCommit: head),
                edits: [TreeEdit(path: "deep/fix", content: Array("x".utf8))])
            let ada = CommitIdentity(name: "Ada", email: "a@b", timeSeconds: 1)
            let commit = try handle.writeCommit(tree: tree, parent: head, message: "m", by: ada)
            try body(
                World(
                    directory: directory, fixture: fixture,
                    remote: GitCommand(directory: "\(directory)/remote.git"),
                    handle: RepositoryBox(handle), commit: commit,
                    branch: try ProposalBranch("drydock/fix")))
        }
    }

    @Test(
        "SSH: the known server gets the branch; an unknown, another or a revoked key gets nothing",
        .enabled(
            if: SSHServer.isPossible,
            "needs Debian's openssh-server, and root, who may log in to its own account"))
    func ssh() throws {
        try withWorld { world in
            let server = try SSHServer(in: world.directory)
            defer { server.stop() }
            let url = "ssh://127.0.0.1:\(server.port)\(world.directory)/remote.git"
            func access(_ knownHosts: String, key: String = "user") throws -> ServerAccess {
                let file = "\(world.directory)/known-\(UUID().uuidString)"
                try knownHosts.write(toFile: file, atomically: true, encoding: .utf8)
                return ServerAccess(
                    user: "root", proof: .key(path: "\(world.directory)/\(key)", passphrase: nil),
                    knownHosts: [file])
            }
            let known = "[127.0.0.1]:\(server.port) \(server.hostKey)\n"
            let unknown = world.refusal(of: url, try access(""))
            #expect(unknown?.reason.contains("no key of 127.0.0.1 is known") == true, "\(unknown)")
            let other = world.refusal(
                of: url, try access("[127.0.0.1]:\(server.port) \(server.userKey)\n"))
            #expect(other?.reason.contains("another key") == true, "\(other)")
            let revoked = world.refusal(
                of: url, try access("\(known)@revoked * \(server.hostKey)\n"))
            #expect(revoked?.reason.contains("revoked") == true, "\(revoked)")
            // The port belongs to the name.
            let elsewhere = world.refusal(of: url, try access("127.0.0.1 \(server.hostKey)\n"))
            #expect(elsewhere?.reason.contains("no key") == true, "\(elsewhere)")
            let stranger = world.refusal(of: url, try access(known, key: "stranger"))
            #expect(stranger?.reason.contains("refuses the key") == true, "\(stranger)")
            chmod("\(world.directory)/stranger", 0o644)
            let open = world.refusal(of: url, try access(known, key: "stranger"))
            #expect(open?.reason.contains("others can read it") == true, "\(open)")
            #expect(!world.arrived())

            try world.push(to: url, try access(try server.hashed(known)))
            #expect(world.arrived())
            try world.remote("fsck", "--strict")
            // And back: what the server has is fetched by the same proof.
            let tip = try world.handle.handle.fetch(
                branch: world.branch.name, known: world.commit,
                from: .server(url: url, try access(known)),
                scratch: "\(world.directory)/fetched")
            #expect(tip == world.commit)
        }
    }

    @Test("HTTPS: a server that is trusted and a password that is right, or nothing")
    func https() throws {
        try withWorld { world in
            let stranger = try HTTPSGitServer(in: world.directory, name: "stranger")
            let other = try HTTPSGitServer(in: world.directory, name: "other")
            let server = try HTTPSGitServer(in: world.directory, leadingTo: other)
            defer {
                server.stop()
                other.stop()
                stranger.stop()
            }
            func access(_ password: String) -> ServerAccess {
                ServerAccess(
                    user: "ada", proof: .password(password), rootsPath: server.authority)
            }
            let url = "https://localhost:\(server.port)/remote.git"
            let wrong = world.refusal(of: url, access("guess"))
            #expect(wrong?.reason.contains("refuses a password of ada") == true, "\(wrong)")
            #expect(wrong?.description.contains("guess") == false)
            let untrusted = world.refusal(
                of: "https://localhost:\(stranger.port)/remote.git", access("secret"))
            #expect(untrusted?.reason.contains("certificate") == true, "\(untrusted)")
            let misnamed = world.refusal(
                of: "https://127.0.0.1:\(server.port)/remote.git", access("secret"))
            #expect(misnamed?.reason.contains("certificate") == true, "\(misnamed)")
            #expect(try stranger.sawCredential() == false, "it was shown to a stranger")
            let led = world.refusal(
                of: "https://localhost:\(server.port)/elsewhere.git", access("secret"))
            #expect(led != nil)
            #expect(try other.sawCredential() == false, "it followed a redirect")
            #expect(!world.arrived())
            try world.push(to: url, access("secret"))
            #expect(world.arrived())
            try world.remote("fsck", "--strict")
        }
    }

    @Test(
        "A credential goes nowhere that does not protect it",
        arguments: [
            "http://localhost/r.git", "git://localhost/r.git", "https://ada:secret@localhost/r.git",
            "ssh://ada:secret@localhost/r.git", "file:///r.git", "/r.git", "ssh:///r.git",
            "ssh://-oProxyCommand=x/r.git", "ssh://host:0/r.git",
        ])
    func places(url: String) throws {
        try withWorld { world in
            for proof in [.password("secret"), .key(path: "/dev/null", passphrase: nil)]
                as [ServerAccess.Proof]
            {
                let error = world.refusal(of: url, ServerAccess(user: "ada", proof: proof))
                #expect(error?.code == .refused, "\(String(describing: error))")
            }
        }
    }
}
