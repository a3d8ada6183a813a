internal import Attestations
internal import ChangeGate
internal import Foundation
internal import GitWorktrees
internal import Guardrails
package import RunModel
internal import Verification

/// What `drydock verify` is asked to prove.
package struct VerifyRequest: Sendable {
    /// Any path inside the repository.
    package var repository: String
    package var base: String
    package var head: String
    package var good: String?
    package var tests: [String] = []
    package var repeats = 3
    /// Where the attestation goes; `nil`: none is made.
    package var attestation: String?
    /// `YYYY-MM-DD`, against which suppressions of findings expire.
    package var today: String
    /// RFC 3339, UTC: the time that the attestation states.
    package var now: String

    package init(repository: String, base: String, head: String, today: String, now: String) {
        self.repository = repository
        self.base = base
        self.head = head
        self.today = today
        self.now = now
    }
}

/// Runs the verification protocol on two revisions of a repository, in sandboxes.
package enum VerifyCoordinator {
    /// - Throws: what is wrong with the repository, the revisions, the configuration or the host.
    package static func verify(
        _ request: VerifyRequest, host: ExecutionHost, operatorFiles: OperatorFiles
    ) async throws -> VerificationReport {
        // Before minutes are spent on a verdict that could not be attested.
        let signer = try request.attestation.map {
            try DurableFile.requireWritable($0)
            return try operatorFiles.signer()
        }
        let run = try await ProjectRun(
            host: host, path: request.repository,
            trustedTree: { try await $0.tree(named: request.base) }, operatorFiles: operatorFiles)
        let repository = run.repository
        var verification = VerificationRequest(
            baseTree: try await repository.tree(named: request.base),
            headTree: try await repository.tree(named: request.head))
        verification.tests = request.tests
        verification.repeats = request.repeats
        if let good = request.good {
            verification.goodTree = try await repository.tree(named: good)
        }
        verification.fakeTimeLibrary = FakeTime.library
        let base = try await repository.commitOrTree(named: request.base)
        let head = try await repository.commitOrTree(named: request.head)
        verification.gate = { baseTree, headTree in
            let policy = try await PolicySelection(reader: repository, baseTree: baseTree)
                .policy(named: nil)
            return try await Gate(
                policy: policy, today: request.today, cache: .ofUser
            ).judge(
                base: base, head: head, baseTree: baseTree, headTree: headTree,
                reader: repository)
        }
        let outcome = try await Verification(
            command: run.command, executor: run.executor, trees: repository
        ).run(verification)
        var report = outcome.report
        if let path = request.attestation, let signer {
            report.attestation = path
            var bindings = AttestationBundle.Bindings(
                baseTree: verification.baseTree, timeCreated: request.now)
            bindings.pristineTree = outcome.pristineTree
            bindings.policyDigest = outcome.gate?.policy.digest
            bindings.sandboxProfileDigest = run.executor.profileDigest
            bindings.toolchainDigest = outcome.toolchainDigest
            let bundle = try AttestationBundle(
                report: report, bindings: bindings, signer: signer)
            try DurableFile.write(try bundle.text(), to: path)
        }
        return report
    }
}
