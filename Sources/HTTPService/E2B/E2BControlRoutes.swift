internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Orchestration
internal import Sandboxing

/// E2B's control plane: making, finding and ending sandboxes.
enum E2BControlRoutes: RouteGroup {
    static var errors: any ErrorBody.Type { E2BErrorBody.self }

    static let pageLimit = 100
    static let nextToken = HTTPField.Name("x-next-token")
    private static let idempotencyKey = HTTPField.Name("idempotency-key")

    static func add(to routes: RecordingRoutes, state: ServiceState) {
        let limits = state.configuration.limits
        // v1 and v2 differ in the time that is meant when none is given.
        for (path, seconds) in [("sandboxes", 15), ("v2/sandboxes", 300)] {
            routes.post(RouterPath(path)) { request, context in
                let identity = try context.require(.run)
                let body = try await JSONBody.read(request, limits: limits)
                let wish = try E2BCreateRequest(
                    body, defaultTimeoutSeconds: seconds,
                    idempotencyKey: idempotencyKey.flatMap { request.headers[$0] })
                let sandbox = try await state.e2b.create(wish, tenant: identity.tenant)
                return JSONBody.response(sandbox.created, status: .created)
            }
            routes.get(RouterPath(path)) { request, context in
                let identity = try context.require(.read)
                return try list(request, state.e2b.sandboxes(of: identity.tenant))
            }
            routes.post(RouterPath(path + "/{id}/connect")) { request, context in
                try await connect(request, context, state, resumesAlways: true)
            }
        }
        routes.post("sandboxes/{id}/resume") { request, context in
            try await connect(request, context, state, resumesAlways: false)
        }
        routes.get("sandboxes/{id}") { _, context in
            JSONBody.response(try find(context, state, .read).detail)
        }
        routes.delete("sandboxes/{id}") { _, context in
            let sandbox = try find(context, state, .run)
            try await translatingFailures {
                try await state.e2b.sandboxes.end(sandbox.identifier, reason: "killed by its owner")
            }
            return Response(status: .noContent)
        }
        routes.post("sandboxes/{id}/timeout") { request, context in
            let sandbox = try find(context, state, .run)
            let fields = Fields(try await JSONBody.read(request, limits: limits))
            guard let seconds = try E2BCreateRequest.timeout(fields) else {
                throw ServiceError.badRequest("timeout is missing")
            }
            _ = try await state.e2b.setTimeout(sandbox, seconds: seconds)
            return Response(status: .noContent)
        }
        routes.post("sandboxes/{id}/refreshes") { request, context in
            let sandbox = try find(context, state, .run)
            let fields = Fields(try await JSONBody.read(request, limits: limits))
            let seconds = try fields.number("duration") ?? 300
            guard (0...3600).contains(seconds) else {
                throw ServiceError.badRequest("duration is not between 0 and 3600 seconds")
            }
            let end = Timestamps.nowMilliseconds + UInt64(seconds) * 1000
            // A refresh never shortens.
            if end > sandbox.record.specification.endsAtMilliseconds ?? .max {
                _ = try await state.e2b.setTimeout(sandbox, seconds: seconds)
            }
            return Response(status: .noContent)
        }
        routes.post("sandboxes/{id}/pause") { request, context in
            let sandbox = try find(context, state, .run)
            let fields = Fields(try await JSONBody.read(request, limits: limits))
            guard try fields.flag("memory") != false else { throw processMemory("pause") }
            guard !sandbox.record.isPaused else {
                throw ServiceError.conflict("Sandbox \(sandbox.identifier) is already paused")
            }
            _ = try await state.e2b.change(sandbox, "pause", [])
            return Response(status: .noContent)
        }
        E2BCopyRoutes.add(to: routes, state: state)
        E2BInsightRoutes.add(to: routes, state: state)
    }

    /// The caller's sandbox of the path.
    static func find(
        _ context: ServiceContext, _ state: ServiceState, _ scope: KeyScope
    ) throws -> E2BSandbox {
        let identity = try context.require(scope)
        return try state.e2b.sandbox(
            try context.parameters.require("id"), tenant: identity.tenant)
    }

    /// What would need the memory of processes to be thrown away or stored.
    static func processMemory(_ operation: String) -> ServiceError {
        ServiceError(
            .conflict, code: "sandbox_snapshot_guest_agent_unresponsive",
            message: operation == "pause"
                ? "a pause here keeps the processes, stopped; leave memory out, or take a snapshot "
                    + "of the files and kill the sandbox"
                : "the memory of processes is not stored here: snapshots and forks are of files; "
                    + "leave memory out, or say false")
    }

    // MARK: Connect

    private static func connect(
        _ request: Request, _ context: ServiceContext, _ state: ServiceState, resumesAlways: Bool
    ) async throws -> Response {
        var sandbox = try find(context, state, .run)
        let body = try await JSONBody.read(request, limits: state.configuration.limits)
        let fields = Fields(body)
        let seconds = try E2BCreateRequest.timeout(fields)
        if try fields.flag("memory") == false { throw processMemory("resume") }
        let wasPaused = sandbox.record.isPaused
        if wasPaused {
            sandbox = try await state.e2b.resume(sandbox, seconds: seconds)
            if let flag = try fields.flag("autoPause") {
                sandbox = try await state.e2b.change(
                    sandbox, "change", [("pauses_at_end", .bool(flag))])
            }
        } else if !resumesAlways {
            throw ServiceError.conflict("Sandbox \(sandbox.identifier) is not paused")
        } else if let seconds {
            let end = Timestamps.nowMilliseconds + UInt64(seconds) * 1000
            // To connect never shortens a running sandbox's time.
            if end > sandbox.record.specification.endsAtMilliseconds ?? .max {
                sandbox = try await state.e2b.setTimeout(sandbox, seconds: seconds)
            }
        }
        return JSONBody.response(sandbox.created, status: wasPaused ? .created : .ok)
    }

    // MARK: List

    private static func list(_ request: Request, _ all: [E2BSandbox]) throws -> Response {
        let query = FormQuery(request)
        var sandboxes = all
        if let text = query["metadata"], !text.isEmpty {
            let wanted = metadata(text)
            sandboxes.removeAll { sandbox in
                wanted.contains { sandbox.note.metadata[$0.key] != $0.value }
            }
        }
        if let text = query["state"] {
            let states = text.split(separator: ",").map(String.init)
            for state in states where state != "running" && state != "paused" {
                throw ServiceError.badRequest("state is running, paused, or both with a comma")
            }
            sandboxes.removeAll { !states.contains($0.record.isPaused ? "paused" : "running") }
        } else if !request.uri.path.hasPrefix("/v2/") {
            sandboxes.removeAll { $0.record.isPaused }
        }
        if let template = query["template"] {
            sandboxes.removeAll { $0.note.template != template }
        }
        if let after = query["startedAfter"] {
            guard let least = Timestamps.milliseconds(of: after) else {
                throw ServiceError.badRequest("startedAfter is no RFC 3339 time")
            }
            sandboxes.removeAll { (Timestamps.milliseconds(of: $0.record.startedAt) ?? 0) <= least }
        }
        let isAscending = query["order"]?.lowercased() == "asc"
        sandboxes.sort { a, b in
            let (x, y) = ((a.record.startedAt, a.identifier), (b.record.startedAt, b.identifier))
            return isAscending ? x < y : x > y
        }
        let (page, next) = try page(
            sandboxes, query["limit"], query["nextToken"]
        ) { "\($0.record.startedAt)|\($0.identifier)" }
        var response = JSONBody.response(.array(page.map(\.listed)))
        if let next, let name = nextToken { response.headers[name] = next }
        return response
    }

    /// One page, and the token of the next. A token is the place of the last item that was given:
    /// pages neither skip nor repeat when others come and go meanwhile.
    static func page<Item>(
        _ items: [Item], _ limitText: String?, _ token: String?, _ place: (Item) -> String
    ) throws -> (items: [Item], next: String?) {
        var limit = pageLimit
        if let limitText {
            guard let number = Int(limitText), (1...pageLimit).contains(number) else {
                throw ServiceError.badRequest("limit is not between 1 and \(pageLimit)")
            }
            limit = number
        }
        var start = 0
        if let token, !token.isEmpty {
            guard let data = Data(base64Encoded: token) else {
                throw ServiceError.badRequest("nextToken is not one that was given here")
            }
            let last = String(decoding: data, as: UTF8.self)
            if let index = items.firstIndex(where: { place($0) == last }) {
                start = index + 1
            } else {
                // The item is gone: go on at the first that comes after its place.
                let isAscending = items.count < 2 || place(items[0]) < place(items[1])
                start =
                    items.firstIndex { isAscending ? place($0) > last : place($0) < last }
                    ?? items.count
            }
        }
        let page = Array(items.dropFirst(start).prefix(limit))
        guard let last = page.last, start + page.count < items.count else { return (page, nil) }
        return (page, Data(place(last).utf8).base64EncodedString())
    }

    /// The filter comes encoded three times: the query's own encoding is off already; what is left
    /// is a form, whose keys and values are encoded once more.
    static func metadata(_ text: String) -> [String: String] {
        func decode(_ part: Substring) -> String {
            let once = part.replacing("+", with: " ")
            let form = String(once).removingPercentEncoding ?? String(once)
            return form.removingPercentEncoding ?? form
        }
        var map: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            map[decode(parts[0])] = parts.count > 1 ? decode(parts[1]) : ""
        }
        return map
    }
}
