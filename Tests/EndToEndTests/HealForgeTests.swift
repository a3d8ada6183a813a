import Foundation
import JSONText
import LinuxKernel
import RunModel
import TestSupport
import Testing

/// `drydock heal --forge`, the built binary, against servers that speak the real format.
@Suite struct HealForgeTests {
    /// The full executable, beside the tests.
    static let tool: String = {
        let own = FileKind.linkTarget("/proc/self/exe") ?? ""
        return (own as NSString).deletingLastPathComponent + "/drydock-tool"
    }()

    struct World {
        let root: String
        let source: GitCommandLine
        let name: String

        /// A Python project whose last commit broke it, and a forge that has it.
        static func make(in root: String, name: String) throws -> World {
            let source = try GitCommandLine.create(at: root + "/source")
            let good = "def total(prices):\n    return sum(prices)\n"
            try source.commit([
                "shop.py": good, "conftest.py": "",
                "tests/test_shop.py":
                    "from shop import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
            ])
            try source.commit(["shop.py": good.replacing("sum(prices)", with: "sum(prices[1:])")])
            _ = try ForgeScript.bare(at: "\(root)/\(name).git", from: source)
            return World(root: root, source: source, name: name)
        }

        /// - Parameter hosts: what `/etc/hosts` says meanwhile, and `config/drydock` is `/etc/drydock`;
        ///   for root, who has no other configuration.
        func heal(
            _ forge: String, environment: [String: String], token: String = "none",
            mode: Int = 0o600, options: [String] = [], hosts: String? = nil
        ) throws -> Drydock.Ended {
            let file = root + "/token"
            try (token + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
            let process = Process()
            var command =
                [
                    HealForgeTests.tool, "heal", "--repo", source.directory, "--forge", forge,
                    "--format", "json",
                ] + options
            if let hosts {
                try (hosts + "\n").write(
                    toFile: root + "/hosts", atomically: true, encoding: .utf8)
                command =
                    [
                        "/usr/bin/unshare", "-m", "/bin/sh", "-c",
                        """
                        mount --bind \(root)/hosts /etc/hosts && mkdir -p /etc/drydock \
                        && mount --bind \(root)/config/drydock /etc/drydock && exec "$@"
                        """, "sh",
                    ] + command
            }
            process.executableURL = URL(filePath: command[0])
            process.arguments = Array(command.dropFirst())
            process.environment = [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
                "HOME": root, "XDG_STATE_HOME": root + "/state", "XDG_CACHE_HOME": root + "/cache",
                "XDG_CONFIG_HOME": root + "/config", "DRYDOCK_GITHUB_TOKEN_FILE": file,
                "DRYDOCK_GITLAB_TOKEN_FILE": file,
            ].merging(environment) { $1 }
            for name in ["state", "cache", "config"] {
                try FileManager.default.createDirectory(
                    atPath: "\(root)/\(name)", withIntermediateDirectories: true)
            }
            return try Drydock.Running(process).wait()
        }
    }

    static func github(_ server: GitHubServer) -> [String: String] {
        [
            "GITHUB_API_URL": server.url, "GITHUB_SERVER_URL": server.url,
            "GITHUB_REPOSITORY": server.repositoryName,
        ]
    }

    @Test func aRegressionArrivesAtGitHubAsADraftOnce() throws {
        try withTemporaryDirectory { root in
            let world = try World.make(in: root, name: "octo/shop")
            let server = try GitHubServer(root: root)
            let environment = Self.github(server)
            let token = server.script.token
            // No right to open pull requests: nothing is lost, and it goes on from there.
            server.script.fail(
                "POST", "/pulls",
                with: GitHubServer.error(403, "Resource not accessible by integration"))
            let refused = try world.heal("github", environment: environment, token: token)
            #expect(refused.status == 2, "\(refused.errors)")
            #expect(refused.errors.contains("pull requests: write"), "\(refused.errors)")
            let ended = try world.heal("github", environment: environment, token: token)
            #expect(ended.status == 0, "\(ended.errors)")
            let report = try JSONValue(parsing: ended.output)
            #expect(report["outcome"]?.stringValue == "pull_request")
            #expect(report["attempts"]?.arrayValue?.count == 1)
            let again = try world.heal("github", environment: environment, token: token)
            #expect(again.status == 0, "\(again.errors)")
            let state = server.withState { $0 }
            #expect(state.pulls.count == 1)
            let pull = try #require(state.pulls.first)
            #expect(pull.isDraft && pull.base == "main" && pull.labels == ["drydock"])
            #expect(pull.body.contains("sha256:"), "no attestation")
            #expect(state.checkRuns.count == 1 && state.sarifs.count == 1)
            let bare = server.script.repository
            #expect(try bare.text(["show", "\(pull.branch):shop.py"]).contains("sum(prices)"))
            #expect(
                try bare.text(["rev-parse", "\(pull.branch)^{tree}"])
                    == report["attempts"]?.arrayValue?.last?["tree"]?.stringValue)
            // The default branch is where it was, and the token is nowhere.
            #expect(
                try bare.text(["rev-parse", "main"]) == world.source.text(["rev-parse", "HEAD"]))
            #expect(!(ended.errors + ended.output + refused.errors).contains(token))
            let found = try GitCommandLine.output(of: [
                "sh", "-c", "grep -rl '\(token)' '\(root)/state' '\(root)/cache' || true",
            ])
            #expect(found.isEmpty)
        }
    }

    @Test func aRegressionArrivesAtGitLabAsADraft() throws {
        try withTemporaryDirectory { root in
            let world = try World.make(in: root, name: "group/shop")
            let server = try GitLabServer(root: root)
            let ended = try world.heal(
                "gitlab",
                environment: [
                    "CI_SERVER_URL": server.url, "CI_API_V4_URL": server.url + "/api/v4",
                    "CI_PROJECT_PATH": server.project,
                ], token: server.script.token)
            #expect(ended.status == 0, "\(ended.errors)")
            let requests = server.withState { $0.requests }
            #expect(requests.count == 1)
            #expect(requests.first?.title.hasPrefix("Draft: ") == true)
            #expect(requests.first?.labels == ["drydock"])
        }
    }

    @Test func wrongTokensAreKnownBeforeAnythingIsSpent() throws {
        try withTemporaryDirectory { root in
            let world = try World.make(in: root, name: "octo/shop")
            let server = try GitHubServer(root: root)
            let environment = Self.github(server)
            let wrong = try world.heal("github", environment: environment, token: "ghp_nonsense1")
            #expect(wrong.status == 2)
            #expect(wrong.errors.contains("DRYDOCK_GITHUB_TOKEN_FILE"), "\(wrong.errors)")
            let open = try world.heal(
                "github", environment: environment, token: server.script.token, mode: 0o644)
            #expect(open.status == 2 && open.errors.contains("0600"), "\(open.errors)")
            let missing = try world.heal(
                "github",
                environment: environment.merging(["DRYDOCK_GITHUB_TOKEN_FILE": root + "/none"]) {
                    $1
                }, token: "x")
            #expect(missing.status == 2 && missing.errors.contains(root + "/none"))
            let nowhere = try world.heal("github", environment: [:], token: "ghp_nonsense1")
            #expect(nowhere.status == 2 && nowhere.errors.contains("GITHUB_REPOSITORY"))
        }
    }
}
