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
            <main id="main" tabindex="-1">
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
        case "pull_request", "approved", "pass", "verified", "exited 0", "no_regression",
            "nothing_to_heal":
            tone = "good"
        case "failed", "escalated", "rejected", "block", "cancelled", "refused", "timed_out",
            "cpu_limit", "out_of_memory", "process_limit", "disk_limit", "output_limit",
            "killed_by_policy", "setup_failed":
            tone = "bad"
        case "running", "queued", "awaiting_approval", "review", "open", "paused", "inconclusive":
            tone = "busy"
        case _ where state.hasPrefix("exited ") || state.hasPrefix("signaled"): tone = "bad"
        default: tone = "plain"
        }
        return "<span class=\"badge \(tone)\">\(state.replacing("_", with: " "))</span>"
    }

    /// A table that is a list of cards where the window is narrow; the roles keep it a table for
    /// who listens to it.
    ///
    /// - Parameters:
    ///   - heads: an empty one is of a column that needs no name.
    ///   - empty: what is said instead of a table without rows, and how there come to be some.
    static func table(
        _ caption: String, _ heads: [String], _ rows: [[Markup]], empty: Markup = "Nothing yet."
    ) -> Markup {
        guard !rows.isEmpty else {
            return "<h2>\(caption)</h2><p class=\"none\">\(empty)</p>"
        }
        let head = Markup(
            joining: heads.map { "<th role=\"columnheader\" scope=\"col\">\($0)</th>" as Markup },
            separator: "")
        let body = Markup(
            joining: rows.map { row in
                let cells = Markup(
                    joining: zip(heads, row).map { head, cell -> Markup in
                        "<td role=\"cell\" data-head=\"\(head)\">\(cell)</td>"
                    }, separator: "")
                return "<tr role=\"row\">\(cells)</tr>"
            })
        return """
            <div class="wide"><table role="table"><caption>\(caption)</caption>
            <thead role="rowgroup"><tr role="row">\(head)</tr></thead><tbody role="rowgroup">
            \(body)
            </tbody></table></div>
            """
    }
}
