/// An address as bytes, read in its one canonical form only: dotted decimal without leading zeros
/// (RFC 6943, section 3.1.1), or RFC 4291 text without a zone.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes, in network order.
    package let bytes: [UInt8]

    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    package init?(_ text: String) {
        if text.contains(":") {
            guard let bytes = Self.version6(text) else { return nil }
            self.bytes = bytes
        } else {
            guard let bytes = Self.version4(text[...]) else { return nil }
            self.bytes = bytes
        }
    }

    package var isVersion4: Bool { bytes.count == 4 }

    /// The IPv4 address inside an IPv4-mapped, NAT64 or 6to4 address: what would really be reached.
    package var embeddedVersion4: IPAddress? {
        guard bytes.count == 16 else { return nil }
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
            return IPAddress(bytes: Array(bytes[12...]))
        }
        if bytes.starts(with: [0x00, 0x64, 0xff, 0x9b]) {  // 64:ff9b::/96, RFC 6052
            return IPAddress(bytes: Array(bytes[12...]))
        }
        if bytes.starts(with: [0x20, 0x02]) {  // 2002::/16, RFC 3056
            return IPAddress(bytes: Array(bytes[2..<6]))
        }
        return nil
    }

    package var description: String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map {
            String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }
        return groups.joined(separator: ":")
    }

    private static func version4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count),
                part.utf8.allSatisfy({ (48...57).contains($0) }),
                part == "0" || part.first != "0", let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        guard let head = groups(halves[0]) else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1]), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let address = version4(part) else { return nil }
                bytes += address
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 < 0x80 }),
                part.first != "+", part.first != "-", let group = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(group >> 8), UInt8(group & 0xff)]
        }
        return bytes.count <= 16 ? bytes : nil
    }
}

/// A block of addresses, such as `10.0.0.0/8`.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    package let prefixBits: Int

    /// `nil` when the text is no block, or when bits beyond the prefix are set.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let bits = Int(parts[1]),
            String(bits) == parts[1], (0...address.bytes.count * 8).contains(bits)
        else { return nil }
        self.address = address
        prefixBits = bits
        guard Self.masked(address.bytes, bits) == address.bytes else { return nil }
    }

    package func contains(_ other: IPAddress) -> Bool {
        other.bytes.count == address.bytes.count
            && Self.masked(other.bytes, prefixBits) == address.bytes
    }

    package var description: String { "\(address)/\(prefixBits)" }

    private static func masked(_ bytes: [UInt8], _ bits: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(8, max(0, bits - index * 8))
            return kept == 0 ? 0 : byte & (0xff << UInt8(8 - kept))
        }
    }
}
