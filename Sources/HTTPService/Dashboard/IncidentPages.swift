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
            DashboardPage.table("Incidents", ["What", "Status", "Branch", "Changed"], rows))
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
            gate \(DashboardPage.badge(attempt.gate?.rawValue ?? "none")) verification \(DashboardPage.badge(attempt.verify?.rawValue ?? "none"))
            <div class="dim">\(cost(attempt))</div></li>
            """
        }
        let list: Markup =
            attempts.isEmpty
            ? "<p class=\"none\">No attempt yet.</p>"
            : "<ol class=\"time\">\(Markup(joining: attempts))</ol>"
        return DashboardPage.response(
            story.incident.title, session: session, current: "Incidents",
            """
            <p>\(DashboardPage.badge(story.incident.status.rawValue)) branch \(story.incident.branch), since \(OverviewPage.time(story.incident.openedAt))</p>
            <h2>Attempts</h2>
            \(list)
            <h2>Story</h2>
            <pre tabindex="0" aria-label="Story">\(story.text)</pre>
            """)
    }

    private static func cost(_ attempt: HealReport.Attempt) -> String {
        let cost = (attempt.costUSD * 10_000).rounded() / 10_000
        let note = attempt.note.isEmpty ? "" : ": \(attempt.note)"
        return "\(attempt.tokens) tokens, \(cost) USD, \(Int(attempt.wallMilliseconds)) ms\(note)"
    }
}
