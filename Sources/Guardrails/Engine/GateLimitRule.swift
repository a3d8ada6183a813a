internal import RunModel

/// What the engine itself reports: not in the catalogue, because no policy can switch it off.
package enum GateLimitRule {
    package static let id = "gate-limit"
    /// A policy that says something the gate does not understand.
    package static let policyID = "policy-invalid"

    package static let all = [
        RuleMetadata(
            id: id, category: .engine, severity: .high, action: .block,
            title: "Change that cannot be judged within the limits",
            rationale: """
                What was not judged is not known to be safe, so a change that exceeds what the \
                gate reads does not pass.
                """,
            remedy: "Split the change, or keep large data out of the repository."),
        RuleMetadata(
            id: policyID, category: .engine, severity: .high, action: .block,
            title: "Policy that is not understood",
            rationale: """
                A misspelt rule or action would otherwise be a check that silently does not \
                happen.
                """,
            remedy: "Correct the policy; `drydock policy check` names the nearest valid word."),
    ]
}
