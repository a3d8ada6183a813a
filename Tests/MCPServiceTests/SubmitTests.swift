import Foundation
import TestSupport
import Testing

/// `submit`, where the operator named the repository's own remote.
@Suite(.serialized) struct SubmitTests {
    @Test func aVerifiedChangeArrivesAtTheRemoteAsABranch() throws {
        try withTemporaryDirectory { directory in
            let project = try Project()
            _ = try GitCommandLine.output(of: [
                "git", "clone", "-q", "--bare", project.path, directory + "/remote.git",
            ])
            let remote = GitCommandLine(directory: directory + "/remote.git")
            let server = try HTTPSGitServer(in: directory)
            defer { server.stop() }
            func submit(password: String) throws -> [String: Any] {
                let home = "\(directory)/\(password)"
                try FileManager.default.createDirectory(
                    atPath: home + "/drydock", withIntermediateDirectories: true)
                try (password + "\n").write(
                    toFile: home + "/password", atomically: true, encoding: .utf8)
                chmod(home + "/password", 0o600)
                try """
                version: 1
                remotes:
                  - {repository: \(project.path), url: "https://localhost:\(server.port)/remote.git",
                     user: ada, password_file: \(home)/password, authorities: \(server.authority)}
                """.write(
                    toFile: home + "/drydock/config.yaml", atomically: true, encoding: .utf8)
                let ended = try Program.run(
                    Program.python("mcp2"),
                    [
                        Program.fixture("submit.py"), Program.tool, project.data, project.path,
                        home,
                    ])
                let line = ended.output.split(separator: "\n").last ?? ""
                let value = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                return try #require(value as? [String: Any], "\(ended.output)")
            }
            let refused = try submit(password: "wrong")
            #expect((refused["error"] as? String)?.contains("refuses") == true, "\(refused)")
            #expect(try remote.text(["branch", "--list", "drydock/*"]).isEmpty)

            let submitted = try submit(password: "secret")
            #expect(submitted["outcome"] as? String == "pull_request", "\(submitted)")
            let request = try #require(submitted["pull_request"] as? [String: Any])
            let branch = try #require(request["branch"] as? String)
            #expect(try remote.text(["rev-parse", branch]) == request["head"] as? String)
            #expect(
                try remote.text(["rev-parse", "\(branch)^{tree}"]) == submitted["tree"] as? String)
            #expect(try remote.text(["show", "\(branch):calc.py"]).contains("a + b"))
            #expect(try remote.text(["show", "main:calc.py"]).contains("a - b"))
            try remote.run(["fsck", "--strict"])
        }
    }
}
