/// A host name in the one form that is compared, reported and dialled: lowercase letters, digits
/// and hyphens in dot-separated labels (RFC 952, RFC 1123), without a trailing dot.
///
/// Everything else is refused, not repaired: what two parsers read differently is how checks are
/// passed by (threats 62 and 63). Names in other scripts are written in their `xn--` form.
package struct HostName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    /// Why text is no host name.
    package enum Fault: Error, Equatable, Sendable {
        case empty
        case tooLong
        case label(String)
        case byte(UInt8)
        /// Digits and dots only, `0x7f.1`, `2130706433`: an address in disguise.
        case numeric
    }

    /// - Parameter bytes: as they stand in the request; nothing is decoded or trimmed.
    package init(_ bytes: some Collection<UInt8>) throws(Fault) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= 253 else { throw .tooLong }
        var lowered: [UInt8] = []
        lowered.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): lowered.append(byte | 0x20)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."):
                lowered.append(byte)
            default: throw .byte(byte)
            }
        }
        let labels = lowered.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        for label in labels {
            guard !label.isEmpty, label.count <= 63, label.first != UInt8(ascii: "-"),
                label.last != UInt8(ascii: "-")
            else { throw .label(String(decoding: label, as: UTF8.self)) }
        }
        // inet_aton reads "127.1", "0177.0.0.1" and "0x7f000001" as addresses: a last label that
        // is a number is never a top-level domain (WHATWG URL, "ends in a number").
        if let last = labels.last, Self.isNumber(last) { throw .numeric }
        text = String(decoding: lowered, as: UTF8.self)
    }

    package init(_ text: String) throws(Fault) {
        try self.init(Array(text.utf8))
    }

    package var description: String { text }

    package static func < (left: HostName, right: HostName) -> Bool { left.text < right.text }

    private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        if label.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return true
        }
        return label.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")])
            && label.dropFirst(2).allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
