internal import Hummingbird
internal import JSONText
internal import Orchestration

/// Forks, snapshots and templates: a part of the control plane.
enum E2BCopyRoutes {
    static func add(to routes: RecordingRoutes, state: ServiceState) {
        let limits = state.configuration.limits
        routes.post("sandboxes/{id}/fork") { request, context in
            let sandbox = try E2BControlRoutes.find(context, state, .run)
            let fields = Fields(try await JSONBody.read(request, limits: limits))
            let count = try fields.number("count") ?? 1
            guard (1...100).contains(count) else {
                throw ServiceError.badRequest("count is not between 1 and 100")
            }
            guard !sandbox.record.isPaused else {
                throw ServiceError.conflict(
                    "Sandbox \(sandbox.identifier) is paused; resume it first")
            }
            let results = try await state.e2b.makeForks(
                sandbox, count: count, seconds: try E2BCreateRequest.timeout(fields))
            return JSONBody.response(.array(results.map(shown)), status: .created)
        }
        routes.post("sandboxes/{id}/snapshots") { request, context in
            let sandbox = try E2BControlRoutes.find(context, state, .run)
            let fields = Fields(try await JSONBody.read(request, limits: limits))
            if try fields.flag("memory") == true {
                throw E2BControlRoutes.processMemory("snapshot")
            }
            let name = try fields.text("name")
            if let name, !isName(name) {
                throw ServiceError.badRequest("name is not 1 to 128 of letters, digits, - _ . : /")
            }
            let snapshot = try await state.e2b.snapshot(sandbox, name: name)
            return JSONBody.response(snapshot.shown, status: .created)
        }
        routes.get("snapshots") { request, context in
            let identity = try context.require(.read)
            let query = FormQuery(request)
            var snapshots = state.e2b.shelf.list(tenant: identity.tenant)
            if let sandbox = query["sandboxID"] {
                snapshots.removeAll { $0.sandbox != sandbox }
            }
            if let name = query["name"] { snapshots.removeAll { $0.name != name } }
            let (page, next) = try E2BControlRoutes.page(
                snapshots, query["limit"], query["nextToken"]
            ) { "\(Timestamps.text(milliseconds: $0.createdAtMilliseconds))|\($0.identifier)" }
            var response = JSONBody.response(.array(page.map(\.shown)))
            if let next, let name = E2BControlRoutes.nextToken { response.headers[name] = next }
            return response
        }
        addTemplates(to: routes, state: state)
    }

    private static func addTemplates(to routes: RecordingRoutes, state: ServiceState) {
        for path in ["templates", "v2/templates"] {
            routes.get(RouterPath(path)) { _, context in
                try context.require(.read)
                return JSONBody.response(.array(state.e2b.templates.map(\.json)))
            }
        }
        routes.get("templates/aliases/{id}") { _, context in
            try context.require(.read)
            let name = try context.parameters.require("id")
            guard state.e2b.templates.contains(where: { $0.name == name }) else {
                throw ServiceError.notFound("template \(name)")
            }
            return JSONBody.response(["templateID": .string(name), "public": .bool(true)])
        }
        routes.delete("templates/{id}") { _, context in
            let identity = try context.require(.run)
            let name = try context.parameters.require("id")
            guard let snapshot = state.e2b.shelf.find(named: name, tenant: identity.tenant) else {
                if state.e2b.templates.contains(where: { $0.name == name }) {
                    throw ServiceError.forbidden(
                        "the template \(name) is the operator's; it is removed with 'drydock image remove'"
                    )
                }
                throw ServiceError.notFound("snapshot \(name)")
            }
            try state.e2b.shelf.remove(snapshot.identifier)
            return Response(status: .noContent)
        }
    }

    private static func isName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 45...58, 65...90, 95, 97...122: true
                default: false
                }
            }
    }

    private static func shown(_ result: Result<E2BSandbox, any Error>) -> JSONValue {
        switch result {
        case .success(let sandbox): return ["sandbox": sandbox.created]
        case .failure(let error):
            let error = ErrorMiddleware.serviceError(error)
            return [
                "error": [
                    "code": JSONValue(error.status.code), "message": .string(error.message),
                ]
            ]
        }
    }
}
