internal import Attestations
package import RunModel
package import Verification

/// The verification protocol over the project's own tests.
package struct ProjectVerifier: HealVerifier {
    private let verification: Verification
    private let history: any HistoryReader
    private let gate: any HealGate
    private let repeats: Int
    private let records: HealRecords
    private let profileDigest: String?
    private let now: @Sendable () -> String

    package init(
        command: TestCommand, executor: any CommandExecutor, trees: any TreeReader,
        history: any HistoryReader, gate: any HealGate, repeats: Int = 3,
        records: HealRecords = HealRecords(), profileDigest: String? = nil,
        now: @escaping @Sendable () -> String = { "" }
    ) {
        self.records = records
        self.profileDigest = profileDigest
        self.now = now
        verification = Verification(command: command, executor: executor, trees: trees)
        self.history = history
        self.gate = gate
        self.repeats = repeats
    }

    package func verify(
        tree: String, tests: [String], request: HealRequest, triage: TriageReport
    ) async throws -> VerificationReport {
        var verification = VerificationRequest(baseTree: request.badTree, headTree: tree)
        verification.tests = tests.filter { $0 != TestRun.wholeCommand }
        verification.repeats = repeats
        verification.fakeTimeLibrary = FakeTime.library
        // With drift the good commit is this one: what was good about it was not in the tree.
        if triage.class == .regression, let good = request.good {
            verification.goodTree = try await history.tree(ofCommit: good)
        }
        let gate = gate
        let policyCommit = request.bad
        verification.gate = { base, head in
            var report = try await gate.judge(base: base, head: head, policyCommit: policyCommit)
            // What asks for a review waits for a human's approval, which comes after the proof
            // and never replaces it. What is blocked stays blocked.
            if report.verdict == .review { report.verdict = .pass }
            return report
        }
        let outcome = try await self.verification.run(verification)
        var report = outcome.report
        guard report.verdict == .verified, let attest = records.attest else { return report }
        var bindings = AttestationBundle.Bindings(
            baseTree: verification.baseTree, timeCreated: now())
        bindings.pristineTree = outcome.pristineTree
        bindings.policyDigest = outcome.gate?.policy.digest
        bindings.sandboxProfileDigest = profileDigest
        bindings.toolchainDigest = outcome.toolchainDigest
        report.attestation = try attest(report, bindings)
        return report
    }
}
