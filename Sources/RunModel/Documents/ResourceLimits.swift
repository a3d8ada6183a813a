/// Limits of one run; `nil` is "not limited by Drydock".
package struct ResourceLimits: Codable, Sendable, Equatable {
    package var memoryBytes: UInt64?
    package var processes: UInt64?
    /// Processors' worth of time, such as 1.5.
    package var cpus: Double?
    package var wallMilliseconds: UInt64?
    package var cpuTimeMilliseconds: UInt64?
    /// What the run may write to its worktree and its temporary directories.
    package var diskBytes: UInt64?
    package var diskFiles: UInt64?
    /// Bytes kept of standard output and of standard error, each.
    package var outputBytes: UInt64?

    package init() {}

    /// The defaults of the contract: `sandbox.limits` in an absent `drydock.yaml`.
    package static var standard: ResourceLimits {
        var limits = ResourceLimits()
        limits.memoryBytes = 2 << 30
        limits.processes = 512
        limits.cpus = 2
        limits.wallMilliseconds = 600_000
        limits.diskBytes = 4 << 30
        limits.diskFiles = 1_000_000
        limits.outputBytes = 8 << 20
        return limits
    }

    /// Takes over what `other` sets.
    package mutating func override(with other: ResourceLimits) {
        memoryBytes = other.memoryBytes ?? memoryBytes
        processes = other.processes ?? processes
        cpus = other.cpus ?? cpus
        wallMilliseconds = other.wallMilliseconds ?? wallMilliseconds
        cpuTimeMilliseconds = other.cpuTimeMilliseconds ?? cpuTimeMilliseconds
        diskBytes = other.diskBytes ?? diskBytes
        diskFiles = other.diskFiles ?? diskFiles
        outputBytes = other.outputBytes ?? outputBytes
    }

    package enum CodingKeys: String, CodingKey {
        case memoryBytes = "memory_bytes"
        case processes, cpus
        case wallMilliseconds = "wall_ms"
        case cpuTimeMilliseconds = "cpu_time_ms"
        case diskBytes = "disk_bytes"
        case diskFiles = "disk_files"
        case outputBytes = "output_bytes"
    }
}
