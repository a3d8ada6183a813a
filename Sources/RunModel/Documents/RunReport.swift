/// How a run ended, as `outcome` in `drydock.run/v1`.
package enum RunOutcome: String, Codable, Sendable, CaseIterable {
    case exited
    case signaled
    case timedOut = "timed_out"
    case cpuLimit = "cpu_limit"
    case outOfMemory = "out_of_memory"
    case processLimit = "process_limit"
    case diskLimit = "disk_limit"
    case outputLimit = "output_limit"
    case killedByPolicy = "killed_by_policy"
    case setupFailed = "setup_failed"
    case cancelled
}

/// Everything that is known of one run: the document `drydock.run/v1`.
///
/// What could not be measured is `nil`, never 0.
package struct RunReport: Codable, Sendable, Equatable {
    package var schema = "drydock.run/v1"
    package var command: [String]
    package var outcome: RunOutcome
    package var exitCode: Int32?
    package var signal: Int32?
    /// Names of the limits that were touched, whether or not they ended the run.
    package var limitsHit: [String] = []
    /// RFC 3339, UTC.
    package var startedAt: String
    package var setupMilliseconds: Double?
    package var wallMilliseconds: Double?
    package var usage = ResourceUsage()
    package var limits: ResourceLimits
    package var isolation: IsolationReport
    package var stdout = StreamReport()
    package var stderr = StreamReport()
    package var denials: [Denial] = []
    /// What `--trace-files` looked at; `nil` without it.
    package var fileTrace: FileTraceReport?
    package var connections: [ConnectionRecord] = []
    package var changes: ChangeLists?
    /// The git tree that the run left, in hexadecimal.
    package var tree: String?
    /// The session that the worktree was kept as.
    package var session: String?
    /// What went wrong in Drydock itself, when `outcome` is `setup_failed`.
    package var error: String?

    package init(
        command: [String], outcome: RunOutcome, startedAt: String, limits: ResourceLimits,
        isolation: IsolationReport
    ) {
        self.command = command
        self.outcome = outcome
        self.startedAt = startedAt
        self.limits = limits
        self.isolation = isolation
    }

    package enum CodingKeys: String, CodingKey {
        case schema, command, outcome
        case exitCode = "exit_code"
        case signal
        case limitsHit = "limits_hit"
        case startedAt = "started_at"
        case setupMilliseconds = "setup_ms"
        case wallMilliseconds = "wall_ms"
        case usage, limits, isolation, stdout, stderr, denials
        case fileTrace = "file_trace"
        case connections, changes, tree, session, error
    }
}

/// What a run used. Everything that the kernel did not tell is `nil`.
package struct ResourceUsage: Codable, Sendable, Equatable {
    package var cpuUserMilliseconds: Double?
    package var cpuSystemMilliseconds: Double?
    package var memoryPeakBytes: UInt64?
    package var processesPeak: UInt64?
    package var ioReadBytes: UInt64?
    package var ioWriteBytes: UInt64?

    package init() {}

    package enum CodingKeys: String, CodingKey {
        case cpuUserMilliseconds = "cpu_user_ms"
        case cpuSystemMilliseconds = "cpu_system_ms"
        case memoryPeakBytes = "memory_peak_bytes"
        case processesPeak = "processes_peak"
        case ioReadBytes = "io_read_bytes"
        case ioWriteBytes = "io_write_bytes"
    }
}

/// The isolation that was really in force, not the one that was asked for.
package struct IsolationReport: Codable, Sendable, Equatable {
    /// `user`, `pid`, `mount`, `network`, `ipc`, `uts`, `cgroup`, `time`.
    package var namespaces: [String] = []
    /// The seccomp profile's name and digest, or `nil` when no filter was installed.
    package var seccomp: String?
    package var landlockABI: Int?
    /// `v1`, `v2`, `hybrid`, or `nil`.
    package var cgroup: String?
    /// Host user id that the command ran as, as text, and how it was mapped.
    package var user: String?
    package var network: String
    /// Fences that are weaker than the profile's default, each permitted by name.
    package var degraded: [String] = []

    package init(network: String) { self.network = network }

    package enum CodingKeys: String, CodingKey {
        case namespaces, seccomp
        case landlockABI = "landlock_abi"
        case cgroup, user, network, degraded
    }
}

/// One captured stream.
package struct StreamReport: Codable, Sendable, Equatable {
    /// Bytes that the program wrote, also those that were not kept.
    package var bytes: UInt64 = 0
    package var truncated = false

    package init(bytes: UInt64 = 0, truncated: Bool = false) {
        self.bytes = bytes
        self.truncated = truncated
    }
}

/// One operation that a layer refused.
package struct Denial: Codable, Sendable, Equatable {
    /// `seccomp`, `landlock`, `mount`, `network`, `cgroup`.
    package var layer: String
    /// The system call or operation, such as `ptrace`.
    package var operation: String
    /// Arguments in readable form.
    package var detail: String
    /// Which rule of which profile refused it.
    package var rule: String
    /// What is allowed instead, or how to permit it.
    package var hint: String
    package var count: Int
    /// As seen from the host; `nil` where it is not known.
    package var pid: Int32?
    /// The process's `comm`.
    package var process: String?

    package init(
        layer: String, operation: String, detail: String, rule: String, hint: String,
        count: Int = 1,
        pid: Int32? = nil, process: String? = nil
    ) {
        self.layer = layer
        self.operation = operation
        self.detail = detail
        self.rule = rule
        self.hint = hint
        self.count = count
        self.pid = pid
        self.process = process
    }
}

/// How refusals that pass no filter were found.
package struct FileTraceReport: Codable, Sendable, Equatable {
    /// Calls that named a file and were looked at.
    package var calls: UInt64
    /// Whether Landlock's refusals are among the denials: `read`, or why they cannot be known.
    package var landlockAudit: String

    package init(calls: UInt64, landlockAudit: String) {
        self.calls = calls
        self.landlockAudit = landlockAudit
    }

    package enum CodingKeys: String, CodingKey {
        case calls
        case landlockAudit = "landlock_audit"
    }
}

/// One connection that was attempted through the egress gateway.
package struct ConnectionRecord: Codable, Sendable, Equatable {
    package var host: String
    package var address: String?
    package var port: Int
    /// `allowed` or `refused`.
    package var verdict: String
    package var rule: String
    package var bytesIn: UInt64
    package var bytesOut: UInt64
    package var durationMilliseconds: Double

    package init(
        host: String, address: String?, port: Int, verdict: String, rule: String,
        bytesIn: UInt64 = 0,
        bytesOut: UInt64 = 0, durationMilliseconds: Double = 0
    ) {
        self.host = host
        self.address = address
        self.port = port
        self.verdict = verdict
        self.rule = rule
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.durationMilliseconds = durationMilliseconds
    }

    package enum CodingKeys: String, CodingKey {
        case host, address, port, verdict, rule
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
        case durationMilliseconds = "duration_ms"
    }
}
