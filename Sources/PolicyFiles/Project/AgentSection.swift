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
    /// A name of `credentials:`. Its secret never enters the sandbox: the egress gateway puts it
    /// into requests to `hosts`.
    package var credential: String?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case hosts, wall
        case costUSD = "cost_usd"
        case turns, environment, credential
    }
}

/// What the operator says about external agents, by kind. Another kind is an error.
package struct AgentSections: Decodable, Sendable, Equatable {
    package var claudeCode: AgentSection?
    package var codex: AgentSection?
    package var aider: AgentSection?
    package var acp: AgentSection?
    package var command: AgentSection?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case claudeCode = "claude-code"
        case codex, aider, acp, command
    }

    /// By the name of the kind, as in `--fixer`.
    package subscript(kind: String) -> AgentSection? {
        switch CodingKeys(rawValue: kind) {
        case .claudeCode: claudeCode
        case .codex: codex
        case .aider: aider
        case .acp: acp
        case .command: command
        case nil: nil
        }
    }
}
