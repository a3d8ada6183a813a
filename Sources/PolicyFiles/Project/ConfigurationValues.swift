internal import RunModel

/// A size as configuration files write it, such as `2GiB`.
package struct ByteSize: Decodable, Sendable, Equatable {
    package var bytes: UInt64

    package init(bytes: UInt64) { self.bytes = bytes }

    package init(from decoder: any Decoder) throws {
        bytes = try quantity(in: decoder, Quantity.bytes)
    }
}

/// A time as configuration files write it, such as `10m`.
package struct TimeSpan: Decodable, Sendable, Equatable {
    package var milliseconds: UInt64

    package init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    package init(from decoder: any Decoder) throws {
        milliseconds = try quantity(in: decoder, Quantity.milliseconds)
    }
}

private func quantity(
    in decoder: any Decoder, _ read: (String) throws(QuantityError) -> UInt64
) throws -> UInt64 {
    let container = try decoder.singleValueContainer()
    do {
        return try read(try container.decode(String.self))
    } catch let error as QuantityError {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
}

/// What a run may reach: `none`, `loopback`, `host`, or `{allow: [HOST, ...]}`.
package enum NetworkRule: Decodable, Sendable, Equatable {
    case none
    case loopback
    case host
    /// Host names, each exact or `*.` and a suffix.
    case allow([String])

    private enum CodingKeys: String, CodingKey, CaseIterable { case allow }

    package init(from decoder: any Decoder) throws {
        if let mapping = try? decoder.container(keyedBy: CodingKeys.self) {
            let hosts = try mapping.decode([String].self, forKey: .allow)
            for host in hosts where !Self.isHostPattern(host) {
                throw DecodingError.dataCorruptedError(
                    forKey: .allow, in: mapping,
                    debugDescription: "\"\(host.prefix(80))\" is not a host name: "
                        + "letters, digits, hyphens and dots, or *. and a suffix")
            }
            self = .allow(hosts)
            return
        }
        let container = try decoder.singleValueContainer()
        switch try container.decode(String.self) {
        case "none": self = .none
        case "loopback": self = .loopback
        case "host": self = .host
        case let other:
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(other.prefix(60))\" is not a network: "
                    + "write none, loopback, host or {allow: [HOST, ...]}")
        }
    }

    /// Letters, digits and hyphens in dotted labels (RFC 1123), so that nothing smuggles a NUL, a
    /// user name, a port or a path past the egress gateway.
    static func isHostPattern(_ text: String) -> Bool {
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        guard (1...253).contains(name.utf8.count) else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { byte in
                    byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte)
                        || (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
                }
        }
    }
}
