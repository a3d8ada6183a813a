/// Character data of XML. Only the five predefined entities and character references are decoded;
/// any other reference stays as it is written, since no declaration is ever read.
enum XMLText {
    /// - Parameter bytes: one whole attribute value or run of text.
    static func decode(_ bytes: Span<UInt8>) -> String {
        guard hasReference(bytes) else { return string(bytes) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        append(bytes, to: &decoded)
        return String(decoding: decoded, as: UTF8.self)
    }

    /// The same behind bytes that are text already.
    static func decode(_ bytes: Span<UInt8>, after prefix: [UInt8]) -> String {
        guard hasReference(bytes) else {
            return String(unsafeUninitializedCapacity: prefix.count + bytes.count) { target in
                // SAFETY: the target has room for both, and both pointers are read within the
                // closures only.
                _ = target.initialize(fromContentsOf: prefix)
                bytes.withUnsafeBufferPointer {
                    _ = target.extracting(prefix.count...).initialize(fromContentsOf: $0)
                }
                return prefix.count + bytes.count
            }
        }
        var decoded = prefix
        append(bytes, to: &decoded)
        return String(decoding: decoded, as: UTF8.self)
    }

    static func hasReference(_ bytes: Span<UInt8>) -> Bool {
        bytes.firstIndex(of: UInt8(ascii: "&"), from: 0) != nil
    }

    /// Appends the text with references decoded.
    static func append(_ bytes: Span<UInt8>, to target: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let mark = bytes.firstIndex(of: UInt8(ascii: "&"), from: index) ?? bytes.count
            target.append(all: bytes.extracting(index..<mark))
            index = mark
            guard index < bytes.count else { break }
            if let (scalar, next) = reference(bytes, at: index) {
                target.append(contentsOf: String(scalar).utf8)
                index = next
            } else {
                target.append(bytes[index])
                index += 1
            }
        }
    }

    /// The bytes as text, invalid UTF-8 replaced.
    static func string(_ bytes: Span<UInt8>) -> String {
        // SAFETY: the pointer is read within the closure only; the string copies it.
        bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// The longest reference that is looked for: `&#x10FFFF;`.
    static let longestReference = 10

    private static func reference(
        _ bytes: Span<UInt8>, at start: Int
    ) -> (Unicode.Scalar, next: Int)? {
        let limit = min(bytes.count, start + longestReference)
        var end = start + 1
        while end < limit, bytes[end] != UInt8(ascii: ";") { end += 1 }
        guard end < limit else { return nil }
        let name = string(bytes.extracting(start + 1..<end))
        let scalar: Unicode.Scalar? =
            switch name {
            case "amp": "&"
            case "lt": "<"
            case "gt": ">"
            case "quot": "\""
            case "apos": "'"
            default: number(name)
            }
        return scalar.map { ($0, end + 1) }
    }

    private static func number(_ name: String) -> Unicode.Scalar? {
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let value =
            digits.hasPrefix("x")
            ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
        return value.flatMap(Unicode.Scalar.init)
    }
}

extension UInt8 {
    /// White space of XML, which is that of every format here: space, tab, line feed, return.
    package var isXMLSpace: Bool {
        self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09
    }
}
