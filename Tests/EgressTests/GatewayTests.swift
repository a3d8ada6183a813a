import Foundation
import Glibc
import RunModel
import Synchronization
import Testing

@testable internal import Egress

/// The gateway with a real network namespace, real clients inside it and real servers outside.
@Suite(.serialized) struct GatewayTests {
    struct FixedResolver: NameResolver {
        var table: [String: [String]]

        func addresses(of name: HostName) throws -> [IPAddress] {
            (table[name.text] ?? []).compactMap(IPAddress.init)
        }
    }

    @Test func anAllowedNameIsReachedByAClientThatKnowsNoProxy() async throws {
        let server = try PythonServer()
        defer { server.stop() }
        try await withGateway(allow: "web.test:\(server.port),127.0.0.0/8:\(server.port)") {
            network, gateway in
            let answer = try network.run([
                "python3", "-c",
                "import urllib.request as u; print(u.urlopen('http://web.test:\(server.port)/hello').read())",
            ])
            #expect(answer.contains("GET /hello"), "\(answer)")
            try await eventually {
                gateway.log.records.contains { $0.verdict == "allowed" && $0.bytesIn > 0 }
            }
        }
    }

    @Test func aNameThatNoRuleAllowsDoesNotExist() async throws {
        try await withGateway(allow: "web.test") { network, gateway in
            let answer = try network.run([
                "python3", "-c",
                "import socket\ntry: print(socket.getaddrinfo('evil.test', 443))\nexcept OSError as e: print('refused', e)",
            ])
            #expect(answer.contains("refused"), "\(answer)")
            #expect(
                gateway.log.records.contains { $0.host == "evil.test" && $0.verdict == "refused" })
        }
    }

    /// Threat 64: an allowed name that resolves to the host's loopback.
    @Test func anAllowedNameWithAPrivateAddressIsRefused() async throws {
        let server = try PythonServer()
        defer { server.stop() }
        try await withGateway(allow: "web.test:\(server.port)") { network, gateway in
            let answer = try network.run([
                "curl", "-sS", "-m", "5", "http://web.test:\(server.port)/",
            ])
            #expect(!answer.contains("GET /"), "\(answer)")
            try await eventually {
                gateway.log.records.contains {
                    $0.verdict == "refused" && $0.rule.contains("loopback")
                }
            }
        }
    }

    /// Threats 60 and 61: addresses, UDP and ICMP have no way out, and are seen.
    @Test func directAddressesAreRefusedAtOnceAndRecorded() async throws {
        try await withGateway(allow: "web.test") { network, gateway in
            let answer = try network.run([
                "python3", "-c",
                """
                import socket
                for address in ('169.254.169.254', '10.0.0.1', '1.1.1.1'):
                    s = socket.socket(); s.settimeout(3)
                    try: s.connect((address, 80)); print('open', address)
                    except OSError as e: print('closed', address, e)
                u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.sendto(b'x', ('8.8.8.8', 443))
                """,
            ])
            #expect(!answer.contains("open"), "\(answer)")
            #expect(!answer.contains("timed out"), "\(answer)")
            try await eventually {
                let hosts = Set(gateway.log.records.map(\.host))
                return hosts.isSuperset(of: ["169.254.169.254", "10.0.0.1", "1.1.1.1", "8.8.8.8"])
            }
        }
    }

    /// Threat 63: the name inside must be the name that was asked for.
    @Test func anotherHostInsideIsRefused() async throws {
        try await withGateway(allow: "web.test:80,127.0.0.0/8:80") { network, gateway in
            let answer = try network.run([
                "curl", "-sS", "-m", "5", "-H", "Host: evil.test", "http://web.test/", "-o", "-",
            ])
            #expect(answer.contains("drydock: refused"), "\(answer)")
            let tls = try network.run([
                "sh", "-c",
                "echo | timeout 5 openssl s_client -connect web.test:80 -servername evil.test 2>&1",
            ])
            #expect(!tls.contains("BEGIN CERTIFICATE"))
            try await eventually { gateway.log.records.contains { $0.rule.contains("evil.test") } }
        }
    }

    @Test func whenTheGatewayEndsTheSandboxIsCutOff() async throws {
        let server = try PythonServer()
        defer { server.stop() }
        try await withGateway(allow: "web.test:\(server.port),127.0.0.0/8:\(server.port)") {
            network, gateway in
            _ = try network.run(["curl", "-sS", "-m", "5", "http://web.test:\(server.port)/"])
            await gateway.stop()
            let answer = try network.run([
                "curl", "-sS", "-m", "5", "--resolve", "web.test:\(server.port):198.18.1.0",
                "http://web.test:\(server.port)/",
            ])
            #expect(!answer.contains("GET /"), "\(answer)")
        }
    }

    // MARK: The stage

    private func withGateway(
        allow: String, _ body: (TestNetwork, EgressGateway) async throws -> Void
    ) async throws {
        let network = try TestNetwork()
        defer { network.stop() }
        let agent = try NetworkAgent(program: TestNetwork.agent, sandbox: network.pid)
        let resolver = FixedResolver(table: ["web.test": ["127.0.0.1"]])
        let gateway = EgressGateway(
            rules: try NetworkRules.parse(allow), sockets: agent, resolver: resolver)
        try await gateway.start()
        do {
            try await body(network, gateway)
        } catch {
            await gateway.stop()
            throw error
        }
        await gateway.stop()
    }

    private func eventually(_ condition: () -> Bool) async throws {
        for _ in 0..<100 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("did not come about within 5 s")
    }
}
