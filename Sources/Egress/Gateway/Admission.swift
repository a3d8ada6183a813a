package import RunModel

/// Decides over one connection: by name first, then by the address that the name stands for now.
package struct Admission: Sendable {
    package enum Decision: Sendable {
        /// Dial exactly this.
        case dial(IPAddress, rule: String)
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
    /// proxy's choice, so the one in the answer is only what was checked.
    package func decideForProxy(_ name: HostName, port: UInt16) -> Decision {
        guard let rule = rules.rule(for: name, port: port) else {
            return .refuse(rule: "no rule allows \(name):\(port)")
        }
        guard let addresses = try? resolver.addresses(of: name), let first = addresses.first else {
            return .dial(Self.unspecified, rule: rule.description)
        }
        if addresses.allSatisfy({ SpecialAddresses.kind(of: $0) == nil }) {
            return .dial(first, rule: rule.description)
        }
        return check(addresses, of: name, port: port, by: rule)
    }

    private static let unspecified = AddressBook.nowhere

    private func check(
        _ addresses: [IPAddress], of name: HostName, port: UInt16, by rule: EgressRule
    ) -> Decision {
        for address in addresses {
            if SpecialAddresses.kind(of: address) == nil
                || rules.rule(for: address, port: port) != nil
            {
                return .dial(address, rule: rule.description)
            }
        }
        guard let first = addresses.first, let kind = SpecialAddresses.kind(of: first) else {
            return .refuse(rule: "\(name) has no address")
        }
        return .refuse(
            rule:
                "\(name) resolves to \(first) (\(kind)); allow \(first)/\(first.isVersion4 ? 32 : 128) to permit it"
        )
    }
}
