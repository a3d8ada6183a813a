/// Encodes `Encodable` values as JSON without Foundation, members in the order in which the value
/// encodes them: the same value gives the same bytes, on every machine and in every run.
package enum JSONTextEncoder {
    /// The value as a document.
    package static func value(of value: some Encodable) throws -> JSONValue {
        let node = Node()
        try node.encode(value, path: [])
        return node.value
    }

    package static func encode(
        _ value: some Encodable, layout: JSONValue.Layout = .compact
    ) throws -> String {
        try self.value(of: value).text(layout)
    }
}

/// A place in the document that is filled in while the value encodes itself. A class, as the
/// containers of `Encoder` are handed out while their parents still live.
final class Node {
    enum Content {
        case empty
        case leaf(JSONValue)
        case array([Node])
        case object([(name: String, node: Node)])
    }

    var content = Content.empty

    var value: JSONValue {
        switch content {
        case .empty: .object([])
        case .leaf(let value): value
        case .array(let items): .array(items.map(\.value))
        case .object(let members): .object(members.map { .init($0.name, $0.node.value) })
        }
    }

    func member(_ name: String) -> Node {
        var members: [(name: String, node: Node)] = []
        if case .object(let known) = content { members = known }
        let node = Node()
        members.append((name, node))
        content = .object(members)
        return node
    }

    func item() -> Node {
        var items: [Node] = []
        if case .array(let known) = content { items = known }
        let node = Node()
        items.append(node)
        content = .array(items)
        return node
    }

    func encode<Value: Encodable>(_ value: Value, path: [any CodingKey]) throws {
        switch value {
        case let value as any BinaryInteger & Encodable: content = .leaf(Self.number(value))
        case let value as Double: content = .leaf(JSONValue(value))
        case let value as Float: content = .leaf(JSONValue(Double(value)))
        case let value as String: content = .leaf(.string(value))
        case let value as Bool: content = .leaf(.bool(value))
        default:
            try value.encode(to: NodeEncoder(node: self, codingPath: path))
            if value is any StringKeyed { sortMembers() }
        }
    }

    /// A dictionary has no order of its own, and another one in every process.
    private func sortMembers() {
        guard case .object(let members) = content else { return }
        content = .object(members.sorted { $0.name < $1.name })
    }

    private static func number(_ value: some BinaryInteger) -> JSONValue { JSONValue(value) }
}

private protocol StringKeyed {}
extension Dictionary: StringKeyed where Key == String {}

private struct NodeEncoder: Encoder {
    let node: Node
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .empty = node.content { node.content = .object([]) }
        return KeyedEncodingContainer(KeyedNode<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .empty = node.content { node.content = .array([]) }
        return UnkeyedNode(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleNode(node: node, codingPath: codingPath)
    }
}

private struct KeyedNode<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: Node
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) { node.member(key.stringValue).content = .leaf(.null) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try node.member(key.stringValue).encode(value, path: codingPath + [key])
    }

    /// What is not known is `null`, never left out: readers need not tell the two apart.
    func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws {
        guard let value else { return encodeNil(forKey: key) }
        try encode(value, forKey: key)
    }

    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try optional(value, key) }

    private func optional<Value: Encodable>(_ value: Value?, _ key: Key) throws {
        guard let value else { return encodeNil(forKey: key) }
        try encode(value, forKey: key)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
            .container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
            .unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        NodeEncoder(node: node.member("super"), codingPath: codingPath)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
    }
}

private struct UnkeyedNode: UnkeyedEncodingContainer {
    let node: Node
    let codingPath: [any CodingKey]

    var count: Int {
        guard case .array(let items) = node.content else { return 0 }
        return items.count
    }

    func encodeNil() { node.item().content = .leaf(.null) }

    func encode<Value: Encodable>(_ value: Value) throws {
        try node.item().encode(value, path: codingPath)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        NodeEncoder(node: node.item(), codingPath: codingPath).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        NodeEncoder(node: node.item(), codingPath: codingPath).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { NodeEncoder(node: node.item(), codingPath: codingPath) }
}

private struct SingleNode: SingleValueEncodingContainer {
    let node: Node
    let codingPath: [any CodingKey]

    func encodeNil() { node.content = .leaf(.null) }

    func encode<Value: Encodable>(_ value: Value) throws {
        try node.encode(value, path: codingPath)
    }
}
