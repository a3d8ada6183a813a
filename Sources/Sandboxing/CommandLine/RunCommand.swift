internal import Glibc
internal import JSONText
internal import LinuxKernel
package import RunModel

/// What a run has besides a command, where the full tool performs it.
package protocol RunAddition {
    /// Puts a worktree in place.
    func prepare(_ request: inout SandboxRequest) throws(SandboxError)
    /// Whether the namespaces may be made while the request is prepared: nothing that it waits for
    /// takes long, and nothing of it needs a network.
    var startsEarly: Bool { get }
    /// The way out of the sandbox's network, for names that are allowed.
    var attachment: (any NetworkAttachment)? { get }
    /// Puts something else in the place of what this host cannot do. Nothing was run.
    ///
    /// - Returns: whether it did, so that another try is worth it.
    /// - Throws: why that must not be.
    func fallBack(
        from error: SandboxError, _ request: inout SandboxRequest
    ) throws(SandboxError) -> Bool
    /// Takes what the run left, and completes its report.
    func finish(
        _ result: borrowing SandboxResult, report: inout RunReport
    ) throws(SandboxError)
}

extension RunAddition {
    package var startsEarly: Bool { false }

    package func fallBack(
        from error: SandboxError, _ request: inout SandboxRequest
    ) throws(SandboxError) -> Bool { false }
}

/// `drydock run`: the same for the front and for the full tool.
package struct RunCommand {
    private let options: RunOptions
    private let environment: VariableList
    private let addition: (any RunAddition)?

    package init(
        options: RunOptions, environment: VariableList, addition: (any RunAddition)? = nil
    ) {
        self.options = options
        self.environment = environment
        self.addition = addition
    }

    /// Returns the exit status of the contract.
    ///
    /// - Parameter handOver: becomes the full tool, where a profile turns out to need it.
    package func run(handOver: (() -> Int32)? = nil) throws(SandboxError) -> Int32 {
        let early: EarlyNamespaces?
        if options.explains || addition?.startsEarly == false {
            early = nil
        } else {
            early = try EarlyNamespaces.begin(network: options.network)
        }
        let profile = try CompiledProfileStore(environment: environment).load(options.profile)
        var request = try makeRequest(profile)
        if case .allow = request.network, let handOver {
            // Ends the namespaces that were begun: the full tool makes its own.
            _ = consume early
            return handOver()
        }
        try addition?.prepare(&request)
        if options.explains { return try explain(request) }
        let reportFile = try openReport()
        do throws(SandboxError) {
            let host = try SandboxHost(
                initPath: SandboxHost.defaultInitPath(), environment: environment)
            let report = try run(request, on: host, early)
            try Self.write(report, to: reportFile)
            return report.exitStatus
        } catch {
            try Self.write(RunReport.setupFailed(request, error), to: reportFile)
            throw error
        }
    }

    private func explain(_ request: SandboxRequest) throws(SandboxError) -> Int32 {
        var facts = HostFacts.gather(environment: environment)
        facts = facts.withRootTree(
            for: request, keptIn: SandboxHost.runtimeDirectory(facts, environment))
        let text = try SandboxPlanner.explain(request, on: facts).explanation
        StandardStreams.write(Array(text.utf8)[...], to: 1)
        return 0
    }

    private func makeRequest(_ profile: CompiledProfile) throws(SandboxError) -> SandboxRequest {
        var request = SandboxRequest(command: options.command, profile: profile)
        request.limits.override(with: options.limits)
        if let network = options.network { request.network = network }
        request.network = try recorded(request.network)
        // Where there is an addition, it finds images.
        if options.image != "host", addition == nil {
            guard let path = FileKind.canonicalPath(options.image) else {
                throw SandboxError(
                    .request, "the image \(options.image) does not exist",
                    remedy: "give 'host' or a directory")
            }
            request.root = .directory(path)
        }
        for bind in options.binds {
            guard let source = FileKind.canonicalPath(bind.source) else {
                throw SandboxError(
                    .request, "the bind source \(bind.source) does not exist",
                    remedy: "make it first, or correct the path")
            }
            let target = bind.target == bind.source ? source : bind.target
            request.binds.append(
                BindSpecification(source: source, target: target, isWritable: bind.isWritable))
        }
        for name in profile.settings.passedEnvironment {
            if let value = environment[name] { request.environment[name] = value }
        }
        for variable in options.environment {
            request.environment[variable.name] = variable.value ?? environment[variable.name]
        }
        if options.wantsTerminal { request.terminal = HostTerminal.size() }
        return request
    }

    /// `--net-record` and `--net-replay` are options of the allow list.
    private func recorded(_ network: NetworkMode) throws(SandboxError) -> NetworkMode {
        var entries: [String]
        switch network {
        case .none: entries = []
        case .allow(let hosts): entries = hosts
        case .host:
            guard options.networkRecordPath == nil, options.networkReplayPath == nil else {
                throw SandboxError(
                    .request, "the host's network cannot be recorded or replayed",
                    remedy: "use --net allow=HOST,...")
            }
            return network
        }
        if let path = options.networkRecordPath {
            guard !entries.isEmpty else {
                throw SandboxError(
                    .request, "--net-record has nothing to record: no name is allowed",
                    remedy: "add --net allow=HOST,...")
            }
            entries.append("@record=" + FileKind.absolutePath(path))
        }
        if let path = options.networkReplayPath {
            entries.append("@replay=" + FileKind.absolutePath(path))
        }
        do throws(EgressRuleError) { _ = try EgressPolicy(entries: entries) } catch {
            throw SandboxError(.request, "\(error)", remedy: "name another folder")
        }
        return entries.isEmpty ? .none : .allow(entries)
    }

    private func run(
        _ request: SandboxRequest, on host: SandboxHost, _ early: consuming EarlyNamespaces?
    ) throws(SandboxError) -> RunReport {
        var request = request
        let inputFile = try openInput()
        switch inputFile {
        case .some(let file): request.standardInput = .descriptor(file.raw)
        case .none:
            if options.standardInput == "-" || options.wantsTerminal {
                request.standardInput = .descriptor(0)
            }
        }
        let neutralises = [isatty(1) == 1, isatty(2) == 1]
        let isRaw = options.wantsTerminal
        func show(_ stream: OutputStream, _ bytes: ArraySlice<UInt8>) {
            let index = stream == .standardOutput ? 0 : 1
            let shown =
                neutralises[index] && !isRaw ? StandardStreams.neutralised(bytes) : bytes
            StandardStreams.write(shown, to: Int32(index + 1))
        }
        let terminal = options.wantsTerminal ? HostTerminal() : nil
        defer { terminal?.restore() }
        let result: SandboxResult
        do throws(SandboxError) {
            result = try perform(request, on: host, early, show)
        } catch {
            guard let addition, try addition.fallBack(from: error, &request) else { throw error }
            result = try perform(request, on: host, nil, show)
        }
        show(.standardOutput, result.standardOutputEnd[...])
        show(.standardError, result.standardErrorEnd[...])
        var report = result.report
        try addition?.finish(result, report: &report)
        return report
    }

    private func perform(
        _ request: SandboxRequest, on host: SandboxHost, _ early: consuming EarlyNamespaces?,
        _ show: @escaping (OutputStream, ArraySlice<UInt8>) -> Void
    ) throws(SandboxError) -> SandboxResult {
        let running = try Sandbox.start(
            request, on: host, attachment: addition?.attachment, early: early)
        let signals = StopSignals(control: running.control)
        defer { signals.stop() }
        return try running.wait(onOutput: show)
    }

    private func openInput() throws(SandboxError) -> OwnedDescriptor? {
        guard let path = options.standardInput, path != "-" else { return nil }
        let file: OwnedDescriptor
        do throws(SystemError) { file = try OwnedDescriptor.open(path) } catch {
            throw SandboxError(
                .request, error.description, remedy: "give --stdin a readable file, or -")
        }
        guard FileKind.of(descriptor: file.raw) != .directory else {
            throw SandboxError(
                .request, "\(path) is a directory", remedy: "give --stdin a readable file, or -")
        }
        return file
    }

    private func openReport() throws(SandboxError) -> ResultFile? {
        guard let path = options.reportPath else { return nil }
        do throws(SystemError) { return try ResultFile(at: path) } catch {
            throw SandboxError(
                .request, "the report could not be written to \(path): \(error)",
                remedy:
                    "give --report a file, and no link, in a directory that can be written to")
        }
    }

    private static func write(
        _ report: RunReport, to file: borrowing ResultFile?
    ) throws(SandboxError) {
        switch file {
        case .none: return
        case .some(let file):
            do {
                let text = try JSONTextEncoder.encode(report, layout: .indented) + "\n"
                try file.replace(with: Array(text.utf8))
            } catch {
                throw SandboxError(
                    .request, "the report could not be written: \(error)",
                    remedy: "see that there is room where --report leads to")
            }
        }
    }
}
