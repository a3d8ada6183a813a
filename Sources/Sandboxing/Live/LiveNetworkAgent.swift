internal import Glibc
internal import LinuxKernel

/// The program that makes sockets in the sandbox's network, started for the service: which may not
/// enter that network itself where it is an ordinary user.
extension LiveSupervisor {
    /// - Returns: the channel to it; it ends with the last copy of this.
    func startNetworkAgent() throws(LiveFailure) -> OwnedDescriptor {
        reapNetworkAgents()
        var pair: [CInt] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            throw LiveFailure(
                SystemError(operation: "socketpair", subject: "", errorNumber: errno))
        }
        let channel = OwnedDescriptor(owning: pair[0])
        let others = OwnedDescriptor(owning: pair[1])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, others.raw, 3)
        let program = Self.agentPath
        var arguments: [UnsafeMutablePointer<CChar>?] = [
            strdup(program), strdup(String(sandbox.processIdentifier)), nil,
        ]
        defer { for argument in arguments { free(argument) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, nil, &arguments, &environment)
        guard code == 0 else {
            throw LiveFailure(
                SystemError(operation: "start", subject: program, errorNumber: code))
        }
        networkAgents.append(process)
        return channel
    }

    /// Agents whose service is gone have ended.
    func reapNetworkAgents() {
        networkAgents.removeAll { process in
            var status: CInt = 0
            return waitpid(process, &status, WNOHANG) != 0
        }
    }

    /// Beside pid 1's executable.
    private static var agentPath: String {
        let path = SandboxHost.defaultInitPath()
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return path[..<end] + "/network-agent"
    }
}
