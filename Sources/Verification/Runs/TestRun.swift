package import RunModel

/// One execution of the test command, with everything it said through its channels.
package struct TestRun: Sendable {
    package var evidence: EvidenceRun
    package var outcomes: OutcomeMap
    package var channels: ChannelReading
    package var report: RunReport
    /// The end of standard output and error, for whoever has to explain the run.
    package var consoleTail: String

    /// Tests as they count: when the command told of none at all, the command is the only test.
    package var judged: OutcomeMap {
        guard outcomes.isEmpty else { return outcomes }
        let status: TestStatus =
            report.outcome == .exited && report.exitCode == 0 ? .passed : .failed
        return OutcomeMap([TestResult(id: Self.wholeCommand, status: status)])
    }

    /// The id that stands for the whole command where there is no list of tests.
    package static let wholeCommand = "(command)"

    /// Whether the command itself was kept from finishing: such a run says nothing about tests.
    package var wasCutShort: Bool {
        switch report.outcome {
        case .exited, .signaled: false
        case .timedOut, .cpuLimit, .outOfMemory, .processLimit, .diskLimit, .outputLimit,
            .killedByPolicy, .setupFailed, .cancelled:
            true
        }
    }
}

/// Runs the test command in fresh sandboxes.
package struct SuiteRunner: Sendable {
    package let command: TestCommand
    let executor: any CommandExecutor
    private let sink: (any EventSink)?

    package init(
        command: TestCommand, executor: any CommandExecutor, sink: (any EventSink)? = nil
    ) {
        self.command = command
        self.executor = executor
        self.sink = sink
    }

    /// - Parameters:
    ///   - tests: ids to run, in this order; `nil`, or a runner that cannot select: all.
    ///   - overlays: files laid over the tree for this run only.
    /// - Throws: `PortError` when the sandbox could not be had.
    package func run(
        tree: String, role: String, tests: [String]? = nil, overlays: [OverlayFile] = [],
        variation: RunVariation = .variation(0)
    ) async throws -> TestRun {
        let order = tests.map(variation.shuffled)
        let text = order.flatMap(command.shellText(selecting:)) ?? command.run
        var request = CommandRequest(
            tree: tree, arguments: ["/bin/sh", "-c", text], limits: command.limits, role: role)
        request.environment = command.environment.merging(variation.environment) { $1 }
        request.workingDirectory = command.workingDirectory
        request.network = variation.network ?? command.network
        request.layers = command.layers
        request.overlays = overlays
        if let cpus = variation.cpus { request.limits.cpus = cpus }
        let result = try await executor.run(request)
        return Self.reading(result, command: command, tree: tree, role: role)
    }

    private static func reading(
        _ result: CommandResult, command: TestCommand, tree: String, role: String
    ) -> TestRun {
        let channels = ChannelReading(result, command: command)
        let outcomes = OutcomeMap(channels.results)
        let evidence = EvidenceRun(
            role: role, tree: tree, outcome: result.report.outcome,
            exitCode: result.report.exitCode, passed: outcomes.passing.count,
            failed: outcomes.failing.count, skipped: outcomes.count { $0 == .skipped },
            wallMilliseconds: result.report.wallMilliseconds ?? 0)
        let console = result.standardOutput.suffix(8_000) + result.standardError.suffix(8_000)
        return TestRun(
            evidence: evidence, outcomes: outcomes, channels: channels, report: result.report,
            consoleTail: String(decoding: console, as: UTF8.self))
    }
}
