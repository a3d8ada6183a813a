internal import Hummingbird
internal import JSONText

/// What waits for a human, with the two buttons for who may press them.
enum ApprovalPage {
    static func response(
        _ state: ServiceState, _ session: DashboardSession
    ) async throws -> Response {
        let all = try await ApprovalOperations.list(state.store, tenant: session.tenant)
        let mayDecide = session.identity.scopes.contains(.approve)
        let rows = all.map { approval -> [Markup] in
            let id = approval["id"]?.stringValue ?? ""
            let reasons = (approval["reasons"]?.arrayValue ?? []).compactMap(\.stringValue)
            let decision: Markup
            if let made = approval["decision"]?.stringValue {
                decision =
                    "\(DashboardPage.badge(made)) by \(approval["decided_by"]?.stringValue ?? "")"
            } else if mayDecide {
                decision = """
                    <form method="post" action="/ui/approvals/\(id)">\(session.field)
                    <button class="yes" name="decision" value="approved" aria-label="Approve \(id)">Approve</button>
                    <button class="no" name="decision" value="rejected" aria-label="Reject \(id)">Reject</button></form>
                    """
            } else {
                decision = "waits (this key may not decide)"
            }
            let subject = approval["subject"]?.stringValue ?? ""
            let link: Markup =
                approval["kind"]?.stringValue == "session"
                ? "<a href=\"/ui/sessions/\(subject)\">\(approval["title"]?.stringValue ?? "")</a>"
                : "<a href=\"/ui/incidents/\(subject)\">\(approval["title"]?.stringValue ?? "")</a>"
            return [
                "\(link)<div class=\"dim\">tree <code>\(approval["tree"]?.stringValue ?? "")</code></div>",
                "\(reasons.joined(separator: "; "))",
                OverviewPage.time(approval["requested_at"]?.stringValue ?? ""), decision,
            ]
        }
        return DashboardPage.response(
            "Approvals", session: session,
            DashboardPage.table(
                "Approvals", ["What", "Why", "Asked for", "Decision"], rows,
                empty:
                    "Nothing waits. A verified change appears here when the gate wants a human to look at it."
            ))
    }
}

/// Who decided what.
enum AuditPage {
    static func response(_ state: ServiceState, _ session: DashboardSession) throws -> Response {
        guard session.identity.scopes.contains(.audit) else {
            throw ServiceError.forbidden("this key has no scope 'audit'")
        }
        let rows = state.auditEntries(tenant: session.tenant, limit: 200).map { entry -> [Markup] in
            let event = entry["event"] ?? .null
            let payload =
                (event["payload"]?.stringValue).flatMap { try? JSONValue(parsing: $0) } ?? .null
            return [
                "\(entry["sequence"]?.integerValue ?? 0)",
                OverviewPage.time(event["time"]?.stringValue ?? ""),
                "\(event["kind"]?.stringValue ?? "")", "\(event["subject"]?.stringValue ?? "")",
                "\(payload["name"]?.stringValue ?? "") <code>\(payload["key"]?.stringValue ?? "")</code>",
            ]
        }
        return DashboardPage.response(
            "Audit log", session: session,
            DashboardPage.table(
                "Audit log", ["No.", "When", "What", "About", "Who"], rows,
                empty:
                    "Nothing was decided yet. Every approval and rejection is entered here, with who made it."
            ))
    }
}
