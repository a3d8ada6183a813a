/// What a key lets its bearer do. `approve` is never given with another: an agent's key must not
/// let its own work out.
package enum KeyScope: String, Sendable, CaseIterable, Codable {
    /// Decide what waits for a human.
    case approve
    /// See the audit log and all tenants' queue and pool; delete anything of the own tenant's.
    case audit
    /// Start `heal`, which may open pull requests.
    case heal
    /// Read `/metrics`.
    case metrics
    /// See runs, sessions, verdicts, logs and artifacts of the own tenant.
    case read
    /// Run, edit, gate, verify, triage: everything that happens in sandboxes.
    case run

    /// What a key has when nothing is said.
    package static let standard: [KeyScope] = [.metrics, .read, .run]
}

/// Who asks.
struct Identity: Sendable, Equatable {
    var keyID: String
    var keyName: String
    var tenant: String
    var scopes: Set<KeyScope>
    /// Requests in any minute; `nil` is not limited.
    var requestsPerMinute: Int?
}
