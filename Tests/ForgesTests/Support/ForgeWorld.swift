import Foundation
import RunModel
import TestSupport

@testable import Forges

/// A repository with a main branch and a branch of Drydock's, at a scripted forge.
struct ForgeWorld: Sendable {
    static let branch = "drydock/heal-inc-1"

    let root: String
    let source: GitCommandLine
    let head: String

    /// - Parameter name: `owner/name` of the forge's repository.
    static func make(in root: String, name: String, pushes: Bool = true) throws -> ForgeWorld {
        let source = try GitCommandLine.create(at: root + "/source")
        try source.commit(["app.py": "good\n", "lib/a.py": "a\n", "lib-b": "b\n", "z": "z\n"])
        _ = try ForgeScript.bare(at: "\(root)/\(name).git", from: source)
        let head = try source.commit(["app.py": "repaired\n"], message: "repair")
        if pushes {
            try source.run(["push", "-q", "\(root)/\(name).git", "HEAD:refs/heads/\(branch)"])
        }
        return ForgeWorld(root: root, source: source, head: head)
    }

    var draft: PullRequestDraft {
        PullRequestDraft(
            branch: Self.branch, head: head, target: "main", title: "Repair <x>\nof @all",
            body: "body\n\n## More\n\n/close\n\n<!-- drydock: {} -->")
    }

    static func github(_ server: GitHubServer, token: String? = nil) throws -> GitHubForge {
        let address = try ForgeAddress(
            api: server.url, repository: server.repositoryName,
            gitURL: "\(server.url)/\(server.repositoryName).git")
        let token = token ?? server.script.token
        var forge = GitHubForge(
            address: address, token: token,
            transport: try WebForgeTransport(environment: [:], secret: token))
        forge.pollSeconds = 0.01
        forge.rest.patience.firstPauseSeconds = 0.01
        forge.rest.patience.waitSecondsMax = 3
        return forge
    }

    static func gitlab(_ server: GitLabServer, token: String? = nil) throws -> GitLabForge {
        let address = try ForgeAddress(
            api: server.url + "/api/v4", repository: server.project,
            gitURL: "\(server.url)/\(server.project).git")
        let token = token ?? server.script.token
        var forge = GitLabForge(
            address: address, token: token,
            transport: try WebForgeTransport(environment: [:], secret: token))
        forge.rest.patience.firstPauseSeconds = 0.01
        forge.rest.patience.waitSecondsMax = 3
        return forge
    }

    static func withGitHub(
        pushes: Bool = true, _ body: (ForgeWorld, GitHubServer, GitHubForge) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            let world = try make(in: root, name: "octo/shop", pushes: pushes)
            let server = try GitHubServer(root: root)
            try await body(world, server, try github(server))
        }
    }

    static func withGitLab(
        _ body: (ForgeWorld, GitLabServer, GitLabForge) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            let world = try make(in: root, name: "group/shop")
            let server = try GitLabServer(root: root)
            try await body(world, server, try gitlab(server))
        }
    }
}
