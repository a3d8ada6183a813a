internal import Digests
package import RunModel

extension GateReport {
    /// The report on a change whose policy is not understood: nothing was judged, so it blocks.
    package static func refused(
        policyProblem: String, source: String, base: String, head: String?, tree: String
    ) -> GateReport {
        let finding = Finding(
            rule: GateLimitRule.policyID, severity: .high, action: .block, path: source, line: nil,
            message: policyProblem, evidence: "",
            fingerprint: SHA256Digest(of: "\(GateLimitRule.policyID)\n\(policyProblem)").hexadecimal
        )
        return GateReport(
            verdict: .block, base: base, head: head, tree: tree,
            policy: PolicyIdentity(source: source, digest: nil), findings: [finding],
            statistics: GateStatistics())
    }
}
