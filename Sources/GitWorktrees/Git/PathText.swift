/// Paths are bytes in git and on Linux; documents need text. Bytes that are not UTF-8 are written
/// `\xNN`, as the contract says.
package enum PathText {
    /// - Parameter bytes: a path without its terminating zero.
    package static func text(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = ""
        // Decoded scalar by scalar: only the bytes that are wrong are escaped.
        var rest = bytes[...]
        while let first = rest.first {
            let length = sequenceLength(first)
            let candidate = rest.prefix(length)
            if candidate.count == length,
                let scalar = String(validating: candidate, as: UTF8.self)
            {
                text += scalar
                rest = rest.dropFirst(length)
            } else {
                text += "\\x" + hexadecimal(first)
                rest = rest.dropFirst()
            }
        }
        return text
    }

    /// The bytes that a text may stand for, the literal reading first: a file may really be called
    /// `\x41`.
    package static func candidates(_ text: String) -> [[UInt8]] {
        let literal = Array(text.utf8)
        let decoded = unescaped(literal)
        return decoded == literal ? [literal] : [literal, decoded]
    }

    private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 3 < bytes.count,
                bytes[index + 1] == UInt8(ascii: "x"),
                let value = UInt8(
                    String(decoding: bytes[(index + 2)...(index + 3)], as: UTF8.self), radix: 16)
            {
                result.append(value)
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func sequenceLength(_ first: UInt8) -> Int {
        switch first {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}
