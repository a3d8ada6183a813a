internal import Hummingbird
internal import Orchestration
internal import RunModel
internal import RunStore

/// Sessions, and what each changed, with the gate's findings in place.
enum SessionPages {
    static func list(_ state: ServiceState, _ session: DashboardSession) async throws -> Response {
        let rows = try await state.store.sessions(tenant: session.tenant).map { one -> [Markup] in
            [
                "<a href=\"/ui/sessions/\(one.id)\"><code>\(one.id)</code></a>",
                "\(one.repository)", "\(one.revision)", OverviewPage.time(one.createdAt),
            ]
        }
        return DashboardPage.response(
            "Sessions", session: session,
            DashboardPage.table(
                "Open sessions", ["Id", "Repository", "Revision", "Opened"], rows,
                empty:
                    "None is open. <code>POST /v1/sessions</code> opens one on a repository's revision, and so does MCP's <code>session_open</code>."
            ))
    }

    /// Findings about no line that the change set shows.
    private static func elsewhere(_ findings: [Finding], _ patch: String) -> Markup {
        let rest = DiffMarkup.unplaced(findings, in: patch)
        guard !rest.isEmpty else { return "" }
        return DashboardPage.table(
            "Other findings", ["Action", "Rule", "Where", "What"],
            rest.map { finding in
                [
                    DashboardPage.badge(finding.action.rawValue), "<code>\(finding.rule)</code>",
                    "\(finding.path)", "\(finding.message)",
                ]
            })
    }

    static func one(
        _ state: ServiceState, _ session: DashboardSession, id: String
    ) async throws -> Response {
        guard let record = try await state.store.session(id, tenant: session.tenant) else {
            throw ServiceError.notFound("session \(id)")
        }
        let changes = try await state.work.workbench.changes(of: id)
        let gate: GateReport?
        let problem: String?
        do {
            gate = try await state.work.workbench.gateReport(of: id)
            problem = nil
        } catch {
            (gate, problem) = (nil, "the gate could not judge it")
        }
        let verdict: Markup =
            gate.map { DashboardPage.badge($0.verdict.rawValue) } ?? "\(problem ?? "")"
        let patch = String(decoding: changes.patch, as: UTF8.self)
        let diff: Markup =
            patch.isEmpty
            ? "<p class=\"none\">Nothing was changed.</p>"
            : DiffMarkup.markup(patch, findings: gate?.findings ?? [])
        return DashboardPage.response(
            "Session \(id)", session: session, current: "Sessions",
            """
            <dl>
            <dt>Repository</dt><dd>\(record.repository)</dd>
            <dt>Revision</dt><dd>\(record.revision), tree <code>\(record.base)</code></dd>
            <dt>Opened</dt><dd>\(OverviewPage.time(record.createdAt))</dd>
            <dt>Gate</dt><dd>\(verdict)</dd>
            </dl>
            <h2>Change set</h2>
            \(diff)
            \(elsewhere(gate?.findings ?? [], patch))
            """)
    }
}
