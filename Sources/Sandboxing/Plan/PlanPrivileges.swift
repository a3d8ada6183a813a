internal import LinuxKernel
internal import RunModel

/// The steps that take away, and the command. Their order is law: see sandbox-init/privileges.c.
extension SandboxPlanner {
    mutating func planPrivileges() {
        planResourceLimits()
        if let terminal = request.terminal {
            add(.terminal(rows: terminal.rows, columns: terminal.columns))
        }
        planLandlock()
        add(.boundingSet(last: facts.lastCapability))
        add(.user(Self.user))
        add(.dropCapabilities)
        add(.noNewPrivileges)
        for (index, filter) in request.profile.filters.enumerated() {
            var program: [UInt8] = []
            program.reserveCapacity(filter.instructions.count * 8)
            for instruction in filter.instructions { instruction.append(to: &program) }
            add(
                .seccomp(
                    name: "\(settings.seccomp)/\(index + 1)", program: program,
                    notifies: filter.notifies))
        }
    }

    private mutating func planResourceLimits() {
        let limits = request.limits
        func same(_ kind: ResourceLimitKind, _ value: UInt64) -> SetupStep {
            .limit(kind, soft: value, hard: value)
        }
        add(same(.coreBytes, 0))
        add(same(.openFiles, min(facts.openFilesCeiling, 65536)))
        add(same(.messageQueueBytes, 0))
        add(same(.realtimePriority, 0))
        if let disk = limits.diskBytes {
            // A file that cannot fit ends its writer by SIGXFSZ: that is how a run ends as
            // `disk_limit`. Many small files end in ENOSPC, which a program may cope with.
            add(same(.fileBytes, disk))
        }
        if let milliseconds = limits.cpuTimeMilliseconds {
            // For one process, and a second above: the supervisor counts the run's time exactly.
            let seconds = (milliseconds + 999) / 1000 + (usesResourceLimitsOnly ? 0 : 1)
            add(.limit(.cpuSeconds, soft: seconds, hard: seconds + 1))
        }
        guard usesResourceLimitsOnly else { return }
        if let memory = limits.memoryBytes { add(same(.addressSpaceBytes, memory)) }
        if let processes = limits.processes { add(same(.processes, processes + 1)) }
    }

    private mutating func planLandlock() {
        guard settings.usesLandlock else { return }
        let abi = facts.landlockABI
        guard abi > 0 else {
            plan.degraded.append("landlock: not offered by this kernel")
            return
        }
        plan.landlockABI = abi
        let all = LandlockAccess.all(abi: abi)
        let write = LandlockAccess.read | LandlockAccess.writeFile | LandlockAccess.truncate
        add(.landlock(fileSystem: all, network: 0, scoped: LandlockAccess.scopes(abi: abi)))
        add(.landlockRule(path: "/", access: LandlockAccess.read & all))
        add(.landlockRule(path: "/dev", access: (write | LandlockAccess.deviceControl) & all))
        add(.landlockRule(path: "/proc", access: write & all))
        for path in writablePaths { add(.landlockRule(path: path, access: all)) }
        let tells = request.trace != nil && abi >= LandlockAudit.leastABI
        add(.landlockEnforce(tells: tells))
    }

    var writablePaths: [String] {
        var paths = [
            "/tmp", "/var/tmp", "/dev/shm", request.account.home,
            SandboxRequest.reportsDirectory,
        ]
        if hasEmptyWorkingDirectory { paths.append(workingDirectory) }
        return paths + request.overlays.map(\.mountPoint)
            + request.binds.filter(\.isWritable).map(\.target)
    }

    /// The last steps of a plan; without them it ends in `.pause`.
    static func commandSteps(_ request: SandboxRequest, on facts: HostFacts) -> [SetupStep] {
        if request.isLive { return [.serve] }
        let environment = SandboxEnvironment(request: request, facts: facts)
        var isAwaited = false
        if case .allow = request.network { isAwaited = true }
        return (isAwaited ? [.awaitNetwork] : []) + [
            .environment(environment.variables.map { "\($0.name)=\($0.value)" }),
            .command(
                arguments: request.command, searchPath: environment.searchPath, fileMask: 0o022),
        ]
    }
}

extension BPFInstruction {
    /// Appends `struct sock_filter`, little-endian as on all supported machines.
    func append(to bytes: inout [UInt8]) {
        bytes.append(UInt8(truncatingIfNeeded: code))
        bytes.append(UInt8(truncatingIfNeeded: code >> 8))
        bytes.append(jumpTrue)
        bytes.append(jumpFalse)
        for shift in [0, 8, 16, 24] as [UInt32] {
            bytes.append(UInt8(truncatingIfNeeded: operand >> shift))
        }
    }
}
