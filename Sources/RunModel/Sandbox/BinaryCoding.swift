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
struct ByteReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    private mutating func take(_ count: Int) throws(CodingFailure) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw CodingFailure("is cut off") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func read<Value: FixedWidthInteger>() throws(CodingFailure) -> Value {
        var value: Value = 0
        var shift = 0
        for byte in try take(Value.bitWidth / 8) {
            value |= Value(truncatingIfNeeded: UInt64(byte) << UInt64(shift))
            shift += 8
        }
        return value
    }

    mutating func readFlag() throws(CodingFailure) -> Bool {
        let value: UInt8 = try read()
        guard value < 2 else { throw CodingFailure("has a flag that is neither 0 nor 1") }
        return value == 1
    }

    mutating func readString() throws(CodingFailure) -> String {
        let length: UInt32 = try read()
        guard let text = String(validating: try take(Int(length)), as: UTF8.self) else {
            throw CodingFailure("has text that is not UTF-8")
        }
        return text
    }

    /// - Parameter itemBytes: what an item takes at least, so that a forged count cannot ask for
    ///   more memory than the file is long.
    mutating func readList<Item>(
        itemBytes: Int, _ body: (inout ByteReader) throws(CodingFailure) -> Item
    ) throws(CodingFailure) -> [Item] {
        let count: UInt32 = try read()
        guard Int(count) <= rest.count / itemBytes else { throw CodingFailure("is cut off") }
        var items: [Item] = []
        items.reserveCapacity(Int(count))
        for _ in 0..<count { items.append(try body(&self)) }
        return items
    }

    mutating func readStrings() throws(CodingFailure) -> [String] {
        try readList(itemBytes: 4) { (reader: inout ByteReader) throws(CodingFailure) in
            try reader.readString()
        }
    }
}
