internal import Hummingbird
internal import JSONText
internal import Orchestration
internal import RunStore

/// Queue and pool, what runs, what was done lately.
enum OverviewPage {
    static func response(
        _ state: ServiceState, _ session: DashboardSession
    ) async throws -> Response {
        let load = await state.work.jobs.load
        let jobs = try await state.store.jobs(tenant: session.tenant, limit: 50)
        let waiting = try await ApprovalOperations.list(state.store, tenant: session.tenant)
            .filter { $0["decision"] == .null }.count
        let seconds = (load.averageMilliseconds / 100).rounded() / 10
        var rows: [[Markup]] = []
        for job in jobs {
            var place: Markup = ""
            if job.state == .queued, let spot = await state.work.jobs.place(of: job.id) {
                place =
                    " <span class=\"dim\">\(spot.position). in the queue, about \(spot.expectedWaitMilliseconds / 1000) s</span>"
            }
            rows.append([
                "<a href=\"/ui/jobs/\(job.id)\">\(job.title.isEmpty ? job.id : job.title)</a>",
                "\(job.kind)", "\(DashboardPage.badge(job.state.rawValue))\(place)",
                outcomeBadge(job), time(job.createdAt),
            ])
        }
        return DashboardPage.response(
            "Overview", session: session,
            """
            <div class="cards" role="group" aria-label="Queue and pool">
            <div class="card"><b>\(load.running) / \(load.workers)</b><span>workers busy</span></div>
            <div class="card"><b>\(load.waiting)</b><span>jobs waiting</span></div>
            <div class="card"><b>\("\(seconds)") s</b><span>a job takes on average</span></div>
            <div class="card"><b>\(waiting)</b><span><a href="/ui/approvals">approvals waiting</a></span></div>
            </div>
            \(plot(jobs))
            \(DashboardPage.table("Jobs", ["What", "Kind", "State", "Outcome", "Asked for"], rows,
                empty: "None yet. <code>POST /v1/runs</code>, <code>drydock mcp</code> and the other ways in are in docs/service.md."))
            """)
    }

    /// A time for who has no script, and for the script.
    ///
    /// - Parameter isClock: without the day.
    static func time(_ text: String, isClock: Bool = false) -> Markup {
        // 2026-01-02T03:04:05.678Z
        let clock = text.dropFirst(11).prefix(8)
        guard text.utf8.count >= 20, text.hasSuffix("Z") else { return "<time>\(text)</time>" }
        return isClock
            ? "<time data-clock datetime=\"\(text)\">\(String(clock)) UTC</time>"
            : "<time datetime=\"\(text)\">\(String(text.prefix(10))) \(String(clock)) UTC</time>"
    }

    /// What came of it, in its colour; why it failed as text.
    static func outcomeBadge(_ job: JobRecord) -> Markup {
        let outcome = outcome(job)
        if outcome.isEmpty { return "" }
        return job.error == nil ? DashboardPage.badge(outcome) : "\(outcome)"
    }

    static func outcome(_ job: JobRecord) -> String {
        if let error = job.error { return String(error.prefix(120)) }
        guard let document = job.document.flatMap({ try? JSONValue(parsing: $0) }) else {
            return ""
        }
        if let verdict = document["verdict"]?.stringValue { return verdict }
        if let name = document["class"]?.stringValue { return name }
        let code = document["exit_code"]?.integerValue.map { " \($0)" } ?? ""
        return (document["outcome"]?.stringValue ?? "") + code
    }

    /// How long the last runs took, the latest at the right.
    private static func plot(_ jobs: [JobRecord]) -> Markup {
        let times = jobs.compactMap { job -> Double? in
            guard let document = job.document.flatMap({ try? JSONValue(parsing: $0) }),
                case .number(let text)? = document["wall_ms"]
            else { return nil }
            return Double(text)
        }.reversed()
        guard times.count > 1, let most = times.max(), most > 0 else { return "" }
        let width = 1000.0 / Double(times.count)
        let bars = times.enumerated().map { index, value -> Markup in
            let height = max(1, value / most * 80)
            return """
                <rect x="\("\(Double(index) * width + 1)")" y="\("\(88 - height)")" width="\("\(max(1, min(40, width - 2)))")" height="\("\(height)")"/>
                """
        }
        return """
            <h2>Wall time of the last \(times.count) runs</h2>
            <svg class="plot" viewBox="0 0 1000 90" preserveAspectRatio="none" role="img" aria-label="Wall times of the last \(times.count) runs, the longest \(Int(most)) milliseconds">
            \(Markup(joining: bars))
            </svg>
            <p class="dim">The longest took \(Int(most)) ms.</p>
            """
    }
}
