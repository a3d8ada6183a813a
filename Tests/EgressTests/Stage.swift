import Foundation
import RunModel
import Synchronization
import Testing

@testable internal import Egress

/// Names that mean what a test says.
struct FixedResolver: NameResolver {
    var table: [String: [String]]

    func addresses(of name: HostName) throws -> [IPAddress] {
        (table[name.text] ?? []).compactMap(IPAddress.init)
    }
}

/// A name with another address at every question, in turn.
final class RebindingResolver: NameResolver {
    private let addresses: [String]
    private let asked = Mutex(0)

    init(_ addresses: [String]) { self.addresses = addresses }

    var count: Int { asked.withLock { $0 } }

    func addresses(of name: HostName) throws -> [IPAddress] {
        let index = asked.withLock { asked in
            defer { asked += 1 }
            return asked % addresses.count
        }
        return [addresses[index]].compactMap(IPAddress.init)
    }
}

/// A gateway with a network namespace of its own, in which clients run.
final class Stage {
    let network: TestNetwork
    let gateway: EgressGateway
    /// Where the run's authority is, for clients.
    let authority: String

    /// - Parameters:
    ///   - allow: entries; the test's addresses are spelled out beside them.
    ///   - trusting: bundle of the upstream's authority.
    init(
        _ allow: String, ports: [Int], trusting: String = "",
        _ change: (inout GatewaySettings) throws -> Void = { _ in }
    ) async throws {
        let blocks = ports.map { "127.0.0.0/8:\($0)" }
        var settings = GatewaySettings(
            rules: try EgressRules.parse(([allow] + blocks).joined(separator: ",")))
        settings.resolver = FixedResolver(
            table: [
                "web.test": ["127.0.0.1"], "a.web.test": ["127.0.0.1"], "other.test": ["127.0.0.1"],
            ])
        let authority = try RunAuthority()
        settings.authority = authority
        if !trusting.isEmpty { settings.trust = UpstreamTrust(bundlePath: trusting) }
        try change(&settings)
        network = try TestNetwork()
        let agent = try NetworkAgent(program: TestNetwork.agent, sandbox: network.pid)
        gateway = EgressGateway(settings, sockets: agent)
        self.authority = NSTemporaryDirectory() + "drydock-authority-" + UUID().uuidString
        try authority.certificatePEM.write(
            toFile: self.authority, atomically: true, encoding: .utf8)
        try gateway.start()
    }

    var log: [ConnectionRecord] { gateway.log.records }

    /// curl with the run's authority as its only root.
    func curl(_ arguments: String...) throws -> String {
        try network.run(["curl", "-sS", "-m", "10", "--cacert", authority] + arguments)
    }

    /// Sends bytes to a name inside and returns what came back until the end.
    func send(_ text: String, to name: String, port: Int, pause: Bool = false) throws -> String {
        let file = NSTemporaryDirectory() + "drydock-bytes-" + UUID().uuidString
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try network.run([
            "python3", "-c",
            """
            import socket, sys, time
            s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5); s.settimeout(5)
            data = open(sys.argv[3], "rb").read()
            if sys.argv[4] == "slow":
                for i in range(len(data)): s.sendall(data[i:i+1])
            else: s.sendall(data)
            out = b""
            try:
                while (part := s.recv(65536)): out += part
            except OSError as e: out += b" [" + type(e).__name__.encode() + b"]"
            sys.stdout.write(out.decode("latin1"))
            """, name, String(port), file, pause ? "slow" : "fast",
        ])
    }

    func stop() async {
        await gateway.stop()
        network.stop()
        try? FileManager.default.removeItem(atPath: authority)
    }

    /// Runs a test and takes the stage down, whatever comes of it.
    static func with(
        _ allow: String, ports: [Int], trusting: String = "",
        _ change: (inout GatewaySettings) throws -> Void = { _ in },
        _ body: (Stage) async throws -> Void
    ) async throws {
        let stage = try await Stage(allow, ports: ports, trusting: trusting, change)
        do { try await body(stage) } catch {
            await stage.stop()
            throw error
        }
        await stage.stop()
    }

    func eventually(_ what: String, _ condition: ([ConnectionRecord]) -> Bool) async throws {
        for _ in 0..<400 {
            if condition(log) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(what) did not come about within 20 s: \(log)")
    }
}
