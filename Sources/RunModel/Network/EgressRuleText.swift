/// What is wrong with an allow list, and where.
package struct EgressRuleError: Error, Sendable, Equatable, CustomStringConvertible {
    package var entry: String
    package var reason: String

    package init(entry: String, reason: String) {
        self.entry = entry
        self.reason = reason
    }

    package var description: String {
        // What came from outside stays one line, whatever is in it.
        "network rule \(entry.prefix(200).debugDescription): \(reason)"
    }
}

extension EgressRule {
    /// Reads one entry: `name`, `*.name`, `address/bits`, each with an optional `:port`, and options.
    package init(entry: String) throws(EgressRuleError) {
        let parts = entry.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        do {
            try self.init(place: parts[0])
            for option in parts.dropFirst() { try apply(option) }
        } catch {
            throw EgressRuleError(entry: entry, reason: error.reason)
        }
    }

    private init(place: String) throws(EgressRuleError) {
        func wrong(_ reason: String) -> EgressRuleError {
            EgressRuleError(entry: place, reason: reason)
        }
        guard !place.isEmpty else { throw wrong("is empty; write HOST or HOST:PORT") }
        var host = place[...]
        var ports = Self.standardPorts
        // The last colon separates a port unless the entry is a bare IPv6 block.
        if let colon = host.lastIndex(of: ":"), !host[..<colon].contains(":") || host.hasPrefix("[")
        {
            let text = host[host.index(after: colon)...]
            if !text.contains("]") && !text.contains("/") {
                ports = [try Self.port(text)]
                host = host[..<colon]
            }
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if host.contains("/") {
            guard let block = AddressBlock(String(host)) else {
                throw wrong(
                    "is no address block; write it as 10.1.0.0/16 with no bits beyond the prefix; "
                        + "a path belongs after ;path=")
            }
            self.init(target: .block(block), ports: ports)
            return
        }
        if IPAddress(String(host)) != nil {
            throw wrong("is an address; addresses are allowed as blocks only, such as \(host)/32")
        }
        do {
            if host.hasPrefix("*.") {
                self.init(target: .below(try HostName(String(host.dropFirst(2)))), ports: ports)
            } else {
                self.init(target: .exact(try HostName(String(host))), ports: ports)
            }
        } catch {
            throw wrong(
                "is no host name (\(error)); use letters, digits and hyphens, other scripts as xn--"
            )
        }
    }

    private static func port(_ text: Substring) throws(EgressRuleError) -> UInt16 {
        guard let port = UInt16(text), port > 0, String(port) == text else {
            throw EgressRuleError(
                entry: String(text), reason: "'\(text)' is no port; ports are 1 to 65535")
        }
        return port
    }

    private static let options = ["port", "method", "path", "tls", "credential"]

    private mutating func apply(_ option: String) throws(EgressRuleError) {
        func wrong(_ reason: String) -> EgressRuleError {
            EgressRuleError(entry: option, reason: reason)
        }
        let sign = option.firstIndex(of: "=") ?? option.endIndex
        let name = String(option[..<sign])
        let value = sign == option.endIndex ? "" : String(option[option.index(after: sign)...])
        guard sign != option.endIndex, Self.options.contains(name) else {
            let nearest = nearestName(to: name, among: Self.options)
            throw wrong(
                "'\(option)' is no option of a rule; "
                    + (nearest.map { "did you mean \($0)=?" }
                        ?? "there are port=, method=, path=, tls= and credential="))
        }
        switch name {
        case "port":
            // The standard ports stand only where none was named.
            let port = try Self.port(value[...])
            if ports == Self.standardPorts { ports = [] }
            ports.insert(port)
        case "method":
            guard !value.isEmpty, value != "CONNECT",
                value.utf8.allSatisfy({ (65...90).contains($0) || $0 == UInt8(ascii: "-") })
            else { throw wrong("'\(value)' is no method; write it in capitals, such as GET") }
            if !methods.contains(value) { methods.append(value) }
        case "path":
            guard value.hasPrefix("/"), RequestPath.isPlain(value), !value.contains("?") else {
                throw wrong(
                    "'\(value)' is no path prefix; write it from / without . or .. segments, "
                        + "queries, commas and encoded slashes")
            }
            if !pathPrefixes.contains(value) { pathPrefixes.append(value) }
        case "tls":
            guard value == "intercept" else {
                throw wrong("'\(value)' is not known; tls=intercept is all there is")
            }
            intercepts = true
        default:
            guard CredentialName.isValid(value) else {
                throw wrong("'\(value)' is no credential's name: letters, digits, - and _")
            }
            credential = value
        }
    }
}

/// Names of credentials in the operator's configuration.
package enum CredentialName {
    package static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }
}

/// Paths that every server reads alike.
package enum RequestPath {
    /// Without dot segments, empty segments, backslashes and encoded separators: what a prefix is
    /// compared with must be what the server serves. The query is not looked at.
    package static func isPlain(_ target: String) -> Bool {
        let path = target.prefix { $0 != "?" && $0 != "#" }.lowercased()
        guard path.hasPrefix("/"), !path.contains("//"), !path.contains("\\"), !path.contains(";"),
            !path.contains(",")
        else { return false }
        for code in ["%2e", "%2f", "%5c", "%00", "%25"] where path.contains(code) { return false }
        return path.split(separator: "/").allSatisfy { $0 != "." && $0 != ".." }
    }
}
