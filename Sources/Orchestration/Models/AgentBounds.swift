package import PolicyFiles
package import Repair
package import RunModel

extension AgentSection {
    /// The operator's bounds in place of the defaults.
    ///
    /// - Throws: for a credential that no host is named for.
    package func apply(to agent: inout ExternalAgent) throws(PortError) {
        if let hosts { agent.hosts = hosts }
        if let wall { agent.wallMilliseconds = wall.milliseconds }
        if let turns { agent.turns = Int(clamping: turns) }
        agent.costUSD = costUSD ?? agent.costUSD
        agent.environment.merge(environment ?? [:]) { $1 }
        if let credential {
            guard !agent.hosts.isEmpty else {
                throw PortError(
                    operation: "calling", subject: agent.name,
                    reason: "its credential `\(credential)` has no host to go to",
                    remedy: "Name its provider: agents: {\(agent.kind.rawValue): {hosts: [HOST], "
                        + "credential: \(credential)}}")
            }
            agent.credential = credential
        }
    }
}
