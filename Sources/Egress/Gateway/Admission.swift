package import RunModel

/// Decides over one connection: by name first, then by the address that the name stands for now.
package struct Admission: Sendable {
    package enum Decision: Sendable {
        /// Dial exactly these, in this order, until one answers.
        case dial([IPAddress], rule: String)
        case refuse(rule: String)
    }

    private let rules: EgressRules
    private let resolver: any NameResolver

    package init(rules: EgressRules, resolver: any NameResolver) {
        self.rules = rules
        self.resolver = resolver
    }

    /// Resolves once and checks what will be dialled, so that a name that changes its mind between
    /// check and use changes nothing (threat 64). Blocks on the resolver.
    package func decide(_ name: HostName, port: UInt16) -> Decision {
        guard let rule = rules.rule(for: name, port: port) else {
            return .refuse(rule: "no rule allows \(name):\(port)")
        }
        let addresses: [IPAddress]
        do { addresses = try resolver.addresses(of: name) } catch {
            return .refuse(rule: "\(error)")
        }
        return check(addresses, of: name, port: port, by: rule)
    }

    /// The same where a proxy of the host's dials: a name that this host cannot resolve is left to
    /// it, one that resolves to a special address here is refused here. The address dialled is the
    /// proxy's choice.
    package func decideForProxy(_ name: HostName, port: UInt16) -> Decision {
        guard let rule = rules.rule(for: name, port: port) else {
            return .refuse(rule: "no rule allows \(name):\(port)")
        }
        guard let addresses = try? resolver.addresses(of: name),
            addresses.contains(where: { SpecialAddresses.kind(of: $0) != nil })
        else { return .dial([], rule: rule.description) }
        return check(addresses, of: name, port: port, by: rule)
    }

    private func check(
        _ addresses: [IPAddress], of name: HostName, port: UInt16, by rule: EgressRule
    ) -> Decision {
        let permitted = addresses.filter {
            SpecialAddresses.kind(of: $0) == nil || rules.rule(for: $0, port: port) != nil
        }
        if !permitted.isEmpty { return .dial(permitted, rule: rule.description) }
        guard let first = addresses.first, let kind = SpecialAddresses.kind(of: first) else {
            return .refuse(rule: "\(name) has no address")
        }
        return .refuse(
            rule:
                "\(name) resolves to \(first) (\(kind)); allow \(first)/\(first.isVersion4 ? 32 : 128) to permit it"
        )
    }
}
