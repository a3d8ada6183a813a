internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Orchestration
internal import RunModel
internal import RunStore

/// The dashboard at `/`: server-rendered, usable without JavaScript.
enum DashboardRoutes: RouteGroup {
    static let requiresKey = false
    static let errors: any ErrorBody.Type = DashboardErrorBody.self

    static func add(to routes: RecordingRoutes, state: ServiceState) {
        let sessions = DashboardSessions()
        let guarded = Guard(state: state, sessions: sessions)
        routes.get("ui/style.css") { _, _ in asset(DashboardAssets.style, "text/css") }
        routes.get("ui/script.js") { _, _ in asset(DashboardAssets.script, "text/javascript") }
        routes.get("ui/login") { request, _ in
            try guarded.checkHost(request)
            return login(nil)
        }
        routes.post("ui/login") { request, _ in try await guarded.logIn(request) }
        routes.post("ui/logout") { request, _ in
            _ = try await guarded.form(request)
            sessions.end(request)
            return redirect("/ui/login")
        }
        page("/", routes, guarded) { _, session, _ in
            try await OverviewPage.response(state, session)
        }
        page("ui/jobs/{id}", routes, guarded) { _, session, context in
            try await JobPage.response(state, session, id: context.parameters.get("id") ?? "")
        }
        routes.get("ui/jobs/{id}/events") { request, context in
            guard let session = try await guarded.session(request) else {
                throw ServiceError.unauthenticated("log in first")
            }
            try session.requireSight()
            let id = context.parameters.get("id") ?? ""
            guard try await state.store.job(id, tenant: session.tenant) != nil else {
                throw ServiceError.notFound("job \(id)")
            }
            let after = request.headers[.init("last-event-id") ?? .accept].flatMap { Int64($0) }
            return EventOperations.response(
                state: state, context: context, tenant: session.tenant, job: id,
                after: after ?? request.uri.queryParameters["after"].flatMap { Int64($0) } ?? 0)
        }
        routes.post("ui/jobs/{id}/cancel") { request, context in
            let (session, _) = try await guarded.form(request)
            try session.require(.run)
            let id = context.parameters.get("id") ?? ""
            guard try await state.store.job(id, tenant: session.tenant) != nil else {
                throw ServiceError.notFound("job \(id)")
            }
            try await state.work.jobs.cancel(id)
            return redirect("/ui/jobs/\(id)")
        }
        page("ui/sandboxes", routes, guarded) { _, session, _ in
            try await SandboxPages.list(state, session)
        }
        page("ui/sandboxes/{id}", routes, guarded) { _, session, context in
            try await SandboxPages.one(state, session, id: context.parameters.get("id") ?? "")
        }
        routes.post("ui/sandboxes/{id}/end") { request, context in
            let (session, _) = try await guarded.form(request)
            try session.require(.run)
            let sandbox = try state.e2b.sandbox(
                context.parameters.get("id") ?? "", tenant: session.tenant)
            try await translatingFailures {
                try await state.e2b.sandboxes.end(
                    sandbox.identifier, reason: "ended by \(session.keyName) at the dashboard")
            }
            return redirect("/ui/sandboxes")
        }
        page("ui/sessions", routes, guarded) { _, session, _ in
            try await SessionPages.list(state, session)
        }
        page("ui/sessions/{id}", routes, guarded) { _, session, context in
            try await SessionPages.one(state, session, id: context.parameters.get("id") ?? "")
        }
        page("ui/incidents", routes, guarded) { _, session, _ in
            try await IncidentPages.list(state, session)
        }
        page("ui/incidents/{id}", routes, guarded) { _, session, context in
            try await IncidentPages.one(state, session, id: context.parameters.get("id") ?? "")
        }
        page("ui/approvals", routes, guarded) { _, session, _ in
            try await ApprovalPage.response(state, session)
        }
        routes.post("ui/approvals/{id}") { request, context in
            let (session, fields) = try await guarded.form(request)
            try session.require(.approve)
            guard let decision = ApprovalRecord.Decision(rawValue: fields["decision"] ?? "") else {
                throw ServiceError.badRequest("the decision is missing")
            }
            _ = try await ApprovalOperations.decide(
                context.parameters.get("id") ?? "", decision, by: session.identity, state: state)
            return redirect("/ui/approvals")
        }
        page("ui/audit", routes, guarded) { _, session, _ in
            try AuditPage.response(state, session)
        }
    }

    private static func page(
        _ path: RouterPath, _ routes: RecordingRoutes, _ guarded: Guard,
        _ make:
            @escaping @Sendable (Request, DashboardSession, ServiceContext) async throws -> Response
    ) {
        routes.get(path) { request, context in
            guard let session = try await guarded.session(request) else {
                return redirect("/ui/login")
            }
            try session.requireSight()
            return try await make(request, session, context)
        }
    }

    static func redirect(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
    }

    static func login(_ problem: String?) -> Response {
        let alert: Markup = problem.map { "<p class=\"alert\" role=\"alert\">\($0)</p>" } ?? ""
        return DashboardPage.response(
            "Log in", session: nil, status: problem == nil ? .ok : .unauthorized,
            """
            \(alert)
            <form method="post" action="/ui/login">
            <label for="key">Key</label>
            <div class="field"><input id="key" name="key" type="password" autocomplete="current-password" aria-describedby="hint"\(problem == nil ? "" : " aria-invalid=\"true\"" as Markup) required autofocus>
            <button class="yes">Log in</button></div>
            </form>
            <p class="dim" id="hint">An operator makes one: <code>drydock keys create --name NAME</code></p>
            """)
    }

    private static func asset(_ text: String, _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type + "; charset=utf-8", .cacheControl: "max-age=3600"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// What stands before every page: the right host, a session, and for forms the right origin and
/// the token.
struct Guard: Sendable {
    let state: ServiceState
    let sessions: DashboardSessions

    /// A name that somebody else points here is not ours (DNS rebinding).
    func checkHost(_ request: Request) throws {
        guard let authority = request.head.authority, OriginCheck.isOwnName(authority, state) else {
            throw ServiceError(
                .misdirectedRequest, code: "unknown_host",
                message: "this service is not meant to be reached under this name; it would be "
                    + "drydock serve --public-name NAME")
        }
    }

    func session(_ request: Request) async throws -> DashboardSession? {
        try checkHost(request)
        return try await sessions.session(of: request, state: state)
    }

    /// A form of ours, sent by who is logged in.
    func form(_ request: Request) async throws -> (DashboardSession, [String: String]) {
        try OriginCheck.check(request, state: state)
        guard let session = try await session(request) else {
            throw ServiceError.unauthenticated("log in first")
        }
        let fields = try await fields(request)
        guard fields["token"] == session.token else {
            throw ServiceError.forbidden("the form is not of this session; load the page again")
        }
        return (session, fields)
    }

    func logIn(_ request: Request) async throws -> Response {
        try checkHost(request)
        try OriginCheck.check(request, state: state)
        let fields = try await fields(request)
        let identity: Identity
        do {
            identity = try await state.keys.identity(
                ofKey: (fields["key"] ?? "").trimmingCharacters(in: .whitespaces))
        } catch let error as ServiceError {
            return DashboardRoutes.login(error.message)
        }
        var response = DashboardRoutes.redirect("/")
        response.setCookie(
            Cookie(
                name: DashboardSessions.cookieName, value: sessions.begin(identity),
                maxAge: 8 * 3600, path: "/",
                secure: state.configuration.certificateFile != nil
                    || state.configuration.isBehindProxy,
                httpOnly: true, sameSite: .strict))
        return response
    }

    private func fields(_ request: Request) async throws -> [String: String] {
        let bytes = try await RequestBytes.read(request, byteLimit: 16 << 10, seconds: 10)
        var fields: [String: String] = [:]
        for pair in String(decoding: bytes, as: UTF8.self).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map {
                $0.replacing("+", with: " ").removingPercentEncoding ?? ""
            }
            fields[decoded[0]] = decoded.count > 1 ? decoded[1] : ""
        }
        return fields
    }
}

/// Errors as pages, for browsers.
enum DashboardErrorBody: ErrorBody {
    static func response(to error: ServiceError, requestID: String) -> Response {
        var response = DashboardPage.response(
            "\(error.status.code) \(error.status.reasonPhrase)", session: nil, status: error.status,
            """
            <p class="alert" role="alert">\(error.message)</p>
            <p class="dim">Request \(requestID). <a href="/">Back to the overview</a></p>
            """)
        for field in error.headers { response.headers[field.name] = field.value }
        return response
    }
}
