import Foundation
import Glibc
import LinuxKernel
import RunModel
import Synchronization
import TestSupport
import Testing

@testable internal import Egress

/// The gateway with a real network namespace, real clients inside it and real servers outside.
@Suite(.serialized) struct GatewayTests {
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

    /// Threat 64: a name that means another address at every question. It is asked once for each
    /// connection, and what was checked is what is dialled.
    @Test func aNameThatChangesItsAddressIsCheckedAndDialledOnce() async throws {
        let server = try PythonServer()
        defer { server.stop() }
        let resolver = RebindingResolver([
            "127.0.0.1", "169.254.169.254", "127.0.0.1", "127.0.0.2",
        ])
        let allow = "web.test:\(server.port),127.0.0.1/32:\(server.port)"
        try await withGateway(allow: allow, resolver: resolver) { network, gateway in
            for isReached in [true, false, true, false] {
                let answer = try network.run([
                    "curl", "-sS", "-m", "5", "http://web.test:\(server.port)/",
                ])
                #expect(answer.contains("GET /") == isReached, "\(answer)")
            }
            #expect(resolver.count == 4)
            try await eventually { gateway.log.records.count == 4 }
            let records = gateway.log.records
            #expect(records.count { $0.verdict == "allowed" } == 2, "\(records)")
            #expect(records.contains { $0.rule.contains("169.254.169.254 (") })
            #expect(records.contains { $0.rule.contains("127.0.0.2 (loopback") }, "\(records)")
        }
    }

    /// Of several addresses those that may be dialled are tried in turn; the report has the one that
    /// answered.
    @Test func anotherAddressIsTriedWhereOneDoesNotAnswer() async throws {
        let server = try PythonServer()
        defer { server.stop() }
        let resolver = FixedResolver(table: ["web.test": ["10.0.0.1", "127.0.0.3", "127.0.0.1"]])
        let allow = "web.test:\(server.port),127.0.0.0/8:\(server.port)"
        try await withGateway(allow: allow, resolver: resolver) { network, gateway in
            let answer = try network.run([
                "curl", "-sS", "-m", "5", "http://web.test:\(server.port)/",
            ])
            #expect(answer.contains("GET /"), "\(answer)")
            try await eventually { gateway.log.records.contains { $0.address == "127.0.0.1" } }
        }
    }

    /// Threat 63: of a name that is encrypted beside the one that can be read, the report says so.
    @Test func aHiddenNameIsMarkedInTheReport() async throws {
        let server = try TestServer(address: "127.9.9.9", port: 443)
        defer { server.stop() }
        let resolver = FixedResolver(table: ["web.test": ["127.9.9.9"]])
        try await withGateway(allow: "web.test:443,127.9.9.9/32:443", resolver: resolver) {
            network, gateway in
            let hello = ClientHelloTests.records(
                ClientHelloTests.hello(
                    names: ["web.test"], extensions: [[0xfe, 0x0d, 0, 3, 0, 1, 2]]), size: 4096)
            _ = try network.run([
                "python3", "-c",
                """
                import socket
                s = socket.create_connection(("web.test", 443), 5); s.settimeout(5)
                s.sendall(bytes(\(hello))); s.shutdown(socket.SHUT_WR)
                while s.recv(4096): pass
                """,
            ])
            try await eventually {
                gateway.log.records.contains {
                    $0.verdict == "allowed" && $0.rule.contains("encrypted client hello")
                }
            }
        }
    }

    /// The device that takes what has no other route is gone with the gateway, though the kernel takes
    /// its time for that and nobody waits.
    @Test func nothingIsLeftInTheNetworkAfterTheGatewaysEnd() async throws {
        let network = try TestNetwork()
        defer { network.stop() }
        func devices() throws -> String { try network.run(["cat", "/proc/net/dev"]) }
        for _ in 0..<3 {
            do {
                let agent = try NetworkAgent(program: TestNetwork.agent, sandbox: network.pid)
                let gateway = EgressGateway(rules: EgressRules([]), sockets: agent)
                // At once after the one before, whose device may still be there.
                try gateway.start()
                #expect(try devices().contains("refused"))
                let answer = try network.run([
                    "python3", "-c",
                    "import socket\ntry: socket.create_connection(('10.0.0.1', 80), 5)\nexcept OSError as e: print(type(e).__name__)",
                ])
                #expect(!answer.contains("Timeout"), "\(answer)")
                try await eventually { gateway.log.records.contains { $0.host == "10.0.0.1" } }
                await gateway.stop()
            }
        }
        try await eventually { (try? devices().contains("refused")) == false }
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

    /// Rules that change while the sandbox runs: what is no longer allowed ends, what is new works.
    @Test func rulesChangeWhileItRuns() async throws {
        let server = try PythonServer()
        defer { server.stop() }
        let place = "web.test:\(server.port),127.0.0.0/8:\(server.port)"
        try await withGateway(allow: place) { network, gateway in
            // In a thread of its own: suites that run beside this one may have all of the pool's.
            let open = OutputOfThread {
                try network.run([
                    "python3", "-c",
                    """
                    import socket
                    s = socket.create_connection(("web.test", \(server.port)), 5); s.settimeout(10)
                    try: print("ended", s.recv(10))
                    except OSError as e: print("ended", e) if type(e) is not TimeoutError else print("still open")
                    """,
                ])
            }
            try await eventually { gateway.openCount == 1 }
            try gateway.update(try EgressRules.parse("other.test"))
            try await eventually { open.value?.contains("ended") == true }
            let refused = try network.run([
                "curl", "-sS", "-m", "5", "http://web.test:\(server.port)/",
            ])
            #expect(!refused.contains("GET /"), "\(refused)")
            try gateway.update(try EgressRules.parse(place))
            let again = try network.run([
                "curl", "-sS", "-m", "5", "http://web.test:\(server.port)/",
            ])
            #expect(again.contains("GET /"), "\(again)")
            // Without a reason at the start, nobody trusts the gateway's certificates.
            #expect(throws: EgressRuleError.self) {
                try gateway.update(try EgressRules.parse("web.test;method=GET"))
            }
            #expect(gateway.log.records.contains { $0.rule.contains("no longer allowed") })
        }
    }

    /// Descriptors are the process's, where other sandboxes have their gateways too.
    @Test func oneSandboxCannotTakeAllDescriptors() async throws {
        let server = try PythonServer()
        defer { server.stop() }
        DescriptorLimit.raise(to: 65_536)
        try await withGateway(
            allow: "web.test:\(server.port),127.0.0.0/8:\(server.port),*.many.test;port=1;port=2"
        ) { network, gateway in
            let answer = try network.run([
                "python3", "-c",
                """
                import resource, socket
                resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
                held, closed = [], 0
                for _ in range(2300):
                    s = socket.create_connection(("198.18.0.1", 3128), 5); s.settimeout(0.5); held.append(s)
                for s in held[-100:]:
                    try: closed += s.recv(1) == b""
                    except ConnectionError: closed += 1
                    except TimeoutError: pass
                print("closed", closed)
                for s in held: s.close()
                import time
                for _ in range(100):
                    time.sleep(0.2)
                    try:
                        s = socket.create_connection(("198.18.0.1", 3128), 5); s.settimeout(5)
                        s.sendall(b"CONNECT web.test:\(server.port) HTTP/1.1\\r\\n\\r\\n"); answer = s.recv(12)
                    except OSError: answer = b""
                    if answer: print("again", answer); break
                q = lambda n: b"\\x12\\x34\\x01\\0\\0\\1\\0\\0\\0\\0\\0\\0" + bytes([len(n)]) + n + b"\\4many\\4test\\0\\0\\1\\0\\1"
                u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(2); codes = []
                for i in range(1100):
                    u.sendto(q(b"n%d" % i), ("198.18.0.1", 53)); codes.append(u.recv(512)[3] & 15)
                print("names", codes.count(0), codes[-1])
                """,
            ])
            #expect(answer.contains("closed 100"), "\(answer)")
            #expect(answer.contains("again b'HTTP/1.1 200"), "\(answer)")
            #expect(answer.contains("names 1024 2"), "\(answer)")
            #expect(gateway.log.records.contains { $0.rule.contains("connections at a time") })
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

    @Test(arguments: ["http://198.18.0.1:3128", "socks5h://198.18.0.1:3128"])
    func aProxyIsThereForThoseWhoAsk(proxy: String) async throws {
        let server = try PythonServer()
        defer { server.stop() }
        try await withGateway(allow: "web.test:\(server.port),127.0.0.0/8:\(server.port)") {
            network, gateway in
            let curl = ["curl", "-sS", "-m", "5", "-p", "-x", proxy]
            let answer = try network.run(curl + ["http://web.test:\(server.port)/through"])
            #expect(answer.contains("GET /through"), "\(answer)")
            let refused = try network.run(curl + ["http://evil.test:\(server.port)/"])
            #expect(!refused.contains("GET /"), "\(refused)")
            #expect(
                gateway.log.records.contains { $0.host == "evil.test" && $0.verdict == "refused" })
        }
    }

    /// Threat 62: bytes that one parser ends a name at and another does not.
    @Test func disguisedProxyRequestsAreRefused() async throws {
        try await withGateway(allow: "web.test") { network, gateway in
            let answer = try network.run([
                "python3", "-c",
                """
                import socket
                for target in (b'evil.test\\0.web.test:443', b'web.test.:443', b'user@web.test:443', b'2130706433:443',
                               b'[::1]:443', b'web.test:443\\r\\nX: y', b'web.test%00:443', b'web.test:0443x'):
                    s = socket.create_connection(('198.18.0.1', 3128), 5)
                    s.sendall(b'CONNECT ' + target + b' HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
                    s.settimeout(5); print(s.recv(64).split(b' ')[1].decode(), target)
                """,
            ])
            let lines = answer.split(separator: "\n")
            #expect(lines.count == 8, "\(answer)")
            #expect(lines.allSatisfy { $0.hasPrefix("400") || $0.hasPrefix("403") }, "\(answer)")
            #expect(gateway.log.records.count >= 8)
        }
    }

    /// pip, told of no proxy, through the index that this machine is configured for.
    @Test func aPackageManagerWorksByNameAlone() async throws {
        let hosts = try TestNetwork.onHost([
            "python3", "-c",
            """
            import re, urllib.request
            from urllib.parse import urlparse
            from pip._internal.cli.main_parser import create_main_parser
            from pip._internal.commands import create_command
            options, _ = create_command('download').parse_args([])
            page = options.index_url.rstrip('/') + '/six/'
            text = urllib.request.urlopen(page, timeout=20).read().decode()
            links = [urlparse(page)] + [urlparse(u) for u in re.findall(r'href="(https?://[^"]+)"', text)]
            print(','.join(sorted({f'{l.hostname}:{l.port or (443 if l.scheme == "https" else 80)}' for l in links})))
            """,
        ]).trimmingCharacters(in: .whitespacesAndNewlines)
        try #require(!hosts.isEmpty && !hosts.contains(" "), "no package index: \(hosts)")
        try await withGateway(allow: hosts, resolver: SystemResolver()) { network, gateway in
            let folder = NSTemporaryDirectory() + "drydock-pip-" + UUID().uuidString
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let arguments = [
                "python3", "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--retries", "1",
                "-d", folder,
            ]
            let answer = try network.run(arguments + ["six==1.16.0"])
            #expect(answer.contains("Successfully downloaded six"), "\(answer)")
            #expect(gateway.log.records.contains { $0.verdict == "allowed" && $0.bytesIn > 10_000 })
            try gateway.update(EgressRules([]))
            let refused = try network.run(arguments + ["idna==3.6"])
            #expect(!refused.contains("Successfully"), "\(refused)")
        }
    }

    // MARK: The stage

    private func withGateway(
        allow: String,
        resolver: any NameResolver = FixedResolver(table: ["web.test": ["127.0.0.1"]]),
        _ body: (TestNetwork, EgressGateway) async throws -> Void
    ) async throws {
        let network = try TestNetwork()
        defer { network.stop() }
        let agent = try NetworkAgent(program: TestNetwork.agent, sandbox: network.pid)
        let gateway = EgressGateway(
            rules: try EgressRules.parse(allow), sockets: agent, resolver: resolver)
        try gateway.start()
        do {
            try await body(network, gateway)
        } catch {
            await gateway.stop()
            throw error
        }
        await gateway.stop()
    }

    private func eventually(_ condition: () -> Bool) async throws {
        for _ in 0..<400 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("did not come about within 20 s")
    }
}
