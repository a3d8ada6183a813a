/// Reads the kernel's text by bytes. Comparing and splitting `String`s works by characters and
/// looks types up at run time, which is a fifth of what a start may cost.
package enum KernelText {
    static let newline = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")

    /// The parts between separators, empty ones too.
    package static func parts(
        of range: Range<Int>, in bytes: [UInt8], separator: UInt8, limit: Int = .max
    ) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            if bytes[index] == separator {
                parts.append(start..<index)
                start = index + 1
                if parts.count == limit - 1 { break }
            }
            index += 1
        }
        parts.append(start..<range.upperBound)
        return parts
    }

    /// Where the line that begins at `start` ends; the newline is not part of it.
    static func line(at start: Int, in bytes: [UInt8]) -> Range<Int> {
        var end = start
        while end < bytes.count, bytes[end] != newline { end += 1 }
        return start..<end
    }

    static func equals(_ range: Range<Int>, _ text: StaticString, in bytes: [UInt8]) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return hasPrefix(range, text, in: bytes)
    }

    static func hasPrefix(_ range: Range<Int>, _ text: StaticString, in bytes: [UInt8]) -> Bool {
        let count = text.utf8CodeUnitCount
        guard range.count >= count else { return false }
        for offset in 0..<count where bytes[range.lowerBound + offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }

    package static func text(_ range: Range<Int>, in bytes: [UInt8]) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// The number that the text begins with; `nil` where there is none, or one that is too large.
    static func leadingNumber(in bytes: [UInt8]) -> UInt64? {
        var number: UInt64?
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
            let (tens, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            number = tens &+ UInt64(byte - UInt8(ascii: "0"))
        }
        return number
    }

    /// The number after `key` in lines of `key number`.
    static func number(after key: StaticString, in bytes: [UInt8]) -> UInt64? {
        var start = 0
        while start < bytes.count {
            let line = line(at: start, in: bytes)
            start = line.upperBound + 1
            let place = line.lowerBound + key.utf8CodeUnitCount
            if hasPrefix(line, key, in: bytes), place < line.upperBound, bytes[place] == space {
                return UInt64(text(place + 1..<line.upperBound, in: bytes))
            }
        }
        return nil
    }
}
