/// A line as bytes, for questions that are asked of many lines.
struct LineWords {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    func text(from index: Int) -> String { String(decoding: bytes[index...], as: UTF8.self) }
    func text(to index: Int) -> String { String(decoding: bytes[..<index], as: UTF8.self) }

    /// Whether one of the words, which are lower case, occurs in any case.
    func holdsAny(_ words: [StaticString]) -> Bool {
        words.contains { place(of: $0) != nil }
    }

    /// The text after the first of the words that occurs.
    func rest(after words: [StaticString]) -> String? {
        for word in words {
            if let place = place(of: word) { return text(from: place + word.utf8CodeUnitCount) }
        }
        return nil
    }

    /// The first colon, equals sign or arrow outside of quotes that has a literal before it.
    var firstSeparator: Range<Int>? {
        var quote: UInt8?
        var hasLiteral = false
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == 0x22 || byte == 0x27 {
                quote = byte
                hasLiteral = true
            } else if byte &- 0x30 < 10 {
                hasLiteral = true
            } else if hasLiteral {
                let isArrow =
                    (byte == 0x3D || byte == 0x2D) && index + 1 < bytes.endIndex
                    && bytes[index + 1] == 0x3E
                if isArrow { return index..<(index + 2) }
                if byte == 0x3A || byte == 0x3D { return index..<(index + 1) }
            }
            index += 1
        }
        return nil
    }

    private func place(of word: StaticString) -> Int? {
        let count = word.utf8CodeUnitCount
        guard count > 0, count <= bytes.count else { return nil }
        return bytes.withUnsafeBufferPointer { line in
            let last = line.count - count
            var index = 0
            while index <= last {
                var offset = 0
                while offset < count, Self.lowered(line[index + offset]) == word.utf8Start[offset] {
                    offset += 1
                }
                if offset == count { return bytes.startIndex + index }
                index += 1
            }
            return nil
        }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}
