internal import HTTPTypes
internal import Hummingbird
internal import Synchronization

/// One file of routes. Adding routes is one file and one line in `Routes.all`.
protocol RouteGroup: Sendable {
    /// Whether every route of the group needs a key; a group that answers `false` checks for itself.
    static var requiresKey: Bool { get }
    /// How errors are written for the clients of these routes.
    static var errors: any ErrorBody.Type { get }
    static func add(to routes: RecordingRoutes, state: ServiceState)
}

extension RouteGroup {
    static var requiresKey: Bool { true }
    static var errors: any ErrorBody.Type { DrydockErrorBody.self }
}

/// Forwards routes to the router, and remembers them: for the right answer to a wrong method.
struct RecordingRoutes: RouterMethods {
    typealias Context = ServiceContext
    let parent: RouterGroup<ServiceContext>
    let table: RouteTable
    let group: any RouteGroup.Type

    @discardableResult
    func on<Responder: HTTPResponder>(
        _ path: RouterPath, method: HTTPRequest.Method, responder: Responder
    ) -> Self where Responder.Context == ServiceContext {
        table.note(path: path, method: method, errors: group.errors)
        parent.on(path, method: method, responder: responder)
        return self
    }

    @discardableResult
    func add(middleware: any MiddlewareProtocol<Request, Response, ServiceContext>) -> Self {
        parent.add(middleware: middleware)
        return self
    }
}

/// Which methods each path has.
final class RouteTable: Sendable {
    private struct Entry {
        var path: RouterPath
        var methods: [HTTPRequest.Method]
        var errors: any ErrorBody.Type
    }

    private let entries = Mutex<[String: Entry]>([:])

    func note(path: RouterPath, method: HTTPRequest.Method, errors: any ErrorBody.Type) {
        // Paths that differ only in a parameter's name are the same path.
        let key = path.description.split(separator: "/")
            .map { $0.hasPrefix("{") || $0.hasPrefix(":") ? "*" : String($0) }
            .joined(separator: "/")
        entries.withLock { entries in
            entries[key, default: Entry(path: path, methods: [], errors: errors)]
                .methods.append(method)
        }
    }

    /// A known path with another method is 405 and says which there are (RFC 9110, 15.5.6).
    func refuseOtherMethods(on router: Router<ServiceContext>) {
        let all: [HTTPRequest.Method] = [.get, .post, .put, .delete, .patch, .options, .trace]
        for entry in entries.withLock({ Array($0.values) }) {
            var allowed = entry.methods.map(\.rawValue).sorted()
            if allowed.contains("GET"), !allowed.contains("HEAD") { allowed.append("HEAD") }
            let allow = allowed.joined(separator: ", ")
            let parent = router.group()
            parent.add(middleware: ErrorMiddleware(render: entry.errors))
            for method in all where !entry.methods.contains(method) {
                parent.on(entry.path, method: method) { _, _ -> Response in
                    throw ServiceError.methodNotAllowed(allow: allow)
                }
            }
        }
    }
}
