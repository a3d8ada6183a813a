internal import Orchestration
internal import RunStore
internal import Synchronization

/// Says who the bearer of a key is.
///
/// What the store said is believed for a second: a revoked key opens nothing a second later, in
/// every process.
final class KeyAuthority: Sendable {
    private struct Known {
        var identity: Identity
        var until: ContinuousClock.Instant
    }

    private static let believedFor = Duration.seconds(1)
    private static let knownLimit = 4096

    private let store: Store
    private let known = Mutex<[String: Known]>([:])

    init(store: Store) { self.store = store }

    /// - Throws: `ServiceError` with 401, saying what is wrong with the key as far as its bearer
    ///   may know.
    func identity(ofKey text: String) async throws -> Identity {
        guard let (id, digest) = KeyIssuer.parts(of: text) else { throw Self.unknown }
        let now = ContinuousClock.now
        if let known = known.withLock({ $0[id + digest] }), known.until > now {
            return known.identity
        }
        guard let record = try await store.serviceKey(id),
            Self.isEqual(record.secretDigest, digest)
        else { throw Self.unknown }
        guard record.revokedAt == nil else {
            throw ServiceError.unauthenticated("the key \(id) was revoked")
        }
        if let expiresAt = record.expiresAt, expiresAt <= WallClock.timestamp() {
            throw ServiceError.unauthenticated("the key \(id) expired at \(expiresAt)")
        }
        let tenant = try await store.tenant(record.tenant)
        let identity = Identity(
            keyID: record.id, keyName: record.name, tenant: record.tenant,
            scopes: Set(record.scopes.compactMap(KeyScope.init)),
            requestsPerMinute: tenant?.quotas.requestsPerMinute)
        known.withLock { known in
            if known.count >= Self.knownLimit { known = known.filter { $0.value.until > now } }
            if known.count < Self.knownLimit {
                known[id + digest] = Known(identity: identity, until: now + Self.believedFor)
            }
        }
        return identity
    }

    private static let unknown = ServiceError.unauthenticated(
        "the key is not known here; an operator makes one: drydock keys create --name NAME")

    /// In a time that does not depend on where the texts differ.
    private static func isEqual(_ one: String, _ other: String) -> Bool {
        let (a, b) = (Array(one.utf8), Array(other.utf8))
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for (x, y) in zip(a, b) { difference |= x ^ y }
        return difference == 0
    }
}
