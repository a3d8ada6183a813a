internal import Hummingbird
internal import Orchestration
internal import RunModel
internal import RunStore

/// Incidents, each as a timeline of attempts with what they cost.
enum IncidentPages {
    static func list(_ state: ServiceState, _ session: DashboardSession) async throws -> Response {
        var rows: [[Markup]] = []
        for id in try await state.store.incidentIDs(tenant: session.tenant) {
            let incident = try await state.store.incident(id)
            rows.append([
                "<a href=\"/ui/incidents/\(id)\">\(incident.title)</a>",
                DashboardPage.badge(incident.status.rawValue), "\(incident.branch)",
                OverviewPage.time(incident.updatedAt),
            ])
        }
        return DashboardPage.response(
            "Incidents", session: session,
            DashboardPage.table(
                "Incidents", ["What", "Status", "Branch", "Changed"], rows,
                empty:
                    "No regression was handed in. <code>POST /v1/incidents</code> with a key of scope heal begins one, and so do a forge's deliveries."
            ))
    }

    static func one(
        _ state: ServiceState, _ session: DashboardSession, id: String
    ) async throws -> Response {
        guard try await state.store.incidentIDs(tenant: session.tenant).contains(id) else {
            throw ServiceError.notFound("incident \(id)")
        }
        let story = try await IncidentStory.load(id, from: state.store)
        let attempts = story.state.attempts.map { attempt -> Markup in
            """
            <li><b>Attempt \(attempt.number), \(attempt.fixer)</b>
            gate \(DashboardPage.badge(attempt.gate?.rawValue ?? "not reached")) verification \(DashboardPage.badge(attempt.verify?.rawValue ?? "not reached"))
            <div class="dim">\(cost(attempt))</div></li>
            """
        }
        let list: Markup =
            attempts.isEmpty
            ? "<p class=\"none\">No attempt yet.</p>"
            : "<ol class=\"time\">\(Markup(joining: attempts))</ol>"
        let decide: Markup =
            story.incident.status == .awaitingApproval
            ? " <a href=\"/ui/approvals\">decide</a>" : ""
        return DashboardPage.response(
            story.incident.title, session: session, current: "Incidents",
            """
            <dl>
            <dt>Status</dt><dd>\(DashboardPage.badge(story.incident.status.rawValue))\(decide)</dd>
            <dt>Id</dt><dd><code>\(story.incident.id)</code></dd>
            <dt>Branch</dt><dd>\(story.incident.branch)</dd>
            <dt>Since</dt><dd>\(OverviewPage.time(story.incident.openedAt))</dd>
            </dl>
            <h2>Attempts</h2>
            \(list)
            <h2>Story</h2>
            <pre tabindex="0" aria-label="Story">\(IncidentOperations.text(of: story, state))</pre>
            """)
    }

    private static func cost(_ attempt: HealReport.Attempt) -> String {
        let cost = (attempt.costUSD * 10_000).rounded() / 10_000
        let note = attempt.note.isEmpty ? "" : ": \(attempt.note)"
        let seconds = (attempt.wallMilliseconds / 100).rounded() / 10
        return "\(attempt.tokens) tokens, \(cost) USD, \(seconds) s\(note)"
    }
}
