internal import Hummingbird
internal import JSONText
internal import Orchestration
internal import RunStore

/// One job: output as it comes, what it used, what it changed, what was found.
enum JobPage {
    static func response(
        _ state: ServiceState, _ session: DashboardSession, id: String
    ) async throws -> Response {
        guard let job = try await state.store.job(id, tenant: session.tenant) else {
            throw ServiceError.notFound("job \(id)")
        }
        let document = job.document.flatMap { try? JSONValue(parsing: $0) }
        let record = try await JobLog.read(job, state.store)
        let isLive = !job.state.isFinal
        let live: Markup =
            isLive ? " data-events=\"/ui/jobs/\(id)/events?after=\(Int(record.lastSequence))\"" : ""
        let patch = try state.work.artifacts.read("patch.diff", job: id)
        let cancel: Markup =
            isLive && session.identity.scopes.contains(.run)
            ? """
            <form method="post" action="/ui/jobs/\(id)/cancel">\(session.field)<button class="no">Cancel this job</button></form>
            """ : ""
        return DashboardPage.response(
            job.title.isEmpty ? job.id : job.title, session: session, refreshes: isLive,
            current: "Overview",
            """
            <dl>
            <dt>State</dt><dd><span id="state" aria-live="polite">\(DashboardPage.badge(job.state.rawValue))</span> \(OverviewPage.outcomeBadge(job))</dd>
            <dt>Kind</dt><dd>\(job.kind)</dd>
            <dt>Id</dt><dd><code>\(job.id)</code></dd>
            <dt>Asked for</dt><dd>\(OverviewPage.time(job.createdAt))</dd>
            <dt>Ended</dt><dd>\(job.endedAt.map { OverviewPage.time($0) } ?? "not yet")</dd>
            </dl>
            <h2>Output</h2>
            \(output(record.text, live: live, state: job.state))
            \(overTime(record.usage))
            \(usage(document))
            \(findings(document))
            \(patch.map { change(String(decoding: $0, as: UTF8.self)) } ?? "")
            \(document.map(details) ?? "")
            \(cancel)
            """)
    }

    /// The end of what it wrote: a browser is no place for all of it.
    private static let outputCharacters = 400_000

    private static func output(
        _ text: String, live: Markup, state: JobRecord.State
    ) -> Markup {
        guard !text.isEmpty else {
            let why =
                switch state {
                case .queued: "It waits for its turn."
                case .running: "Nothing so far."
                default: "It wrote nothing."
                }
            return "<pre tabindex=\"0\" aria-label=\"Output\" data-none\(live)>\(why)</pre>"
        }
        let shown = String(text.suffix(outputCharacters))
        let cut: Markup =
            shown.count < text.count
            ? "<p class=\"dim\">The last \(outputCharacters) characters; <code>GET /v1/jobs/ID/log</code> has all.</p>"
            : ""
        return "\(cut)<pre tabindex=\"0\" aria-label=\"Output\"\(live)>\(shown)</pre>"
    }

    /// One sample is no course: what a short run used stands in the table.
    private static func overTime(_ samples: [JSONValue]) -> Markup {
        samples.count < 2 ? "" : "<h2>Resources over time</h2>\(UsagePlots.markup(samples))"
    }

    private static func change(_ patch: String) -> Markup {
        "<h2>Change set</h2>\(DiffMarkup.markup(patch, findings: []))"
    }

    /// What a run used of what it was given.
    private static func usage(_ document: JSONValue?) -> Markup {
        guard let usage = document?["usage"], let limits = document?["limits"] else { return "" }
        func number(_ value: JSONValue?) -> Double? {
            guard case .number(let text)? = value else { return nil }
            return Double(text)
        }
        let cpu = (number(usage["cpu_user_ms"]) ?? 0) + (number(usage["cpu_system_ms"]) ?? 0)
        let wall = number(document?["wall_ms"])
        let rows: [(String, Double?, Double?, String)] = [
            ("Wall time", wall, number(limits["wall_ms"]), "ms"),
            ("Processor time", cpu, number(limits["cpu_time_ms"]) ?? wall.map { $0 * 2 }, "ms"),
            (
                "Memory, peak", number(usage["memory_peak_bytes"]), number(limits["memory_bytes"]),
                "bytes"
            ),
            ("Processes, peak", number(usage["processes_peak"]), number(limits["processes"]), ""),
        ]
        let cells = rows.compactMap { name, used, limit, unit -> [Markup]? in
            guard let used else { return nil }
            let share = limit.map { $0 > 0 ? min(1, used / $0) : 0 } ?? 0
            return [
                "\(name)", "\(text(used, unit))", "\(limit.map { text($0, unit) } ?? "none")",
                """
                <div class="meter"><svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="\(Int(share * 100)) percent"><rect width="\("\(max(share * 100, 0.5))")" height="10"/></svg></div>
                """,
            ]
        }
        return DashboardPage.table("Resources", ["What", "Used", "Limit", "Share"], cells)
    }

    private static func text(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "bytes": return UsagePlots.bytes(value)
        case "ms": return value >= 10_000 ? "\((value / 100).rounded() / 10) s" : "\(Int(value)) ms"
        default: return "\(Int(value))"
        }
    }

    private static func findings(_ document: JSONValue?) -> Markup {
        guard let findings = document?["findings"]?.arrayValue else { return "" }
        let rows = findings.map { finding -> [Markup] in
            [
                DashboardPage.badge(finding["action"]?.stringValue ?? ""),
                "<code>\(finding["rule"]?.stringValue ?? "")</code>",
                "\(finding["path"]?.stringValue ?? "")\(finding["line"]?.integerValue.map { ":\($0)" } ?? "")",
                "\(finding["message"]?.stringValue ?? "")",
            ]
        }
        return DashboardPage.table(
            "Findings", ["Action", "Rule", "Where", "What"], rows,
            empty: "Nothing was objected to.")
    }

    private static func details(_ document: JSONValue) -> Markup {
        """
        <details><summary>Document</summary><pre tabindex="0" aria-label="Document">\(document.text(.indented))</pre></details>
        """
    }
}
