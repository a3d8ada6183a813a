/// One entry of an allow list: which name, which ports, and what may be asked of it.
///
/// As text: `HOST[:PORT]`, then options, each after a semicolon: `port=N`, `method=NAME`,
/// `path=/PREFIX`, `tls=intercept`, `credential=NAME`; `port`, `method` and `path` may repeat.
/// One text form serves `--net`, profiles, `drydock.yaml`, cache keys and reports.
package struct EgressRule: Sendable, Equatable, CustomStringConvertible {
    package enum Target: Sendable, Equatable {
        case exact(HostName)
        /// Every name below this one, not this one itself: `*.example.org`.
        case below(HostName)
        /// Names that resolve into this block.
        case block(AddressBlock)

        package func matches(_ host: HostName) -> Bool {
            switch self {
            case .exact(let name): host == name
            case .below(let name): host.text.hasSuffix("." + name.text)
            case .block: false
            }
        }

        func covers(_ other: Target) -> Bool {
            switch (self, other) {
            case (_, .exact(let name)): matches(name)
            case (.below(let name), .below(let inner)): inner == name || matches(inner)
            case (.block(let block), .block(let inner)):
                block.prefixBits <= inner.prefixBits && block.contains(inner.address)
            default: false
            }
        }
    }

    package var target: Target
    /// Ports; 80 and 443 unless spelled out.
    package var ports: Set<UInt16>
    /// Methods and path prefixes for plain HTTP and intercepted TLS; empty allows all.
    package var methods: [String] = []
    package var pathPrefixes: [String] = []
    /// Whether TLS is opened at the gateway although nothing else in this rule needs it.
    package var intercepts = false
    /// The operator's credential that the gateway puts into every request.
    package var credential: String?

    package static let standardPorts: Set<UInt16> = [80, 443]

    package init(target: Target, ports: Set<UInt16> = standardPorts) {
        self.target = target
        self.ports = ports
    }

    package var isAddressBlock: Bool {
        if case .block = target { return true }
        return false
    }

    /// Whether the gateway must read requests to keep this rule.
    package var needsContent: Bool {
        !methods.isEmpty || !pathPrefixes.isEmpty || intercepts || credential != nil
    }

    package func matches(_ host: HostName, port: UInt16) -> Bool {
        target.matches(host) && ports.contains(port)
    }

    package func matches(_ address: IPAddress, port: UInt16) -> Bool {
        guard case .block(let block) = target else { return false }
        return block.contains(address) && ports.contains(port)
    }

    /// - Parameter path: the request's target in origin form.
    package func permits(method: String, path: String) -> Bool {
        (methods.isEmpty || methods.contains(method))
            && (pathPrefixes.isEmpty
                || RequestPath.isPlain(path)
                    && pathPrefixes.contains { Self.path(path, isBelow: $0) })
    }

    /// Whole segments: `/v1` is `/v1`, `/v1/x` and `/v1?q`, not `/v10`.
    private static func path(_ path: String, isBelow prefix: String) -> Bool {
        guard path.utf8.starts(with: prefix.utf8) else { return false }
        if prefix.hasSuffix("/") { return true }
        let next = path.utf8.dropFirst(prefix.utf8.count).first
        return next == nil || next == UInt8(ascii: "/") || next == UInt8(ascii: "?")
    }

    /// Whether everything that `other` allows, this allows too. Credentials are not compared: whether
    /// one may be used is another question.
    package func covers(_ other: EgressRule) -> Bool {
        target.covers(other.target) && ports.isSuperset(of: other.ports)
            && (methods.isEmpty
                || !other.methods.isEmpty && Set(methods).isSuperset(of: other.methods))
            && (pathPrefixes.isEmpty
                || !other.pathPrefixes.isEmpty
                    && other.pathPrefixes.allSatisfy { inner in
                        pathPrefixes.contains { Self.path(inner, isBelow: $0) }
                    })
    }

    package var description: String {
        var text =
            switch target {
            case .exact(let name): name.text
            case .below(let name): "*." + name.text
            case .block(let block):
                block.address.isVersion4 ? block.description : "[\(block.description)]"
            }
        if ports.count == 1, let port = ports.first {
            text += ":\(port)"
        } else if ports != Self.standardPorts {
            text += ports.sorted().map { ";port=\($0)" }.joined()
        }
        text += methods.map { ";method=\($0)" }.joined()
        text += pathPrefixes.map { ";path=\($0)" }.joined()
        if intercepts { text += ";tls=intercept" }
        if let credential { text += ";credential=\(credential)" }
        return text
    }
}
