internal import Hummingbird
internal import Logging
internal import NIOCore

/// What travels with a request.
struct ServiceContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// In every log line and every answer of this request.
    var requestID: String
    /// Who asks; `nil` before authentication, and on routes that need none.
    var identity: Identity?
    /// The other end of the connection: a proxy's, where there is one.
    let peer: SocketAddress?
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = RandomText.hexadecimal(bytes: 8)
        peer = source.channel.remoteAddress
        channel = source.channel
    }

    /// Does something for a client, and stops when the client goes away.
    func whileClientWaits<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        let channel = channel
        channel.eventLoop.execute {
            guard channel.isActive,
                let rules = try? channel.pipeline.syncOperations.handler(type: ConnectionRules.self)
            else { return task.cancel() }
            rules.onClientGone = { task.cancel() }
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Who asks, on a route that requires a key.
    func requireIdentity() throws -> Identity {
        guard let identity else { throw ServiceError.unauthenticated("this needs a key") }
        return identity
    }

    /// Who asks, when the key has the scope.
    @discardableResult
    func require(_ scope: KeyScope) throws -> Identity {
        let identity = try requireIdentity()
        guard identity.scopes.contains(scope) else {
            throw ServiceError.forbidden(
                "the key \(identity.keyID) has no scope '\(scope.rawValue)'; an operator makes "
                    + "one that has: drydock keys create --scope \(scope.rawValue)")
        }
        return identity
    }
}

/// What a middleware hands the request on to; the framework's own do not follow the caller's
/// isolation.
typealias NextResponder = @concurrent (Request, ServiceContext) async throws -> Response
