/// What `drydock gate` is asked to judge.
package struct GateRequest: Sendable {
    /// What stands on top of the base.
    package enum Change: Sendable {
        /// A revision.
        case head(String)
        /// A git patch.
        case patch([UInt8])
    }

    /// Any path inside the repository.
    package var repository: String
    package var base: String
    /// Compare with the commit where the head left the base's line; the policy is still the base's.
    package var sinceMergeBase = false
    package var change: Change
    /// A shipped policy's name or a file; `nil`: what the base's `drydock.yaml` says.
    package var policy: String?
    /// Globs that replace the policy's scope when not empty.
    package var scope: [String]
    /// `YYYY-MM-DD`, against which suppressions expire.
    package var today: String
    /// Private directory for the objects of an applied patch.
    package var quarantine: String?

    package init(
        repository: String, base: String, change: Change, policy: String? = nil,
        scope: [String] = [], sinceMergeBase: Bool = false, today: String,
        quarantine: String? = nil
    ) {
        self.repository = repository
        self.base = base
        self.sinceMergeBase = sinceMergeBase
        self.change = change
        self.policy = policy
        self.scope = scope
        self.today = today
        self.quarantine = quarantine
    }
}
