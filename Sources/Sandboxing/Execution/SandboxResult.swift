package import LinuxKernel
package import RunModel

/// What a run left.
package struct SandboxResult: ~Copyable, Sendable {
    package var report: RunReport
    /// Head and tail within the output limit.
    package var standardOutput: [UInt8]
    package var standardError: [UInt8]
    /// What was kept of each stream but not passed to `onOutput`: a marker where bytes were left
    /// out, and the tail.
    package let standardOutputEnd: [UInt8]
    package let standardErrorEnd: [UInt8]
    /// The scratch file system; it vanishes with this value. `nil` when it never came to be.
    private let scratch: OwnedDescriptor?
    /// The files that it opened, where the request asked for them.
    package let observation: FileObservation?
    private let uppers: [SandboxPlan.UpperDirectory]

    init(
        report: RunReport, output: OutputCapture, errors: OutputCapture,
        scratch: consuming OwnedDescriptor?, uppers: [SandboxPlan.UpperDirectory],
        observation: FileObservation? = nil
    ) {
        self.observation = observation
        self.report = report
        standardOutput = output.bytes
        standardError = errors.bytes
        standardOutputEnd = output.end
        standardErrorEnd = errors.end
        self.scratch = scratch
        self.uppers = uppers
    }

    /// The upper layer of an overlay with a temporary one, by its place in the request.
    ///
    /// Its content is the workload's: walk it with `openat2` beneath, and follow nothing.
    package borrowing func openUpper(_ index: Int) throws(SystemError) -> OwnedDescriptor {
        guard uppers.indices.contains(index) else {
            throw SystemError(
                operation: "open the upper layer", subject: "\(index)", errorNumber: 2)
        }
        return try openScratch(uppers[index].name)
    }

    /// Where overlayfs kept its notes on that upper layer.
    package borrowing func notes(ofUpper index: Int) -> OverlayNotes {
        uppers.indices.contains(index) ? uppers[index].notes : .user
    }

    /// What the run put into `$DRYDOCK_REPORTS`.
    package borrowing func openReports() throws(SystemError) -> OwnedDescriptor {
        try openScratch("reports")
    }

    private borrowing func openScratch(_ name: String) throws(SystemError) -> OwnedDescriptor {
        switch scratch {
        case .some(let scratch): return try OwnedDescriptor.openDirectory(name, in: scratch)
        case .none:
            throw SystemError(
                operation: "open the scratch file system", subject: name, errorNumber: 2)
        }
    }
}

extension RunReport {
    /// The report of a run that could not be started.
    package static func setupFailed(_ request: SandboxRequest, _ error: SandboxError) -> RunReport {
        var report = RunReport(
            command: request.command, outcome: .setupFailed, startedAt: Clock.timestamp,
            limits: request.limits, isolation: IsolationReport(network: request.network.text))
        report.error = error.description
        return report
    }
}
