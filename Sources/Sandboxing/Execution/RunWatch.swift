internal import Glibc
internal import LinuxKernel
internal import RunModel

/// Looks after the limits that the kernel does not enforce by itself, as seldom as is safe.
struct RunWatch: ~Copyable {
    let limits: ResourceLimits
    /// Pid 1, which must stay to tell what happened.
    let spared: Int32
    private var victim: MemoryVictim?
    /// Processes that were killed for memory here, not by the kernel.
    private(set) var memoryKills: UInt64 = 0
    /// What the kernel had killed for memory when it was last seen to, and when that was.
    private var kernelKills: UInt64 = 0
    private var kernelKillAt = -RunWatch.recoveryMilliseconds

    /// Refused clones after which a run is ended: a program that copes has stopped by then. A bomb
    /// on a busy machine gets to a few dozen a second.
    static let refusedProcessesLimit: UInt64 = 256
    /// Output beyond this many times the kept amount is a flood that ends the run.
    static let floodFactor: UInt64 = 64
    /// What the kernel killed takes a while to give its memory back: killing another process
    /// meanwhile would punish one that has nothing to do with it.
    private static let recoveryMilliseconds = 250.0
    private static let longestPauseMilliseconds = 200.0
    private static let shortestPauseMilliseconds = 5.0
    /// No machine of today fills memory faster than that.
    private static let memoryBytesPerMillisecond = 8.0 * 1024 * 1024

    init(limits: ResourceLimits, sparing spared: Int32) {
        self.spared = spared
        self.limits = limits
    }

    /// Asked only where processor time is limited: glibc opens a file of /sys for it.
    private lazy var processors = Swift.min(
        limits.cpus ?? 4096, Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))))

    /// From the start of the command to the first look: nothing can have been used up before.
    var firstPauseMilliseconds: Double {
        var pause = Self.longestPauseMilliseconds
        if let memory = limits.memoryBytes {
            pause = Swift.min(pause, Double(memory) / Self.memoryBytesPerMillisecond)
        }
        if let time = limits.cpuTimeMilliseconds {
            pause = Swift.min(pause, Double(time) / 4096)
        }
        return Swift.max(Self.shortestPauseMilliseconds, pause)
    }

    struct Finding {
        var cause: RunEnding.Cause?
        var isScratchFull = false
        /// When to look again; `nil` when nothing needs looking at.
        var pauseMilliseconds: Double?
    }

    mutating func look(
        at cgroup: borrowing SandboxCgroup?, scratch: borrowing OwnedDescriptor?
    ) -> Finding {
        var finding = Finding()
        var scratchBytes: UInt64 = 0
        if let usage = FileSystemUsage(ofOptional: scratch) {
            scratchBytes = usage.usedBytes
            finding.isScratchFull = usage.isFull
            finding.pauseMilliseconds = Self.longestPauseMilliseconds
        }
        switch cgroup {
        case .none: break
        case .some(let cgroup):
            lookAtMemory(cgroup, scratchBytes, &finding)
            lookAtProcessorTime(cgroup, &finding)
            if cgroup.refusedProcesses ?? 0 > Self.refusedProcessesLimit {
                finding.cause = .processLimit
            }
        }
        return finding
    }

    /// Charged to the group are the command's memory, the scratch file system, and page cache that
    /// the kernel takes back by itself. Only the first counts against the memory limit. Beyond it,
    /// the largest process is killed, as the kernel does at the group's bound.
    private mutating func lookAtMemory(
        _ cgroup: borrowing SandboxCgroup, _ scratchBytes: UInt64, _ finding: inout Finding
    ) {
        guard let limit = limits.memoryBytes, let charged = cgroup.memoryBytes else { return }
        var used = charged > scratchBytes ? charged - scratchBytes : 0
        if used > limit {
            let cache = cgroup.reclaimableBytes ?? 0
            used -= min(used, cache)
        }
        let kills = cgroup.outOfMemoryKills ?? 0
        if kills != kernelKills {
            kernelKills = kills
            kernelKillAt = Clock.milliseconds
        }
        let isRecovering = Clock.milliseconds - kernelKillAt < Self.recoveryMilliseconds
        if used > limit && !isRecovering && !hasDyingVictim {
            victim = MemoryVictim.kill(in: cgroup, sparing: spared)
            memoryKills += 1
        }
        let headroom = Double(limit > used ? limit - used : 0)
        shorten(&finding, to: headroom / Self.memoryBytesPerMillisecond)
    }

    private var hasDyingVictim: Bool {
        switch victim {
        case .some(let victim): victim.isDying
        case .none: false
        }
    }

    private mutating func lookAtProcessorTime(
        _ cgroup: borrowing SandboxCgroup, _ finding: inout Finding
    ) {
        guard let limit = limits.cpuTimeMilliseconds, let used = cgroup.processorMicroseconds
        else { return }
        let left = Double(limit) - Double(used) / 1000
        if left <= 0 { finding.cause = .cpuLimit }
        // It cannot be used up before all processors have run that long.
        shorten(&finding, to: left / processors)
    }

    private func shorten(_ finding: inout Finding, to milliseconds: Double) {
        let pause = Swift.max(Self.shortestPauseMilliseconds, milliseconds)
        finding.pauseMilliseconds = Swift.min(
            finding.pauseMilliseconds ?? Self.longestPauseMilliseconds, pause)
    }
}
