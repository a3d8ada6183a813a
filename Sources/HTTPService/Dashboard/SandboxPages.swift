internal import Hummingbird
internal import JSONText
internal import Orchestration
internal import Sandboxing

/// Sandboxes that live: what they use, over time, what runs in them, what they logged.
enum SandboxPages {
    static func list(_ state: ServiceState, _ session: DashboardSession) async throws -> Response {
        let sandboxes = state.e2b.sandboxes(of: session.tenant)
        let rows = sandboxes.reversed().map { sandbox -> [Markup] in
            let metadata = sandbox.note.metadata.sorted { $0.key < $1.key }
                .map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
            return [
                "<a href=\"/ui/sandboxes/\(sandbox.identifier)\"><code>\(sandbox.identifier)</code></a>",
                "\(sandbox.note.template)",
                DashboardPage.badge(sandbox.record.isPaused ? "paused" : "running"),
                "\(metadata)", OverviewPage.time(sandbox.record.startedAt), ends(sandbox),
            ]
        }
        let inUse = state.work.jobs.shares.inUse(by: session.tenant)
        let ready = state.e2b.pool.sizes.values.reduce(0, +)
        return DashboardPage.response(
            "Sandboxes", session: session,
            """
            <div class="cards" role="group" aria-label="In use">
            <div class="card"><b>\(sandboxes.count)</b><span>sandboxes live</span></div>
            <div class="card"><b>\(UsagePlots.number(inUse.cpus))</b><span>processors promised</span></div>
            <div class="card"><b>\(UsagePlots.bytes(Double(inUse.memoryBytes)))</b><span>memory promised</span></div>
            <div class="card"><b>\(ready)</b><span>made in advance, for everybody</span></div>
            </div>
            \(DashboardPage.table(
                "Living sandboxes", ["Id", "Template", "State", "Metadata", "Started", "Ends"], rows,
                empty: "None is alive. <code>POST /v2/sandboxes</code>, or E2B's client as docs/e2b.md says, makes one."))
            """)
    }

    static func one(
        _ state: ServiceState, _ session: DashboardSession, id: String
    ) async throws -> Response {
        let sandbox = try state.e2b.sandbox(id, tenant: session.tenant)
        let live = state.e2b.sandboxes
        let samples = try await translatingFailures {
            try await live.ask(id, "usage")["samples"]?.arrayValue ?? []
        }
        let processes = try await translatingFailures {
            try await live.ask(id, "processes")["processes"]?.arrayValue ?? []
        }
        let log = try await translatingFailures {
            try await live.ask(id, "log")["entries"]?.arrayValue ?? []
        }
        let end: Markup =
            session.identity.scopes.contains(.run)
            ? """
            <form method="post" action="/ui/sandboxes/\(id)/end">\(session.field)<button class="no">End this sandbox</button></form>
            """ : ""
        return DashboardPage.response(
            "Sandbox \(id)", session: session, current: "Sandboxes",
            """
            <dl>
            <dt>State</dt><dd>\(DashboardPage.badge(sandbox.record.isPaused ? "paused" : "running"))</dd>
            <dt>Template</dt><dd>\(sandbox.note.template)</dd>
            <dt>Network</dt><dd>\(sandbox.note.hosts.isEmpty ? "none" : sandbox.note.hosts.joined(separator: ", "))</dd>
            <dt>Started</dt><dd>\(OverviewPage.time(sandbox.record.startedAt))</dd>
            <dt>Ends</dt><dd>\(ends(sandbox))</dd>
            </dl>
            <h2>Resources</h2>
            \(UsagePlots.markup(samples))
            \(DashboardPage.table("Processes", ["Number", "Command", "State", "Started"], processes.reversed().map(row), empty: "None was started."))
            \(DashboardPage.table("Log", ["When", "Level", "What"], log.suffix(200).reversed().map(entry)))
            \(end)
            """)
    }

    private static func row(_ process: JSONValue) -> [Markup] {
        let command = (process["command"]?.arrayValue ?? []).compactMap(\.stringValue)
            .joined(separator: " ")
        let isRunning = process["running"]?.boolValue == true
        let end = process["end"].map { ProcessEnd.shown($0)["status"]?.stringValue ?? "" } ?? ""
        return [
            "\(process["pid"]?.integerValue ?? 0)", "<code>\(String(command.prefix(300)))</code>",
            isRunning ? DashboardPage.badge("running") : "\(end)",
            OverviewPage.time(process["started_at"]?.stringValue ?? ""),
        ]
    }

    private static func entry(_ entry: JSONValue) -> [Markup] {
        [
            OverviewPage.time(entry["timestamp"]?.stringValue ?? ""),
            "\(entry["level"]?.stringValue ?? "")", "\(entry["message"]?.stringValue ?? "")",
        ]
    }

    private static func ends(_ sandbox: E2BSandbox) -> Markup {
        guard let end = sandbox.record.specification.endsAtMilliseconds else { return "never" }
        return OverviewPage.time(Timestamps.text(milliseconds: end))
    }
}
