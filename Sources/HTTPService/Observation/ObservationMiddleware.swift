internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Gives every request an id and a part in its tenant's load, counts it, and writes one line about
/// it.
struct ObservationMiddleware: RouterMiddleware {
    typealias Context = ServiceContext
    let state: ServiceState

    private static let requestIDName = HTTPField.Name("x-request-id")

    func handle(
        _ request: Request, context: Context, next: NextResponder
    ) async throws -> Response {
        var context = context
        if let name = Self.requestIDName, let id = request.headers[name], Self.isUsable(id) {
            context.requestID = id
        }
        context.logger[metadataKey: "request_id"] = "\(context.requestID)"
        let start = ContinuousClock.now
        let load = RequestLoad(state.loads)
        let own = context
        var response = try await RequestLoad.$current.withValue(load) {
            try await next(request, own)
        }
        response.body = load.held(by: response.body)
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        if let name = Self.requestIDName { response.headers[name] = context.requestID }
        response.headers[.xContentTypeOptions] = "nosniff"
        // The template, not the path: ids would make a series of each request.
        let route = context.endpointPath ?? "none"
        state.metrics.observe(
            request: request.method.rawValue, route: route, status: response.status.code,
            milliseconds: milliseconds)
        state.telemetry?.record(
            request, route: route, status: response.status.code, requestID: context.requestID,
            milliseconds: milliseconds)
        context.logger.info(
            "request",
            metadata: [
                "request_id": "\(context.requestID)", "method": "\(request.method.rawValue)",
                "path": "\(request.uri.path)", "route": "\(route)",
                "status": "\(response.status.code)",
                "duration_ms": "\((milliseconds * 100).rounded() / 100)",
            ])
        return response
    }

    /// A client's own id is kept when it is short and plain.
    private static func isUsable(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case 45, 46, 95, 48...57, 65...90, 97...122: true
                default: false
                }
            }
    }
}
