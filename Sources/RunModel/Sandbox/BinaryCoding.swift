/// Why bytes were refused; completes the sentence "the file ...".
package struct CodingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Appends little-endian numbers, length-prefixed strings and counted lists.
struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func write(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes += text.utf8
    }

    mutating func write<Item>(list: [Item], _ body: (Item, inout ByteWriter) -> Void) {
        write(UInt32(list.count))
        for item in list { body(item, &self) }
    }

    mutating func write(strings: [String]) {
        write(list: strings) { text, writer in writer.write(text) }
    }
}

/// Reads what `ByteWriter` wrote, and never beyond the end.
///
/// Every start reads a compiled profile: nothing here is generic code that looks types up at run
/// time, and no slice is made for a number.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    var rest: ArraySlice<UInt8> { bytes[offset...] }
    var restCount: Int { bytes.endIndex - offset }

    /// Moves on; returns where the bytes taken begin.
    private mutating func take(_ count: Int) throws(CodingFailure) -> Int {
        guard count <= restCount else { throw CodingFailure("is cut off") }
        defer { offset += count }
        return offset
    }

    private mutating func readNumber(byteCount: Int) throws(CodingFailure) -> UInt64 {
        let start = try take(byteCount)
        var value: UInt64 = 0
        for index in 0..<byteCount { value |= UInt64(bytes[start + index]) << UInt64(8 * index) }
        return value
    }

    mutating func readByte() throws(CodingFailure) -> UInt8 {
        UInt8(truncatingIfNeeded: try readNumber(byteCount: 1))
    }

    mutating func readInteger16() throws(CodingFailure) -> UInt16 {
        UInt16(truncatingIfNeeded: try readNumber(byteCount: 2))
    }

    mutating func readInteger32() throws(CodingFailure) -> UInt32 {
        UInt32(truncatingIfNeeded: try readNumber(byteCount: 4))
    }

    mutating func readInteger64() throws(CodingFailure) -> UInt64 {
        try readNumber(byteCount: 8)
    }

    mutating func readFlag() throws(CodingFailure) -> Bool {
        let value = try readByte()
        guard value < 2 else { throw CodingFailure("has a flag that is neither 0 nor 1") }
        return value == 1
    }

    mutating func readString() throws(CodingFailure) -> String {
        let length = Int(try readInteger32())
        let start = try take(length)
        let part = bytes[start..<start + length]
        // Checking all Unicode rules takes ten times as long as taking ASCII for what it is.
        if isASCII(part) { return String(decoding: part, as: UTF8.self) }
        guard let text = String(validating: part, as: UTF8.self) else {
            throw CodingFailure("has text that is not UTF-8")
        }
        return text
    }

    private func isASCII(_ part: ArraySlice<UInt8>) -> Bool {
        for byte in part where byte >= 0x80 { return false }
        return true
    }

    /// - Parameter itemBytes: what an item takes at least, so that a forged count cannot ask for
    ///   more memory than the file is long.
    mutating func readList<Item>(
        itemBytes: Int, _ body: (inout ByteReader) throws(CodingFailure) -> Item
    ) throws(CodingFailure) -> [Item] {
        let count = try readInteger32()
        guard Int(count) <= restCount / itemBytes else { throw CodingFailure("is cut off") }
        var items: [Item] = []
        items.reserveCapacity(Int(count))
        for _ in 0..<count { items.append(try body(&self)) }
        return items
    }

    mutating func readStrings() throws(CodingFailure) -> [String] {
        let count = try readInteger32()
        guard Int(count) <= restCount / 4 else { throw CodingFailure("is cut off") }
        var strings: [String] = []
        strings.reserveCapacity(Int(count))
        for _ in 0..<count { strings.append(try readString()) }
        return strings
    }
}
