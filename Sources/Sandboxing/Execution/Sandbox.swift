internal import Glibc
internal import LinuxKernel
internal import RunModel

/// Runs commands in sandboxes.
///
/// ```swift
/// let host = try SandboxHost(initPath: SandboxHost.defaultInitPath(), environment: environment)
/// let request = SandboxRequest(command: ["make", "test"], profile: profile)
/// let result = try Sandbox.run(request, on: host)
/// ```
package enum Sandbox {
    /// Starts a command and waits for its end, on the calling thread.
    ///
    /// - Parameter onOutput: receives output as it comes, until the limit of what is kept.
    /// - Throws: `SandboxError` when nothing was run. How a command ends is never an error.
    package static func run(
        _ request: SandboxRequest, on host: SandboxHost,
        onOutput: ((OutputStream, ArraySlice<UInt8>) -> Void)? = nil
    ) throws(SandboxError) -> SandboxResult {
        let running = try start(request, on: host)
        return try running.wait(onOutput: onOutput)
    }

    /// Starts a command. Dropping the value kills the sandbox.
    ///
    /// - Parameters:
    ///   - attachment: the way out of its network. Needed for names (`.allow`).
    ///   - early: namespaces that were begun before the request was known; used where they fit it.
    ///   - failingCall: test hook, see `plan_header.fail_at`; 0 is never.
    package static func start(
        _ request: SandboxRequest, on host: SandboxHost,
        attachment: (any NetworkAttachment)? = nil,
        early: consuming EarlyNamespaces? = nil, failingCall: Int = 0
    ) throws(SandboxError) -> RunningSandbox {
        let startedAt = Clock.milliseconds
        if case .allow = request.network, attachment == nil {
            throw SandboxError(
                .request, "--net allow=HOST needs the egress gateway, which is not running",
                remedy: "use --net none, or run it with drydock-tool installed")
        }
        let launcher = SandboxLauncher(host: host, failingCall: failingCall)
        let begun: BegunSandbox
        do throws(SystemError) {
            begun = try launcher.begin(try begin(request, host, attachment, early))
        } catch {
            throw SandboxError(error, remedy: Remedies.remedy(for: error))
        }
        let plan = try SandboxPlanner.plan(request, on: host.facts(for: request))
        do throws(SystemError) {
            return try launch(request, plan, launcher, startedAt, attachment, begun)
        } catch {
            throw SandboxError(error, remedy: Remedies.remedy(for: error))
        }
    }

    /// The same up to the command, which comes later; see `PreparedSandbox`.
    static func startPaused(
        _ template: SandboxRequest, on host: SandboxHost, facts: HostFacts
    ) throws(SandboxError) -> RunningSandbox {
        let plan = try SandboxPlanner.plan(template, on: facts, pauses: true)
        do throws(SystemError) {
            let launcher = SandboxLauncher(host: host)
            let begun = try launcher.begin(try begin(template, host, nil, nil))
            return try launch(template, plan, launcher, Clock.milliseconds, nil, begun)
        } catch {
            throw SandboxError(error, remedy: Remedies.remedy(for: error))
        }
    }

    /// Namespaces first, so that making them, attaching a network and planning go on side by side;
    /// not where a process is born into its group.
    private static func begin(
        _ request: SandboxRequest, _ host: SandboxHost, _ attachment: (any NetworkAttachment)?,
        _ early: consuming EarlyNamespaces?
    ) throws(SystemError) -> EarlyNamespaces? {
        guard !host.facts.cgroups.usesV2 else { return nil }
        let namespaces = SandboxPlanner.namespaces(network: request.network)
        if let attachment {
            let whole = try EarlyNamespaces(namespaces, isWhole: true)
            try attachment.beginStart(whole.process.processIdentifier)
            return whole
        }
        if let early = early.take(), early.namespaces == namespaces { return early }
        return try EarlyNamespaces(namespaces)
    }

    private static func launch(
        _ request: SandboxRequest, _ plan: SandboxPlan, _ launcher: SandboxLauncher,
        _ startedAt: Double, _ attachment: (any NetworkAttachment)?,
        _ begun: consuming BegunSandbox
    ) throws(SystemError) -> RunningSandbox {
        let control = try SandboxControl()
        let output = try OwnedDescriptor.pipe()
        let errors = try OwnedDescriptor.pipe()
        try output.first.makeNonblocking()
        try errors.first.makeNonblocking()
        var inputSink: OwnedDescriptor?
        let input: OwnedDescriptor
        if request.standardInput == .empty || request.terminal != nil {
            input = try OwnedDescriptor.open("/dev/null", flags: O_RDWR)
        } else {
            let pipe = try OwnedDescriptor.pipe()
            try pipe.second.makeNonblocking()
            input = pipe.first
            let sink = pipe.second
            inputSink = consume sink
        }
        let launched = try launcher.launch(
            plan, begun, input: input, output: output.second, errors: errors.second,
            attachment: attachment)
        let identity = launched.identity
        return RunningSandbox(
            process: launched.process, output: output.first, errors: errors.first,
            input: InputPump(request.standardInput, to: inputSink), scratch: launched.scratch,
            cgroup: launched.cgroup, finalFigures: nil, lease: launched.lease,
            record: RunRecord(
                request: request, plan: plan, identity: identity, startedAt: startedAt,
                timestamp: Clock.timestamp, cgroupKind: launcher.host.facts.cgroups.kind),
            control: control, retired: nil)
    }
}

/// What a report needs to know of a run besides its course.
struct RunRecord: Sendable {
    let request: SandboxRequest
    let plan: SandboxPlan
    let identity: IdentityPlan
    /// Monotonic milliseconds.
    let startedAt: Double
    let timestamp: String
    let cgroupKind: String?
}
