internal import Digests
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Orchestration
internal import RunStore
internal import Synchronization

/// Somebody who is logged in with a key.
struct DashboardSession: Sendable {
    var identity: Identity
    /// In every form: what another site cannot know.
    var token: String

    var keyName: String { identity.keyName }
    var tenant: String { identity.tenant }

    /// - Throws: `ServiceError` with 403.
    func require(_ scope: KeyScope) throws {
        guard identity.scopes.contains(scope) else {
            throw ServiceError.forbidden("this key has no scope '\(scope.rawValue)'")
        }
    }

    /// Who decides or audits may see what about.
    func requireSight() throws {
        guard !identity.scopes.isDisjoint(with: [.read, .approve, .audit]) else {
            throw ServiceError.forbidden("this key has no scope 'read'")
        }
    }

    var field: Markup { "<input type=\"hidden\" name=\"token\" value=\"\(token)\">" }
}

/// Who is logged in. Kept in memory: after a restart one logs in again.
final class DashboardSessions: Sendable {
    private struct Entry {
        var session: DashboardSession
        var until: ContinuousClock.Instant
    }

    static let cookieName = "drydock_session"
    private static let lifetime = Duration.seconds(8 * 3600)
    private static let limit = 10_000
    private let entries = Mutex<[String: Entry]>([:])

    /// - Returns: the cookie's value; only its digest is kept.
    func begin(_ identity: Identity) -> String {
        let value = RandomText.hexadecimal(bytes: 32)
        let session = DashboardSession(
            identity: identity, token: RandomText.hexadecimal(bytes: 32))
        entries.withLock { entries in
            let now = ContinuousClock.now
            entries = entries.filter { $0.value.until > now }
            if entries.count >= Self.limit,
                let oldest = entries.min(by: { $0.value.until < $1.value.until })
            {
                entries[oldest.key] = nil
            }
            entries[Self.digest(value)] = Entry(session: session, until: now + Self.lifetime)
        }
        return value
    }

    func end(_ request: Request) {
        guard let value = Self.cookie(request) else { return }
        entries.withLock { $0[Self.digest(value)] = nil }
    }

    /// The session of a request, while its key is in force.
    func session(of request: Request, state: ServiceState) async throws -> DashboardSession? {
        guard let value = Self.cookie(request) else { return nil }
        let now = ContinuousClock.now
        guard let entry = entries.withLock({ $0[Self.digest(value)] }), entry.until > now,
            let key = try await state.store.serviceKey(entry.session.identity.keyID),
            key.revokedAt == nil, key.expiresAt.map({ $0 > WallClock.timestamp() }) ?? true
        else { return nil }
        return entry.session
    }

    private static func digest(_ value: String) -> String {
        SHA256Digest(of: value).hexadecimal
    }

    private static func cookie(_ request: Request) -> String? {
        request.cookies[cookieName]?.value
    }
}
