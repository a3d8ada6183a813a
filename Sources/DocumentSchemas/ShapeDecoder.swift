/// A decoder without data: it notes what is asked for, and answers with the emptiest value.
struct ShapeDecoder: Decoder {
    let recording: Recording
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RecordingContainer<Key>(recording: recording))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw ShapeError(type: "a list without a type")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        throw ShapeError(type: "a value without a key")
    }
}

private struct RecordingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recording: Recording
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { false }
    func decodeNil(forKey key: Key) -> Bool { true }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try recording.add(key.stringValue, type, isOptional: false)
        return try emptiest(type)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try recording.add(key.stringValue, type, isOptional: true)
        return nil
    }

    // The standard library asks for these by themselves.
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try note(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try note(type, key)
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try note(type, key)
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try note(type, key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? {
        try note(type, key)
    }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try note(type, key)
    }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
        try note(type, key)
    }

    private func note<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        try recording.add(key.stringValue, type, isOptional: true)
        return nil
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        throw ShapeError(type: key.stringValue)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw ShapeError(type: key.stringValue)
    }

    func superDecoder() throws -> any Decoder { throw ShapeError(type: "a superclass") }
    func superDecoder(forKey key: Key) throws -> any Decoder {
        throw ShapeError(type: key.stringValue)
    }
}

/// A value that only serves to let its owner go on decoding.
private func emptiest<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let value: Any? =
        switch type {
        case is String.Type: ""
        case is Bool.Type: false
        case let integer as any (BinaryInteger & Decodable).Type: integer.init(0)
        case is Double.Type: 0.0
        case is Float.Type: Float(0)
        case let empty as any Emptiable.Type: empty.empty
        case let choice as any Choice.Type: firstCase(of: choice)
        default: nil
        }
    if let value = value as? Value { return value }
    return try Value(from: ShapeDecoder(recording: Recording()))
}

private protocol Emptiable { static var empty: Self { get } }
extension Array: Emptiable { static var empty: [Element] { [] } }
extension Dictionary: Emptiable { static var empty: [Key: Value] { [:] } }

private func firstCase<Value: Choice>(of type: Value.Type) -> Any? { type.allCases.first }
