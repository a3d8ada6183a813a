/// What a sandbox may reach, by name.
package struct EgressRules: Sendable, Equatable {
    package var rules: [EgressRule]

    package init(_ rules: [EgressRule]) { self.rules = rules }

    /// The first rule that allows this, in the order in which they were written.
    package func rule(for host: HostName, port: UInt16) -> EgressRule? {
        rules.first { $0.matches(host, port: port) }
    }

    package func rule(for address: IPAddress, port: UInt16) -> EgressRule? {
        rules.first { $0.matches(address, port: port) }
    }

    /// The first rule that allows this request.
    package func rule(
        for host: HostName, port: UInt16, method: String, path: String
    ) -> EgressRule? {
        rules.first { $0.matches(host, port: port) && $0.permits(method: method, path: path) }
    }

    /// Whether requests to this name are read: as soon as one rule asks for it, none passes unread.
    package func needsContent(_ host: HostName, port: UInt16) -> Bool {
        rules.contains { $0.matches(host, port: port) && $0.needsContent }
    }

    /// Whether a name is worth answering at all, for the resolver.
    package func isKnown(_ host: HostName) -> Bool {
        rules.contains { $0.target.matches(host) }
    }

    /// Ports on which a name may be reached.
    package func ports(of host: HostName) -> Set<UInt16> {
        rules.reduce(into: []) { ports, rule in
            if rule.target.matches(host) { ports.formUnion(rule.ports) }
        }
    }

    /// Reads `HOST[:PORT][;OPTION]...,...`.
    package static func parse(_ list: String) throws(EgressRuleError) -> EgressRules {
        var rules: [EgressRule] = []
        for entry in list.split(separator: ",", omittingEmptySubsequences: false) {
            rules.append(try EgressRule(entry: String(entry)))
        }
        return EgressRules(rules)
    }
}

/// A whole `allow=` list: rules, and options of the network as a whole, which begin with `@`:
/// `@record=FOLDER`, `@replay=FOLDER`, `@cache`, `@intercept`.
package struct EgressPolicy: Sendable, Equatable {
    package var rules = EgressRules([])
    /// A folder that receives every complete answer.
    package var recordPath: String?
    /// A folder that answers instead of the network, which is then off.
    package var replayPath: String?
    /// Whether repeated downloads come from the shared cache.
    package var usesCache = false
    /// Whether TLS is opened at the gateway for every name.
    package var interceptsAll = false

    package init() {}

    package init(entries: [String]) throws(EgressRuleError) {
        for entry in entries {
            guard entry.hasPrefix("@") else {
                rules.rules.append(try EgressRule(entry: entry))
                continue
            }
            try apply(option: entry)
        }
        if recordPath != nil, replayPath != nil {
            throw EgressRuleError(
                entry: "@replay", reason: "a run either records or replays; leave one out")
        }
    }

    /// Whether any TLS is opened: then the sandbox must trust the run's own authority.
    package var needsInterception: Bool {
        interceptsAll || recordPath != nil || replayPath != nil || usesCache
            || rules.rules.contains(where: \.needsContent)
    }

    private mutating func apply(option: String) throws(EgressRuleError) {
        let parts = option.dropFirst().split(separator: "=", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count == 2 ? parts[1] : nil) {
        case ("record", .some(let path)): recordPath = try Self.folder(path, option)
        case ("replay", .some(let path)): replayPath = try Self.folder(path, option)
        case ("cache", nil): usesCache = true
        case ("intercept", nil): interceptsAll = true
        default:
            throw EgressRuleError(
                entry: option,
                reason: "is no option; there are @record=FOLDER, @replay=FOLDER, @cache, @intercept"
            )
        }
    }

    private static func folder(_ path: String, _ option: String) throws(EgressRuleError) -> String {
        guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
            throw EgressRuleError(
                entry: option, reason: "'\(path)' is no absolute path without ..")
        }
        return path
    }
}
