internal import Foundation

/// An HTTP proxy that connections go through by CONNECT, and the hosts that need none.
package struct ProxySettings: Sendable, Equatable {
    package var host: String
    package var port: Int
    /// User and password in the clear, as in `Proxy-Authorization: Basic`.
    package var credentials: String?
    /// Host names, domains with a leading dot, or `*`.
    package var exceptions: [String]

    /// - Parameter url: `http://[user:password@]host[:port]`.
    package init(url: String, exceptions: [String] = []) throws(WebError) {
        let text = url.contains("://") ? url : "http://" + url
        guard let parts = URLComponents(string: text), parts.scheme == "http",
            let host = parts.host, !host.isEmpty
        else {
            throw WebError(
                kind: .proxy, subject: "the proxy setting",
                reason: "it is not http://[USER:PASSWORD@]HOST[:PORT]",
                remedy: "Correct it, or unset it", tries: 0)
        }
        self.host = host.trimmingCharacters(in: ["[", "]"])
        port = parts.port ?? 80
        credentials = parts.user.map { "\($0):\(parts.password ?? "")" }
        self.exceptions = exceptions
    }

    /// As most programs read it: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either case.
    /// `HTTP_PROXY` in capitals is not read, as a CGI client could set it (CVE-2016-5385).
    package static func from(
        environment: [String: String]
    ) throws(WebError) -> ProxySettings? {
        let names = ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"]
        guard let url = names.compactMap({ environment[$0] }).first(where: { !$0.isEmpty }) else {
            return nil
        }
        let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        return try ProxySettings(
            url: url,
            exceptions: list.split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces).lowercased()
            })
    }

    /// Whether a host is reached through the proxy. This machine itself never is.
    package func covers(_ host: String) -> Bool {
        let host = host.lowercased().trimmingCharacters(in: ["[", "]"])
        if host == "localhost" || host == "::1" || host.hasPrefix("127.") { return false }
        return !exceptions.contains { exception in
            let bare = exception.drop { $0 == "." }
            return exception == "*" || host == bare || (!bare.isEmpty && host.hasSuffix(".\(bare)"))
        }
    }
}
