package import RunModel

/// Decides over one request that the gateway can read. Pure.
package struct ExchangeJudge: Sendable {
    package enum Verdict: Sendable {
        /// - Parameter credential: is put in, over whatever the sandbox sent.
        case allow(EgressRule, credential: EdgeCredential?)
        case refuse(String, status: String)
    }

    private let rules: EgressRules
    private let credentials: EdgeCredentials

    package init(rules: EgressRules, credentials: EdgeCredentials) {
        self.rules = rules
        self.credentials = credentials
    }

    package func decide(
        _ head: HTTPRequestHead, for name: HostName, port: UInt16, isTLS: Bool
    ) -> Verdict {
        let host = head.values("host")[0]
        let standard: UInt16 = isTLS ? 443 : 80
        let accepted = ["\(name.text):\(port)"] + (port == standard ? [name.text] : [])
        guard accepted.contains(host.lowercased()) else {
            return .refuse(
                "Host is \(host.prefix(80).debugDescription), the connection was opened for \(name)",
                status: "421 Misdirected Request")
        }
        guard head.target.hasPrefix("/") || head.target == "*" && head.method == "OPTIONS" else {
            return .refuse("request target is no path", status: "400 Bad Request")
        }
        let isWebSocket = WebSocketHandshake(head) != nil
        let method = isWebSocket ? WebSocketHandshake.method : head.method
        guard let rule = rules.rule(for: name, port: port, method: method, path: head.target)
        else {
            return .refuse(
                "no rule allows \(method) \(Self.shown(head.target)) at \(name):\(port)",
                status: "403 Forbidden")
        }
        guard let wanted = rule.credential else {
            // Package managers read: what publishes or pushes needs a rule that says so.
            let reads =
                ["GET", "HEAD"].contains(method)
                || head.method == "POST" && head.target.hasSuffix("/git-upload-pack")
            return .allow(
                rule,
                credential: reads && isTLS
                    ? credentials.ofHost(name, port: port, path: head.target) : nil)
        }
        guard isTLS else {
            return .refuse(
                "credential '\(wanted)' goes over TLS only; ask \(name) with https",
                status: "403 Forbidden")
        }
        guard let credential = credentials.named[wanted] else {
            return .refuse(
                "the operator's configuration has no credential '\(wanted)'",
                status: "403 Forbidden")
        }
        guard credential.serves(name, port: port) else {
            return .refuse(
                "credential '\(wanted)' is not for \(name); add it to its hosts",
                status: "403 Forbidden")
        }
        return .allow(rule, credential: credential)
    }

    /// A path for reports: without the query, which may hold what belongs in no report.
    static func shown(_ target: String) -> String {
        let path = target.prefix { $0 != "?" }
        return path.utf8.count <= 200 ? String(path) : "\(path.prefix(200))..."
    }
}

/// Secrets of one gateway.
package struct EdgeCredentials: Sendable {
    /// Those that rules name.
    package var named: [String: EdgeCredential] = [:]
    /// Those of the host's package managers: for requests to their index, without a rule's asking.
    package var ofPackageManagers: [EdgeCredential] = []

    package init() {}

    func ofHost(_ host: HostName, port: UInt16, path: String = "/") -> EdgeCredential? {
        var best: (credential: EdgeCredential, coverage: Int)?
        for credential in ofPackageManagers where credential.serves(host, port: port) {
            let coverage = credential.coverage(of: path, host: host, port: port)
            if coverage > best?.coverage ?? -1 { best = (credential, coverage) }
        }
        return best?.credential
    }

    /// No secret of one host may travel in a request to another.
    var allSecrets: [[UInt8]] {
        (Array(named.values) + ofPackageManagers).flatMap(\.secrets)
    }
}
