import Foundation
import JSONText
import TestSupport
import Testing

/// An external agent behind the real gateway: the built binary, the operator's configuration, a
/// provider with TLS.
@Suite struct HealAgentTests {
    /// Asks its provider for the repair, and looks for the key wherever it can.
    private static func agent(_ place: String) -> String {
        """
        #!/usr/bin/env python3
        import os, subprocess, sys, urllib.request
        key = os.environ["API_KEY"]
        found = subprocess.run(
            "grep -rl sk-agent[s] /proc/self/environ /etc /home /tmp /work /run . 2>/dev/null",
            shell=True, capture_output=True).stdout
        if found or not key.startswith("drydock-credential-"): sys.exit(9)
        def ask(path):
            request = urllib.request.Request("https://\(place)" + path, headers={"Authorization": "Bearer " + key})
            return urllib.request.urlopen(request, timeout=10).read().decode()
        try: print("echoed", ask("/echo"))
        except Exception as error: print("echo ended", type(error).__name__)
        try: urllib.request.urlopen("https://example.org/", timeout=5); sys.exit(8)
        except Exception: pass
        try: repaired = ask("/guarded/shop.py")
        except Exception as error: print("guarded ended", repr(error)); sys.exit(1)
        open("shop.py", "w").write(repaired)
        """
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to say where a name leads"))
    func anAgentsKeyIsPutInAtTheEdgeAndNeverInside() throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        let place = "web.test:\(server.port)"
        try FileManager.default.createDirectory(
            atPath: server.folder + "/files", withIntermediateDirectories: true)
        try "def total(prices):\n    return sum(prices)\n".write(
            toFile: server.folder + "/files/shop.py", atomically: true, encoding: .utf8)
        try withTemporaryDirectory { root in
            let world = try HealForgeTests.World.make(in: root, name: "octo/shop")
            let configuration = root + "/config/drydock"
            try FileManager.default.createDirectory(
                atPath: configuration, withIntermediateDirectories: true)
            let key = configuration + "/key"
            try "sk-agents-own-key\n".write(toFile: key, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
            try """
            version: 1
            agents:
              command: {hosts: ["\(place)", "127.0.0.0/8:\(server.port)"], credential: provider}
            credentials:
              provider: {hosts: ["\(place)"], file: \(key), prefix: "Bearer ", environment: [API_KEY]}
            """.write(
                toFile: configuration + "/config.yaml", atomically: true, encoding: .utf8)
            let program = root + "/agent"
            try Self.agent(place).write(toFile: program, atomically: true, encoding: .utf8)
            let ended = try world.heal(
                "local", environment: ["SSL_CERT_FILE": server.authority],
                options: ["--fixer", "command:\(program)", "--attempts", "1"],
                hosts: "127.0.0.1 localhost web.test")
            let said = try GitCommandLine.output(of: [
                "sh", "-c", "grep -aoh 'claims\"[^}]*' \(root)/state/drydock/store.sqlite* || true",
            ])
            #expect(ended.status == 0, "\(said)\(ended.errors)")
            let report = try JSONValue(parsing: ended.output)
            #expect(report["outcome"]?.stringValue == "pull_request", "\(ended.output)")
            // Only what the rule guards was asked with the key, which the agent never had.
            #expect(server.authorizations == ["Bearer sk-agents-own-key"])
            #expect(!(ended.output + ended.errors).contains("sk-agents"))
            let kept = try GitCommandLine.output(of: [
                "sh", "-c", "grep -rl 'sk-agents' '\(root)/state' '\(root)/cache' || true",
            ])
            #expect(kept.isEmpty, "\(kept)")
        }
    }
}
