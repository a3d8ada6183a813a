internal import Egress
internal import Foundation
internal import LinuxKernel
internal import Sandboxing
internal import Synchronization

/// A gateway and its agent as they come about beside the start of their sandbox.
final class GatewayOpening: Sendable {
    private let agent: NetworkAgent
    private let made = Mutex<EgressGateway?>(nil)
    private let isMade = DispatchSemaphore(value: 0)
    private let begun = Mutex(false)

    /// Starts the agent's program and the gateway's thread, without waiting for them.
    init(_ settings: GatewaySettings) {
        agent = NetworkAgent()
        Thread.detachNewThread { [self] in
            agent.start(SandboxHost.networkAgentPath())
            make(settings)
        }
    }

    /// - Parameter channel: to an agent that was started and led elsewhere; owned from now on.
    init(_ settings: GatewaySettings, channel: CInt) {
        agent = NetworkAgent(channel: channel)
        make(settings)
    }

    private func make(_ settings: GatewaySettings) {
        // A connection takes two descriptors; the usual 1,024 would be a workload's to fill. What one
        // sandbox may have is bounded by the gateway.
        DescriptorLimit.raise(to: 262_144)
        let gateway = EgressGateway(settings, sockets: agent)
        made.withLock { $0 = gateway }
        isMade.signal()
    }

    /// Waits until it is made.
    var gateway: EgressGateway {
        isMade.wait()
        isMade.signal()
        return made.withLock { $0! }
    }

    /// Whether it belongs to a sandbox.
    var hasBegun: Bool { begun.withLock { $0 } }

    func begin(_ process: Int32) throws {
        begun.withLock { $0 = true }
        try agent.begin(process)
    }

    /// Returns when the sandbox's network is there.
    func finish() throws { try gateway.start() }
}
