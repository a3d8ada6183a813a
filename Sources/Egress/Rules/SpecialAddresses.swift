package import RunModel

/// Addresses that are never dialled unless a rule spells them out: the names that resolve to them
/// are how a sandbox would reach its host, its neighbours or a cloud's credentials (threats 60, 64).
package enum SpecialAddresses {
    /// Of the IANA special-purpose registries (RFC 6890 and successors) those that lead to this host,
    /// its networks or its cloud's metadata. Blocks for documentation are no such way.
    package static let blocks: [(block: AddressBlock, name: String)] = [
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT and metadata"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local and metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking; Drydock's made-up addresses"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved and broadcast"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("100::/64", "discard"),
        ("fc00::/7", "unique local and metadata"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    ].compactMap { text, name in AddressBlock(text).map { ($0, name) } }

    /// What kind of special address it is, or would reach by translation; `nil` for a public one.
    package static func kind(of address: IPAddress) -> String? {
        if let inner = address.embeddedVersion4 { return kind(of: inner) }
        return blocks.first { $0.block.contains(address) }?.name
    }
}
