/// What a sandbox may reach, by name.
package struct NetworkRules: Sendable, Equatable {
    package var rules: [NetworkRule]

    package init(_ rules: [NetworkRule]) { self.rules = rules }

    /// The first rule that allows this, in the order in which they were written.
    package func rule(for host: HostName, port: UInt16) -> NetworkRule? {
        rules.first { $0.matches(host, port: port) }
    }

    package func rule(for address: IPAddress, port: UInt16) -> NetworkRule? {
        rules.first { $0.matches(address, port: port) }
    }

    /// Whether a name is worth answering at all, for the resolver.
    package func isKnown(_ host: HostName) -> Bool {
        rules.contains { $0.target.matches(host) }
    }
}

/// One entry of an allow list.
package struct NetworkRule: Sendable, Equatable, CustomStringConvertible {
    package enum Target: Sendable, Equatable {
        case exact(HostName)
        /// Every name below this one, not this one itself: `*.example.org`.
        case below(HostName)
        case block(AddressBlock)

        package func matches(_ host: HostName) -> Bool {
            switch self {
            case .exact(let name): host == name
            case .below(let name): host.text.hasSuffix("." + name.text)
            case .block: false
            }
        }
    }

    package var target: Target
    /// Ports; 80 and 443 unless spelled out.
    package var ports: Set<UInt16>
    /// Methods and path prefixes for plain HTTP and intercepted TLS; empty allows all.
    package var methods: Set<String> = []
    package var pathPrefixes: [String] = []

    package static let standardPorts: Set<UInt16> = [80, 443]

    package init(target: Target, ports: Set<UInt16> = standardPorts) {
        self.target = target
        self.ports = ports
    }

    package func matches(_ host: HostName, port: UInt16) -> Bool {
        target.matches(host) && ports.contains(port)
    }

    package func matches(_ address: IPAddress, port: UInt16) -> Bool {
        guard case .block(let block) = target else { return false }
        return block.contains(address) && ports.contains(port)
    }

    package var description: String {
        let host =
            switch target {
            case .exact(let name): name.text
            case .below(let name): "*." + name.text
            case .block(let block): block.description
            }
        guard ports != Self.standardPorts else { return host }
        return ports.sorted().map { "\(host):\($0)" }.joined(separator: ",")
    }
}

/// What is wrong with an allow list, and where.
package struct NetworkRuleError: Error, Sendable, Equatable, CustomStringConvertible {
    package var entry: String
    package var reason: String

    package var description: String { "network rule '\(entry)': \(reason)" }
}

extension NetworkRules {
    /// Reads `HOST[:PORT],...` as in `--net allow=...`.
    package static func parse(_ list: String) throws(NetworkRuleError) -> NetworkRules {
        var rules: [NetworkRule] = []
        for entry in list.split(separator: ",", omittingEmptySubsequences: false) {
            rules.append(try NetworkRule(entry: String(entry)))
        }
        return NetworkRules(rules)
    }
}

extension NetworkRule {
    /// Reads one entry: `name`, `*.name`, `address/bits`, each with an optional `:port`.
    package init(entry: String) throws(NetworkRuleError) {
        guard !entry.isEmpty else {
            throw NetworkRuleError(entry: entry, reason: "is empty; write HOST or HOST:PORT")
        }
        var host = entry[...]
        var ports = Self.standardPorts
        // The last colon separates a port unless the entry is a bare IPv6 block.
        if let colon = host.lastIndex(of: ":"), !host[..<colon].contains(":") || host.hasPrefix("[")
        {
            let text = host[host.index(after: colon)...]
            if !text.contains("]") && !text.contains("/") {
                guard let port = UInt16(text), port > 0, String(port) == text else {
                    throw NetworkRuleError(
                        entry: entry, reason: "'\(text)' is no port; ports are 1 to 65535")
                }
                ports = [port]
                host = host[..<colon]
            }
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if host.contains("/") {
            guard let block = AddressBlock(String(host)) else {
                throw NetworkRuleError(
                    entry: entry,
                    reason:
                        "is no address block; write it as 10.1.0.0/16 with no bits beyond the prefix"
                )
            }
            self.init(target: .block(block), ports: ports)
            return
        }
        if IPAddress(String(host)) != nil {
            throw NetworkRuleError(
                entry: entry,
                reason: "is an address; addresses are allowed as blocks only, such as \(host)/32")
        }
        do {
            if host.hasPrefix("*.") {
                self.init(target: .below(try HostName(String(host.dropFirst(2)))), ports: ports)
            } else {
                self.init(target: .exact(try HostName(String(host))), ports: ports)
            }
        } catch {
            throw NetworkRuleError(
                entry: entry,
                reason:
                    "is no host name (\(error)); use letters, digits and hyphens, other scripts as xn--"
            )
        }
    }
}
