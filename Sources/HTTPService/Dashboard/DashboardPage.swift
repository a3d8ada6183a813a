internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// What every page of the dashboard has around it.
enum DashboardPage {
    static let headers: HTTPFields = {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ]
        if let name = HTTPField.Name("referrer-policy") { headers[name] = "same-origin" }
        return headers
    }()

    static func response(
        _ title: String, session: DashboardSession?, status: HTTPResponse.Status = .ok,
        refreshes: Bool = false, current: String? = nil, _ content: Markup
    ) -> Response {
        let refresh: Markup =
            refreshes ? "<noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>" : ""
        let page: Markup = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="icon" href="data:,">
            <title>\(title) - Drydock</title>
            <link rel="stylesheet" href="/ui/style.css">
            <script src="/ui/script.js" defer></script>
            \(refresh)
            </head>
            <body>
            <a class="skip" href="#main">Skip to content</a>
            <header><a class="brand" href="/">Drydock</a>\(navigation(session, current: current ?? title))</header>
            <main id="main">
            <h1>\(title)</h1>
            \(content)
            </main>
            </body>
            </html>
            """
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: page.description)))
    }

    private static func navigation(_ session: DashboardSession?, current: String) -> Markup {
        guard let session else { return "" }
        let links = [
            ("Overview", "/"), ("Sandboxes", "/ui/sandboxes"), ("Sessions", "/ui/sessions"),
            ("Incidents", "/ui/incidents"),
            ("Approvals", "/ui/approvals"), ("Audit log", "/ui/audit"),
        ].map { name, path -> Markup in
            name == current
                ? "<a href=\"\(path)\" aria-current=\"page\">\(name)</a>"
                : "<a href=\"\(path)\">\(name)</a>"
        }
        return """
            <nav aria-label="Main">\(Markup(joining: links, separator: " "))</nav>
            <form class="out" method="post" action="/ui/logout">\(session.field)<span>\(session.keyName), \(session.tenant)</span> <button>Log out</button></form>
            """
    }

    static func badge(_ state: String) -> Markup {
        let tone: String
        switch state {
        case "ended", "pull_request", "approved", "pass", "verified", "exited": tone = "good"
        case "failed", "escalated", "rejected", "block", "cancelled": tone = "bad"
        case "running", "queued", "awaiting_approval", "review", "open", "paused": tone = "busy"
        default: tone = "plain"
        }
        return "<span class=\"badge \(tone)\">\(state)</span>"
    }

    static func table(_ caption: String, _ heads: [String], _ rows: [[Markup]]) -> Markup {
        guard !rows.isEmpty else { return "<p class=\"none\">\(caption): nothing yet.</p>" }
        let head = Markup(
            joining: heads.map { "<th scope=\"col\">\($0)</th>" as Markup }, separator: "")
        let body = Markup(
            joining: rows.map { row in
                let cells = Markup(
                    joining: row.map { "<td>\($0)</td>" as Markup }, separator: "")
                return "<tr>\(cells)</tr>"
            })
        return """
            <div class="wide"><table><caption>\(caption)</caption>
            <thead><tr>\(head)</tr></thead><tbody>
            \(body)
            </tbody></table></div>
            """
    }
}
