internal import Hummingbird
internal import JSONText
internal import RunStore

/// For load balancers and service managers: `/healthz` says that the process answers, `/readyz`
/// that it can take work.
enum HealthRoutes: RouteGroup {
    static let requiresKey = false

    static func add(to routes: RecordingRoutes, state: ServiceState) {
        routes.get("healthz") { _, _ in JSONBody.response(["status": "ok"]) }
        routes.get("readyz") { _, _ in
            do {
                _ = try await state.store.tenants()
            } catch {
                throw ServiceError(
                    .serviceUnavailable, code: "store_unavailable",
                    message: "the store cannot be read")
            }
            return JSONBody.response(["status": "ready"])
        }
    }
}
