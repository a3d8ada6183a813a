import Foundation
import JSONText
import TestSupport
import Testing

/// `drydock heal`, the built binary, where the operator named the repository's own remote.
@Suite struct HealRemoteTests {
    @Test(
        .enabled(
            if: SSHServer.isPossible,
            "needs Debian's openssh-server, and root, who may log in to its own account"))
    func aRegressionArrivesOverSSHAsABranch() throws {
        try withTemporaryDirectory { root in
            let world = try HealForgeTests.World.make(in: root, name: "remote")
            let server = try SSHServer(in: root)
            defer { server.stop() }
            try "[127.0.0.1]:\(server.port) \(server.hostKey)\n".write(
                toFile: "\(root)/known", atomically: true, encoding: .utf8)
            func heal(key: String, _ options: [String] = []) throws -> Drydock.Ended {
                let url = "ssh://root@127.0.0.1:\(server.port)\(root)/remote.git"
                try FileManager.default.createDirectory(
                    atPath: "\(root)/config/drydock", withIntermediateDirectories: true)
                try """
                version: 1
                remotes:
                  - {repository: \(world.source.directory), url: "\(url)",
                     key_file: \(root)/\(key), known_hosts: [\(root)/known]}
                """.write(
                    toFile: "\(root)/config/drydock/config.yaml", atomically: true, encoding: .utf8)
                return try world.heal(
                    "local", environment: [:], options: options, hosts: "127.0.0.1 localhost")
            }
            // Known before anything is spent; and nothing leaves the machine on a dry run.
            let stranger = try heal(key: "stranger")
            #expect(
                stranger.status == 2 && stranger.errors.contains("refuses the key"),
                "\(stranger.errors)")
            let dry = try heal(key: "stranger", ["--dry-run"])
            #expect(dry.status == 13, "\(dry.errors)")
            let bare = GitCommandLine(directory: "\(root)/remote.git")
            #expect(try bare.text(["branch", "--list", "drydock/*"]).isEmpty)

            let ended = try heal(key: "user")
            #expect(ended.status == 0, "\(ended.errors)")
            let report = try JSONValue(parsing: ended.output)
            let branch = report["pull_request"]?["branch"]?.stringValue ?? ""
            #expect(branch.hasPrefix("drydock/"))
            #expect(
                try bare.text(["rev-parse", branch])
                    == report["pull_request"]?["head"]?.stringValue)
            #expect(
                try bare.text(["rev-parse", "\(branch)^{tree}"])
                    == report["attempts"]?.arrayValue?.last?["tree"]?.stringValue)
            #expect(
                try bare.text(["rev-parse", "main"]) == world.source.text(["rev-parse", "HEAD"]))
            let page = report["pull_request"]?["url"]?.stringValue ?? ""
            let text = try String(contentsOf: try #require(URL(string: page)), encoding: .utf8)
            #expect(text.contains("remote: ssh://root@127.0.0.1"), "\(text)")
            // The key is in nothing that is kept or said.
            let key = try String(contentsOfFile: "\(root)/user", encoding: .utf8)
                .split(separator: "\n")[1]
            let found = try GitCommandLine.output(of: [
                "sh", "-c", "grep -rlF -- '\(key)' '\(root)/state' '\(root)/cache' || true",
            ])
            #expect(found.isEmpty && !(ended.output + ended.errors).contains(key))
        }
    }
}
