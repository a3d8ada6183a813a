internal import Glibc
package import RunModel

/// Everything that tells how a run ended.
package struct RunEnding: Sendable, Equatable {
    /// As in `wait(2)`; `nil` when pid 1 was killed before it could say.
    package var waitStatus: Int32?
    /// Why the supervisor ended it, if it did.
    package var cause: Cause?
    package var outOfMemoryKills: UInt64 = 0
    package var refusedProcesses: UInt64 = 0
    package var filledScratch = false
    package var truncatedOutput = false
    /// Whether its processor time had a limit: without one SIGXCPU is a signal like any other.
    package var limitsProcessorTime = false

    package enum Cause: Sendable, Equatable {
        case wallLimit, cpuLimit, processLimit, outputLimit
        /// The signal that told Drydock to stop, or `SIGKILL` for the library's `kill()`.
        case cancelled(Int32)
    }

    package init() {}
}

/// The contract's outcomes, from how a run ended. Pure.
package struct OutcomeRules: Sendable, Equatable {
    package let outcome: RunOutcome
    package let exitCode: Int32?
    package let signal: Int32?
    package let limitsHit: [String]

    package init(_ ending: RunEnding) {
        let status = ending.waitStatus
        let endSignal = status.flatMap { $0 & 0x7f == 0 ? nil : $0 & 0x7f }
        signal = endSignal
        exitCode = status.flatMap { $0 & 0x7f == 0 ? ($0 >> 8) & 0xff : nil }
        outcome = Self.outcome(ending, endSignal)
        limitsHit = Self.limits(ending, outcome)
    }

    private static func outcome(_ ending: RunEnding, _ signal: Int32?) -> RunOutcome {
        switch ending.cause {
        case .wallLimit: return .timedOut
        case .cpuLimit: return .cpuLimit
        case .processLimit: return .processLimit
        case .outputLimit: return .outputLimit
        case .cancelled: return .cancelled
        case nil: break
        }
        guard ending.waitStatus != nil else {
            // Pid 1 itself was killed: by the kernel for memory, or by somebody on the host.
            return ending.outOfMemoryKills > 0 ? .outOfMemory : .cancelled
        }
        switch signal {
        case nil: return .exited
        case SIGKILL where ending.outOfMemoryKills > 0: return .outOfMemory
        case SIGSYS: return .killedByPolicy
        case SIGXFSZ: return .diskLimit
        case SIGXCPU where ending.limitsProcessorTime: return .cpuLimit
        default: return .signaled
        }
    }

    /// Names of the limits that were touched, whether or not they ended the run.
    private static func limits(_ ending: RunEnding, _ outcome: RunOutcome) -> [String] {
        var names: [String] = []
        if outcome == .cpuLimit { names.append("cpu_time") }
        if outcome == .diskLimit || ending.filledScratch { names.append("disk") }
        if outcome == .outOfMemory || ending.outOfMemoryKills > 0 { names.append("memory") }
        if outcome == .outputLimit || ending.truncatedOutput { names.append("output") }
        if outcome == .processLimit || ending.refusedProcesses > 0 { names.append("processes") }
        if outcome == .timedOut { names.append("wall") }
        return names
    }
}

extension RunReport {
    /// What `drydock run` exits with, as the contract says.
    package var exitStatus: Int32 {
        switch outcome {
        case .exited: exitCode ?? 125
        case .signaled: 128 + (signal ?? 0)
        case .timedOut: 124
        case .cpuLimit, .outOfMemory, .processLimit, .diskLimit, .outputLimit, .killedByPolicy: 137
        case .setupFailed: 125
        case .cancelled: 128 + (signal ?? SIGTERM)
        }
    }
}
