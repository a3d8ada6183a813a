/// What the operator says about one kind of external agent.
package struct AgentSection: Decodable, Sendable, Equatable {
    /// Hosts that it may reach, in place of its provider's.
    package var hosts: [String]?
    /// Time for one run. Default: 10m.
    package var wall: TimeSpan?
    /// Handed to agents that take such a limit.
    package var costUSD: Double?
    package var turns: UInt64?
    /// Variables of its sandbox. Never credentials: what runs there can read them.
    package var environment: [String: String]?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case hosts, wall
        case costUSD = "cost_usd"
        case turns, environment
    }
}
