/// A mapping being decoded.
struct KeyedNodes<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: NodeDecoder
    let entries: [PolicyNode.Entry]

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { entries.compactMap { Key(stringValue: $0.key) } }

    func contains(_ key: Key) -> Bool { node(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { node(key)?.isNull ?? true }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        guard let node = node(key) else {
            throw decoder.failure("\"\(key.stringValue)\" is missing", "add it")
        }
        return try child(node, key).value(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try superDecoder(forKey: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try superDecoder(forKey: key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { decoder }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        guard let node = node(key) else {
            throw decoder.failure("\"\(key.stringValue)\" is missing", "add it")
        }
        return child(node, key)
    }

    private func node(_ key: Key) -> PolicyNode? {
        entries.first { $0.key == key.stringValue }?.value
    }

    private func child(_ node: PolicyNode, _ key: Key) -> NodeDecoder {
        NodeDecoder(node: node, file: decoder.file, codingPath: codingPath + [key])
    }
}

/// A list being decoded.
struct NodeList: UnkeyedDecodingContainer {
    let decoder: NodeDecoder
    let items: [PolicyNode]
    var currentIndex = 0

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    init(decoder: NodeDecoder, items: [PolicyNode]) {
        self.decoder = decoder
        self.items = items
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, items[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try next().value(type)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try next() }

    private mutating func next() throws -> NodeDecoder {
        guard !isAtEnd else { throw decoder.failure("has too few items", "add one") }
        defer { currentIndex += 1 }
        return NodeDecoder(
            node: items[currentIndex], file: decoder.file,
            codingPath: codingPath + [ListIndex(intValue: currentIndex)])
    }
}

/// The position in a list, in coding paths.
struct ListIndex: CodingKey {
    let index: Int
    var stringValue: String { String(index) }
    var intValue: Int? { index }

    init(intValue: Int) { index = intValue }
    init?(stringValue: String) { return nil }
}

/// A scalar being decoded. Quoted text is never a number; a plain number may be wanted as text.
struct NodeValue: SingleValueDecodingContainer {
    let decoder: NodeDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.node.isNull }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch try plain("true or false") {
        case "true": return true
        case "false": return false
        default: throw mismatch("true or false")
        }
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .scalar(let text, let isPlain) = decoder.node.content, !decoder.node.isNull
        else {
            throw mismatch("text")
        }
        // `name: true` is more often a slip than a name; numbers keep their spelling, so 3.10 stays.
        guard !(isPlain && (text == "true" || text == "false")) else {
            throw decoder.failure("expected text, found a truth value", "write it in quotes")
        }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard let value = Double(try plain("a number")), value.isFinite else {
            throw mismatch("a number")
        }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try decoder.value(type)
    }

    /// Decimal, or hexadecimal with `0x` as masks and ioctl numbers are written.
    private func integer<Value: FixedWidthInteger>() throws -> Value {
        let text = try plain("a whole number")
        let value =
            text.hasPrefix("0x")
            ? Value(text.dropFirst(2), radix: 16) : Value(text)
        guard let value else {
            throw decoder.failure(
                "expected a whole number between \(Value.min) and \(Value.max), found \(text)", "")
        }
        return value
    }

    private func plain(_ wanted: String) throws -> String {
        guard case .scalar(let text, isPlain: true) = decoder.node.content, !decoder.node.isNull
        else {
            throw mismatch(wanted)
        }
        return text
    }

    private func mismatch(_ wanted: String) -> PolicyFileError {
        decoder.failure("expected \(wanted), found \(decoder.node.kind)", "")
    }
}
