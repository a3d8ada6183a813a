import Foundation
import GitWorktrees
import RunModel
import Synchronization
import TestSupport
import Testing

@testable import Forges
@testable import Orchestration

/// Pushes and fetches over HTTP with authentication: lighttpd and git's own backend, both real.
@Suite struct GitOverHTTPTests {
    struct World {
        let server: WebServer
        let repository: GitRepository
        let source: GitCommandLine
        let bare: GitCommandLine
        let scratch: String

        func exchange(token: String = WebServer.token) throws -> GitServiceExchange {
            let forge = GitHubForge(
                address: try ForgeAddress(
                    api: server.url, repository: "octo/shop",
                    gitURL: "\(server.url)/octo/shop.git"), token: token,
                transport: try WebForgeTransport(environment: [:], secret: token))
            return { request in try blocking { try await forge.exchange(request) } }
        }

        func publish(_ branch: String, token: String = WebServer.token) async throws -> String {
            let tree = try source.text(["rev-parse", "HEAD^{tree}"])
            let parent = try source.text(["rev-parse", "HEAD~1"])
            return try await repository.publish(
                tree: tree, parent: parent, branch: branch, message: "m",
                by: CommitIdentity(name: "D", email: "d@e", timeSeconds: 1),
                to: .exchange(url: "\(server.url)/octo/shop.git", try exchange(token: token)),
                scratch: scratch + "/" + UUID().uuidString)
        }
    }

    static func withWorld(_ body: (World) async throws -> Void) async throws {
        try await withTemporaryDirectory { root in
            let source = try GitCommandLine.create(at: root + "/source")
            try source.commit(["a": "1\n", "b/c": "2\n"])
            let bare = try ForgeScript.bare(at: root + "/git/octo/shop.git", from: source)
            try source.commit(["a": "repaired\n"])
            let objects = source.directory + "/.git/objects"
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700], ofItemAtPath: objects)
            try FileManager.default.createDirectory(
                atPath: root + "/scratch", withIntermediateDirectories: true)
            let server = try WebServer(root: root + "/git", scratch: root)
            defer { server.stop() }
            try await body(
                World(
                    server: server,
                    repository: try GitRepository(at: source.directory, quarantine: objects),
                    source: source, bare: bare, scratch: root + "/scratch"))
        }
    }

    @Test func exactlyTheTreeArrives() async throws {
        try await Self.withWorld { world in
            let commit = try await world.publish("drydock/heal-inc-1")
            #expect(
                try world.bare.text(["rev-parse", "refs/heads/drydock/heal-inc-1"]) == commit)
            #expect(
                try world.bare.text(["rev-parse", "\(commit)^{tree}"])
                    == world.source.text(["rev-parse", "HEAD^{tree}"]))
            try world.bare.run(["fsck", "--strict"])
            // The user's repository got no reference.
            #expect(try world.source.text(["branch", "--list", "drydock/*"]).isEmpty)
        }
    }

    @Test func aWrongTokenIsRefusedAndNothingArrives() async throws {
        try await Self.withWorld { world in
            do {
                _ = try await world.publish("drydock/x", token: "wrong-token-1")
                Issue.record("it was pushed")
            } catch {
                let known = try #require(error as? ForgeError)
                #expect(known.kind == .unauthorised)
                #expect(!known.description.contains("wrong-token-1"))
            }
            #expect(try world.bare.text(["branch", "--list", "drydock/*"]).isEmpty)
        }
    }

    @Test func aHookThatRefusesIsHeard() async throws {
        try await Self.withWorld { world in
            let hook = world.bare.directory + "/hooks/pre-receive"
            try "#!/bin/sh\necho 'protected by rule 7' >&2\nexit 1\n"
                .write(toFile: hook, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
            await #expect(throws: (any Error).self) { _ = try await world.publish("drydock/x") }
            #expect(try world.bare.text(["branch", "--list", "drydock/*"]).isEmpty)
            try FileManager.default.removeItem(atPath: hook)
            _ = try await world.publish("drydock/x")
        }
    }

    @Test func aDefaultBranchIsNeverPushedTo() async throws {
        try await Self.withWorld { world in
            try world.bare.run(["symbolic-ref", "HEAD", "refs/heads/drydock/x"])
            try world.bare.run(["branch", "drydock/x", "main"])
            await #expect(throws: (any Error).self) { _ = try await world.publish("drydock/x") }
            await #expect(throws: (any Error).self) { _ = try await world.publish("main") }
            #expect(
                try world.bare.text(["rev-parse", "drydock/x"])
                    == world.bare.text(["rev-parse", "main"]))
        }
    }

    @Test func whatTheServerHasAndWeHaveNotIsFetched() async throws {
        try await Self.withWorld { world in
            let known = try world.source.text(["rev-parse", "HEAD~1"])
            let other = GitCommandLine(directory: world.scratch + "/other")
            try world.source.run(["clone", "-q", world.bare.directory, other.directory])
            let moved = try other.commit(["b/c": "moved\n"])
            try other.run(["push", "-q", "origin", "HEAD:main"])
            await #expect(throws: (any Error).self) {
                _ = try await world.repository.resolve(moved)
            }
            let tip = try await world.repository.fetch(
                branch: "main", known: known,
                from: .exchange(url: "\(world.server.url)/octo/shop.git", try world.exchange()),
                scratch: world.scratch + "/fetch")
            #expect(tip == moved)
            #expect(
                try await world.repository.tree(ofCommit: moved)
                    == other.text(["rev-parse", "HEAD^{tree}"]))
        }
    }
}

/// Waits on git's own thread, as the forge's process is waited for.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value
{
    let result = Mutex<Result<Value, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        do {
            let value = try await body()
            result.withLock { $0 = .success(value) }
        } catch { result.withLock { $0 = .failure(error) } }
        done.signal()
    }
    done.wait()
    guard let result = result.withLock({ $0 }) else { throw CancellationError() }
    return try result.get()
}

/// lighttpd with git-http-backend behind basic authentication.
final class WebServer: Sendable {
    static let token = "ghs_lighttpd-token-1"

    let port: Int
    private let process: Int32
    var url: String { "http://127.0.0.1:\(port)" }

    init(root: String, scratch: String) throws {
        port = try FreePort.next()
        try "x-access-token:\(Self.token)\noauth2:\(Self.token)\n"
            .write(toFile: scratch + "/users", atomically: true, encoding: .utf8)
        let configuration = """
            server.document-root = "\(root)"
            server.port = \(port)
            server.bind = "127.0.0.1"
            server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi")
            server.errorlog = "\(scratch)/errors.log"
            server.stream-request-body = 0
            auth.backend = "plain"
            auth.backend.plain.userfile = "\(scratch)/users"
            alias.url += ("/" => "/usr/lib/git-core/git-http-backend/")
            cgi.assign = ("" => "")
            setenv.set-environment = ("GIT_PROJECT_ROOT" => "\(root)",
                "GIT_HTTP_EXPORT_ALL" => "1", "GIT_CONFIG_COUNT" => "1",
                "GIT_CONFIG_KEY_0" => "safe.directory", "GIT_CONFIG_VALUE_0" => "*")
            auth.require = ("/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
            """
        let file = scratch + "/lighttpd.conf"
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        let server = Process()
        server.executableURL = URL(filePath: "/usr/sbin/lighttpd")
        server.arguments = ["-D", "-f", file]
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
        process = server.processIdentifier
        do { try FreePort.waitFor(port) } catch {
            stop()
            throw error
        }
    }

    /// It may have inherited a mask that blocks anything gentler.
    func stop() { kill(process, SIGKILL) }
}
