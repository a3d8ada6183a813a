internal import RunModel

/// Counts and shows every run in a sandbox, whichever part of the loop asked for it: a budget of
/// sandbox time holds for triage and verification as it does for fixers.
struct IncidentExecutor: CommandExecutor {
    let executor: any CommandExecutor
    let watch: HealWatch

    func run(_ request: CommandRequest) async throws -> CommandResult {
        let started = ContinuousClock.now
        let meter = SandboxMeter.current
        let result =
            if let meter { try await meter.run(request, executor) } else {
                try await executor.run(request)
            }
        await watch.sandbox(
            meter?.incident,
            HealWatch.SandboxRun(
                role: request.role, outcome: result.report.outcome.rawValue,
                wallMilliseconds: result.report.wallMilliseconds,
                totalMilliseconds: (ContinuousClock.now - started) / .milliseconds(1)))
        return result
    }
}
