internal import HTTPTypes
internal import Hummingbird

/// Lets nobody through without a key: `X-API-Key: KEY` or `Authorization: Bearer KEY`.
struct AuthenticationMiddleware: RouterMiddleware {
    typealias Context = ServiceContext
    let state: ServiceState

    func handle(
        _ request: Request, context: Context, next: NextResponder
    ) async throws -> Response {
        var context = context
        context.identity = try await Self.authenticate(request, state: state)
        return try await next(request, context)
    }

    /// Who asks, within the tenant's rate.
    static func authenticate(_ request: Request, state: ServiceState) async throws -> Identity {
        guard let text = key(in: request.headers) else {
            throw ServiceError.unauthenticated(
                "this needs a key, as X-API-Key or as Authorization: Bearer; an operator makes "
                    + "one: drydock keys create --name NAME")
        }
        let identity = try await state.keys.identity(ofKey: text)
        if let limit = identity.requestsPerMinute,
            let seconds = state.rates.take(tenant: identity.tenant, perMinute: limit)
        {
            throw ServiceError.tooManyRequests(
                "more than \(limit) requests a minute", retryAfterSeconds: seconds)
        }
        try RequestLoad.current?.belongs(to: identity.tenant)
        return identity
    }

    static func key(in headers: HTTPFields) -> String? {
        if let name = HTTPField.Name("x-api-key"), let key = headers[name] { return key }
        guard let authorization = headers[.authorization] else { return nil }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingCharacters(in: " ")
    }
}

extension Substring {
    /// Without the leading and trailing characters of the set.
    fileprivate func trimmingCharacters(in set: String) -> String {
        var part = self
        while let first = part.first, set.contains(first) { part.removeFirst() }
        while let last = part.last, set.contains(last) { part.removeLast() }
        return String(part)
    }
}
