internal import Egress
internal import Foundation
package import RunModel
package import Sandboxing
internal import Synchronization

/// The egress gateway of one sandbox, from before its command runs until it is gone.
package final class SandboxNetwork: Sendable {
    private let rules: NetworkRules
    private let gateway = Mutex<EgressGateway?>(nil)

    /// - Returns: `nil` for modes that need no gateway.
    package init?(_ mode: NetworkMode) throws {
        guard case .allow(let hosts) = mode else { return nil }
        rules = try NetworkRules.parse(hosts.joined(separator: ","))
    }

    /// Called with pid 1 of a sandbox whose command waits.
    package func attach(_ process: Int32) throws(SandboxError) {
        do {
            let agent = try NetworkAgent(program: Self.agentPath(), sandbox: process)
            let gateway = EgressGateway(rules: rules, sockets: agent)
            try Self.wait { try await gateway.start() }
            self.gateway.withLock { $0 = gateway }
        } catch {
            throw SandboxError(.host, "\(error)")
        }
    }

    /// For connections that are opened from now on. No hosts: nothing is reached any more.
    package func update(hosts: [String]) throws {
        let rules =
            hosts.isEmpty
            ? NetworkRules([]) : try NetworkRules.parse(hosts.joined(separator: ","))
        gateway.withLock { $0?.rules = rules }
    }

    package func stop() {
        guard let gateway = gateway.withLock({ $0 }) else { return }
        try? Self.wait { await gateway.stop() }
    }

    package var records: [ConnectionRecord] { gateway.withLock { $0?.log.records ?? [] } }

    /// Beside pid 1's executable.
    private static func agentPath() -> String {
        let initPath = SandboxHost.defaultInitPath()
        return (initPath as NSString).deletingLastPathComponent + "/network-agent"
    }

    /// Waits on a thread that may block, never one of the cooperative pool's.
    private static func wait(_ body: @escaping @Sendable () async throws -> Void) throws {
        let result = Mutex<Result<Void, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            result.withLock { $0 = outcome }
            done.signal()
        }
        done.wait()
        try result.withLock { $0 }?.get()
    }
}
