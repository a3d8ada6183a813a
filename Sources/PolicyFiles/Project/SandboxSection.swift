package import RunModel

/// What a repository asks of the sandbox. It may only ask for what the operator allows.
package struct SandboxSection: Decodable, Sendable, Equatable {
    /// A shipped profile's name, or a path. Default: `build`.
    package var profile: String?
    /// Default: `host`.
    package var image: String?
    /// Default: `none`.
    package var network: NetworkRule?
    package var limits: LimitsSection?
    /// Extra binds, `SRC[:DST][:ro|rw]`.
    package var binds: [String]?
    /// Files with secrets that the run may read, by name. Default: none.
    package var secrets: [String]?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case profile, image, network, limits, binds, secrets
    }
}

/// Limits as a file writes them; what is absent keeps the value below it.
package struct LimitsSection: Decodable, Sendable, Equatable {
    package var memory: ByteSize?
    package var processes: UInt64?
    package var cpus: Double?
    package var wall: TimeSpan?
    package var cpuTime: TimeSpan?
    package var disk: ByteSize?
    package var files: UInt64?
    package var output: ByteSize?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case memory, processes, cpus, wall
        case cpuTime = "cpu_time"
        case disk, files, output
    }

    /// `limits` with the values of this section in their place.
    package func applied(to limits: ResourceLimits) -> ResourceLimits {
        var result = limits
        result.memoryBytes = memory?.bytes ?? limits.memoryBytes
        result.processes = processes ?? limits.processes
        result.cpus = cpus ?? limits.cpus
        result.wallMilliseconds = wall?.milliseconds ?? limits.wallMilliseconds
        result.cpuTimeMilliseconds = cpuTime?.milliseconds ?? limits.cpuTimeMilliseconds
        result.diskBytes = disk?.bytes ?? limits.diskBytes
        result.diskFiles = files ?? limits.diskFiles
        result.outputBytes = output?.bytes ?? limits.outputBytes
        return result
    }
}

/// The healing loop's settings.
package struct HealSection: Decodable, Sendable, Equatable {
    package struct Budget: Decodable, Sendable, Equatable {
        package var tokens: UInt64?
        package var costUSD: Double?
        package var wall: TimeSpan?
        package var modelCalls: UInt64?
        package var sandboxTime: TimeSpan?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case tokens
            case costUSD = "cost_usd"
            case wall
            case modelCalls = "model_calls"
            case sandboxTime = "sandbox_time"
        }
    }

    /// How long a phase may take at most.
    package struct Phases: Decodable, Sendable, Equatable {
        /// Default: 60 % of the wall time.
        package var triage: TimeSpan?
        /// Of each fixer. Default: 70 % of the wall time.
        package var propose: TimeSpan?
        /// Default: 5m.
        package var gate: TimeSpan?
        /// Default: 10m.
        package var review: TimeSpan?
        /// Default: 80 % of the wall time.
        package var verify: TimeSpan?
        /// Default: 5m.
        package var publish: TimeSpan?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case triage, propose, gate, review, verify, publish
        }
    }

    /// Names from the catalogue of fixers, in the order in which they are tried.
    package var fixers: [String]?
    /// Globs of tests whose failures no agent may touch.
    package var never: [String]?
    /// Default: 3.
    package var attempts: UInt64?
    package var budget: Budget?
    package var phases: Phases?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case fixers, never, attempts, budget, phases
    }
}
