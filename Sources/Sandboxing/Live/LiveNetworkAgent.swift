internal import Glibc
internal import LinuxKernel

/// The program that makes sockets in the sandbox's network, started for the service: which may not
/// enter that network itself where it is an ordinary user.
extension LiveSupervisor {
    /// - Returns: the channel to it; it ends with the last copy of this.
    func startNetworkAgent() throws(LiveFailure) -> OwnedDescriptor {
        reapNetworkAgents()
        do throws(SystemError) {
            let channel = try NetworkAgentProgram.channel()
            try NetworkAgentProgram.join(
                sandbox.processIdentifier, channel: channel.first.raw)
            networkAgents.append(
                try NetworkAgentProgram.start(
                    SandboxHost.networkAgentPath(), channel: channel.second.raw))
            return channel.first
        } catch { throw LiveFailure(error) }
    }

    /// Agents whose service is gone have ended.
    func reapNetworkAgents() {
        networkAgents.removeAll { process in
            var status: CInt = 0
            return waitpid(process, &status, WNOHANG) != 0
        }
    }
}
