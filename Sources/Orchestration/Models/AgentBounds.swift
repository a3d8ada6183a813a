package import PolicyFiles
package import Repair

extension AgentSection {
    /// The operator's bounds in place of the defaults.
    package func apply(to agent: inout ExternalAgent) {
        if let hosts { agent.hosts = hosts }
        if let wall { agent.wallMilliseconds = wall.milliseconds }
        if let turns { agent.turns = Int(clamping: turns) }
        agent.costUSD = costUSD ?? agent.costUSD
        agent.environment.merge(environment ?? [:]) { $1 }
    }
}
