internal import RunModel

/// A command-line agent of another maker, and how it is called.
package struct ExternalAgent: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case claudeCode = "claude-code"
        case codex, aider, acp, command
    }

    package var kind: Kind
    /// As in `--fixer`, for the report.
    package var name: String
    /// What is put into the sandbox: the program itself for `acp:PATH` and `command:PATH`.
    package var program: [UInt8]?
    /// The client that speaks ACP for us, a static program.
    package var client: [UInt8]?
    /// Hosts that it may reach: its provider and nothing else.
    package var hosts: [String]
    package var wallMilliseconds: UInt64
    package var costUSD: Double?
    package var turns: Int
    /// Variables of its own, never a credential.
    package var environment: [String: String]
    /// Names the operator's credential that the egress gateway puts into its requests; the sandbox
    /// sees a placeholder.
    package var credential: String?

    /// - Parameter name: `claude-code`, `codex`, `aider`, `acp:PATH` or `command:PATH`.
    /// - Returns: `nil` when it names no external agent.
    package init?(name: String, program: [UInt8]? = nil, client: [UInt8]? = nil) {
        let prefix = String(name.prefix { $0 != ":" })
        guard let kind = Kind(rawValue: prefix) else { return nil }
        let hasPath = kind == .acp || kind == .command
        guard hasPath == name.contains(":"), !hasPath || name.utf8.count > prefix.utf8.count + 1
        else { return nil }
        self.kind = kind
        self.name = name
        self.program = program
        self.client = client
        hosts =
            switch kind {
            case .claudeCode: ["api.anthropic.com"]
            case .codex: ["api.openai.com"]
            case .aider, .acp, .command: []
            }
        wallMilliseconds = 600_000
        turns = 40
        environment = [:]
    }

    package init(command path: String, program: [UInt8]) {
        (kind, name, self.program) = (.command, "command:\(path)", program)
        (hosts, wallMilliseconds, turns, environment) = ([], 600_000, 40, [:])
    }

    /// As `--net` writes it: its provider's hosts, with the credential put in at the edge.
    package var network: String {
        guard !hosts.isEmpty else { return "none" }
        let option = credential.map { ";credential=\($0)" } ?? ""
        return "allow="
            + hosts.map { host in
                // A block of addresses says where names may lead; what is asked is asked of a name.
                let isBlock = (try? EgressRule(entry: host))?.isAddressBlock == true
                return isBlock ? host : host + option
            }.joined(separator: ",")
    }

    /// Whether `--fixer NAME` names a program that must be read.
    package static func path(in name: String) -> String? {
        for prefix in ["acp:", "command:"] where name.hasPrefix(prefix) {
            return String(name.dropFirst(prefix.count))
        }
        return nil
    }

    /// The command line within the sandbox. The instruction is never part of it: it goes in by
    /// standard input, or by a file whose name is fixed.
    ///
    /// - Parameter files: what the failure points to, for agents that want them named.
    func arguments(files: [String]) -> [String] {
        switch kind {
        case .claudeCode:
            // --bare: hooks, plugins and CLAUDE.md of an untrusted repository are not for us.
            ["claude", "-p", "--bare", "--output-format", "json", "--max-turns", String(turns)]
                + (costUSD.map { ["--max-budget-usd", String($0)] } ?? [])
                + ["--permission-mode", "bypassPermissions"]
        case .codex:
            // Overrides come after `exec`; `-` reads the instruction from standard input. There is no
            // repository in the sandbox, without which it refuses to work otherwise.
            [
                "codex", "exec", "--json", "--skip-git-repo-check", "--sandbox", "workspace-write",
                "-c", "approval_policy=\"never\"", "-",
            ]
        case .aider:
            // Without a repository it would make one.
            [
                "aider", "--message-file", AgentFixer.instructionPath, "--yes-always", "--no-git",
                "--no-auto-commits", "--no-dirty-commits", "--no-stream",
            ] + files.filter { !$0.hasPrefix("-") }
        case .acp:
            [
                "./\(AgentFixer.directory)/agent-client",
                "\(AgentFixer.directory)/transcript.jsonl",
                "./\(AgentFixer.directory)/agent",
            ]
        case .command: ["./\(AgentFixer.directory)/agent"]
        }
    }
}
