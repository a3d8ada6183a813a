package import PolicyFiles
package import RunModel
package import Verification

/// Proves a repair of a service: it is started again, several times, in fresh sandboxes; a canary
/// service fails as it must; and the project's tests are none the worse.
package struct ServiceVerifier: HealVerifier {
    private let services: [String: ServiceSection]
    private let project: TestCommand
    private let directory: String
    private let executor: any CommandExecutor
    private let gate: any HealGate
    private let repeats: Int
    private let attest: @Sendable (VerificationReport, String, String?) throws -> String?

    /// - Parameter attest: gets the report, the base tree and the policy's digest.
    package init(
        services: [String: ServiceSection], project: TestCommand, directory: String = "",
        executor: any CommandExecutor, gate: any HealGate, repeats: Int = 3,
        attest: @escaping @Sendable (VerificationReport, String, String?) throws -> String? = {
            _, _, _ in nil
        }
    ) {
        self.services = services
        self.project = project
        self.directory = directory
        self.executor = executor
        self.gate = gate
        self.repeats = max(1, repeats)
        self.attest = attest
    }

    package func verify(
        tree: String, tests: [String], request: HealRequest, triage: TriageReport
    ) async throws -> VerificationReport {
        var report = VerificationReport(verdict: .verified, reasons: [], tree: tree)
        let base = request.badTree
        let judged = try await gate.judge(base: base, head: tree, policyCommit: request.bad)
        if judged.verdict == .block {
            add(.gateBlocked, "the gate blocks the change", to: &report)
            return report
        }
        let wanted = tests.filter(HealthCommand.isHealth)
        let health = SuiteRunner(
            command: HealthCommand.command(for: services, beside: project, in: directory),
            executor: executor)
        let control = try await health.run(tree: base, role: "control")
        report.runs.append(control.evidence)
        let failing = Set(control.outcomes.failing)
        let named = wanted.isEmpty ? failing.sorted() : wanted
        for test in named where !failing.contains(test) {
            add(.controlPassed, "\(test) is healthy without the change", to: &report)
        }
        for number in 0..<repeats {
            let run = try await health.run(tree: tree, role: number == 0 ? "plain" : "repeat")
            report.runs.append(run.evidence)
            report.channels = run.channels.summary
            judge(run, named: named, failingBefore: failing, isFirst: number == 0, &report)
        }
        try await plantCanary(tree, &report)
        try await runProject(base: base, tree: tree, &report)
        if report.verdict == .verified {
            report.tests.fixed = named
            report.tests.preExisting = failing.subtracting(named).sorted()
            report.attestation = try attest(report, base, judged.policy.digest)
        }
        return report
    }

    private func judge(
        _ run: TestRun, named: [String], failingBefore: Set<String>, isFirst: Bool,
        _ report: inout VerificationReport
    ) {
        for issue in run.channels.issues {
            add(.channelsDisagree, issue.message, to: &report)
        }
        if run.outcomes.isEmpty || run.wasCutShort {
            add(.headUnusable, "the services' run did not come to its end", to: &report)
        }
        let still = named.filter { run.outcomes[$0] != .passed }
        if !still.isEmpty {
            report.tests.stillFailing = still
            add(
                isFirst ? .testsStillFailing : .repeatFailed,
                "unhealthy: \(still.joined(separator: ", "))", to: &report)
        }
        let broken = Set(run.outcomes.failing).subtracting(failingBefore)
        if !broken.isEmpty {
            report.tests.broken = broken.sorted()
            add(.testsBroken, broken.sorted().joined(separator: ", "), to: &report)
        }
    }

    private func plantCanary(_ tree: String, _ report: inout VerificationReport) async throws {
        let runner = SuiteRunner(
            command: HealthCommand.command(
                for: services, beside: project, in: directory, addsCanary: true),
            executor: executor)
        let run = try await runner.run(tree: tree, role: "canary")
        report.runs.append(run.evidence)
        report.canaries = VerificationReport.Canaries(planted: 1)
        switch run.outcomes[HealthCommand.testID(HealthCommand.canary)] {
        case .failed?: report.canaries?.failed = 1
        case nil: add(.canaryMissing, "the canary service was not reported", to: &report)
        default: add(.canaryPassed, "a service that must fail counts as healthy", to: &report)
        }
    }

    /// What the change does to the tests: nothing that passed may fail.
    private func runProject(
        base: String, tree: String, _ report: inout VerificationReport
    ) async throws {
        guard report.verdict == .verified else { return }
        let runner = SuiteRunner(command: project, executor: executor)
        let before = try await runner.run(tree: base, role: "control")
        let after = try await runner.run(tree: tree, role: "plain")
        report.runs += [before.evidence, after.evidence]
        let broken = Set(after.judged.failing).subtracting(before.judged.failing)
        let missing = Set(before.judged.passing).subtracting(after.judged.passing)
            .subtracting(broken)
        report.tests.broken += broken.sorted()
        report.tests.missing += missing.sorted()
        if !broken.isEmpty {
            add(.testsBroken, broken.sorted().joined(separator: ", "), to: &report)
        }
        if !missing.isEmpty {
            add(.testsMissing, missing.sorted().joined(separator: ", "), to: &report)
        }
    }

    private func add(
        _ code: ReasonCode, _ message: String, to report: inout VerificationReport
    ) {
        report.reasons.append(.init(code: code.rawValue, message: message))
        switch (report.verdict, code.verdict) {
        case (.rejected, _), (_, .rejected): report.verdict = .rejected
        case (.inconclusive, _), (_, .inconclusive): report.verdict = .inconclusive
        case (.verified, .verified): report.verdict = .verified
        }
    }
}
