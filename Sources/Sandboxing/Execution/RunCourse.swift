internal import LinuxKernel
internal import RunModel

/// How a run went so far.
struct RunCourse {
    var failure: SandboxError?
    /// Monotonic milliseconds.
    var runningAt: Double?
    var endedAt: Double?
    var userMilliseconds: Double?
    var systemMilliseconds: Double?
    var memoryPeakBytes: UInt64?
    var processesPeak: UInt64?
    var hasLookedAtRemains = false
    var isChannelClosed = false
    /// Whether pid 1 is reaped.
    var isGone = false
    var ending = RunEnding()
    var denials = DenialLog()
    var streams: [OutputCapture] = []

    /// - Parameter killedByWatch: processes that were killed for memory here, not by the kernel.
    mutating func note(
        _ figures: borrowing CgroupFinalFigures, killedByWatch kills: UInt64
    ) {
        ending.outOfMemoryKills = (figures.outOfMemoryKills ?? 0) + kills
        ending.refusedProcesses = figures.refusedProcesses ?? 0
        memoryPeakBytes = figures.memoryPeakBytes
        processesPeak = figures.processesPeak
    }
}

/// Puts a report together from what was asked, planned, and seen.
struct ReportBuilder {
    let record: RunRecord
    let course: RunCourse

    var report: RunReport {
        let request = record.request
        var ending = course.ending
        ending.limitsProcessorTime = request.limits.cpuTimeMilliseconds != nil
        let outcome = OutcomeRules(ending)
        let hasCgroup = record.plan.cgroupLimits != CgroupLimits()
        var report = RunReport(
            command: request.command, outcome: outcome.outcome, startedAt: record.timestamp,
            limits: request.limits, isolation: isolation(hasCgroup: hasCgroup))
        report.exitCode = outcome.exitCode
        report.signal = outcome.signal
        if case .cancelled(let signal) = course.ending.cause { report.signal = signal }
        report.limitsHit = outcome.limitsHit
        report.setupMilliseconds = course.runningAt.map { rounded($0 - record.startedAt) }
        if let start = course.runningAt, let end = course.endedAt {
            report.wallMilliseconds = rounded(end - start)
        }
        report.usage.cpuUserMilliseconds = course.userMilliseconds
        report.usage.cpuSystemMilliseconds = course.systemMilliseconds
        report.usage.memoryPeakBytes = course.memoryPeakBytes
        report.usage.processesPeak = course.processesPeak
        report.stdout = course.streams[0].report
        report.stderr = course.streams[1].report
        report.denials = course.denials.denials
        if outcome.outcome == .killedByPolicy { report.denials.append(killing) }
        return report
    }

    /// The one denial of which no notification tells: the filter ends the process itself, and the
    /// kernel keeps the call's number for its audit.
    private var killing: Denial {
        Denial(
            layer: "seccomp", operation: "SIGSYS",
            detail:
                "a system call of another architecture (int 0x80, x32), or one that the profile kills",
            rule: "seccomp:kill",
            hint: "Build the program for this machine's own architecture")
    }

    private func isolation(hasCgroup: Bool) -> IsolationReport {
        var isolation = IsolationReport(network: record.request.network.text)
        var namespaces = record.plan.namespaces
        for case .unshare(let more) in record.plan.steps { namespaces.formUnion(more) }
        isolation.namespaces = namespaces.names
        let profile = record.request.profile
        if !profile.filters.isEmpty {
            isolation.seccomp = profile.settings.seccomp + "@" + profile.digest
        }
        isolation.landlockABI = record.plan.landlockABI
        isolation.cgroup = hasCgroup ? record.cgroupKind : nil
        isolation.user =
            "\(record.identity.user) (inside \(SandboxPlanner.user), "
            + (record.identity.isPrivileged ? "own range)" : "rootless)")
        isolation.degraded = record.plan.degraded
        if record.request.network == .host {
            isolation.degraded.append("network: the host's, as asked for with --net host")
        }
        return isolation
    }

    /// To a microsecond: more digits would be noise.
    private func rounded(_ milliseconds: Double) -> Double {
        (milliseconds * 1000).rounded() / 1000
    }
}
