internal import RunModel

/// Decodes any `Decodable` from a policy file, strictly.
///
/// An unknown key, a wrong type and an unknown enumeration value name the file, the line, the column
/// and the nearest valid spelling. For the list of valid keys a type's `CodingKeys` must be
/// `CaseIterable`; `[String: Value]` accepts any key.
package enum PolicyDecoder {
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from source: PolicyText
    ) throws(PolicyFileError) -> Value {
        try decode(type, from: try YAMLReader.read(source), file: source.name)
    }

    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from node: PolicyNode, file: String
    ) throws(PolicyFileError) -> Value {
        do {
            return try NodeDecoder(node: node, file: file, codingPath: []).value(type)
        } catch let error as PolicyFileError {
            throw error
        } catch {
            throw PolicyFileError(
                file: file, location: node.location, problem: "cannot be read: \(error)", remedy: ""
            )
        }
    }
}

/// One node while it is decoded. Decoders are handed out by `Codable`, so this is its `Decoder`.
struct NodeDecoder: Decoder {
    let node: PolicyNode
    let file: String
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Decodes the node, translating the errors of synthesised code into ones with a place.
    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let choices = Self.choices(of: type), case .scalar(let text, _) = node.content,
            !choices.contains(text)
        {
            throw failure(
                "\"\(text.prefix(60))\" is not one of \(choices.joined(separator: ", "))",
                nearestName(to: text, among: choices).map { "did you mean \($0)?" } ?? "")
        }
        do {
            return try Value(from: self)
        } catch let error as DecodingError {
            throw translate(error)
        }
    }

    /// The texts of an enumeration that lists its cases.
    private static func choices(of type: any Decodable.Type) -> [String]? {
        func texts<Choice: CaseIterable>(_ choice: Choice.Type) -> [String]? {
            let raw = choice.allCases.compactMap {
                ($0 as? any RawRepresentable)?.rawValue as? String
            }
            return raw.count == choice.allCases.count ? raw : nil
        }
        guard let choice = type as? any CaseIterable.Type else { return nil }
        return texts(choice)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .mapping(let entries) = node.content else {
            if node.isNull {
                return KeyedDecodingContainer(KeyedNodes(decoder: self, entries: []))
            }
            throw failure("expected a mapping of keys to values, found \(node.kind)", "")
        }
        try refuseUnknownKeys(entries, type)
        return KeyedDecodingContainer(KeyedNodes(decoder: self, entries: entries))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .sequence(let items) = node.content else {
            throw failure("expected a list, found \(node.kind)", "write [a, b] or one - per line")
        }
        return NodeList(decoder: self, items: items)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        NodeValue(decoder: self)
    }

    private func refuseUnknownKeys<Key: CodingKey>(
        _ entries: [PolicyNode.Entry], _ type: Key.Type
    ) throws {
        let known = (Key.self as? any (CodingKey & CaseIterable).Type).map { names($0) }
        for entry in entries where Key(stringValue: entry.key) == nil {
            var error = failure(
                "unknown key \"\(entry.key.prefix(60))\"",
                known.map { suggestion(entry.key, among: $0) } ?? "remove it")
            error.location = entry.keyLocation
            throw error
        }
    }

    private func names<Keys: CodingKey & CaseIterable>(_ keys: Keys.Type) -> [String] {
        keys.allCases.map(\.stringValue)
    }

    func failure(_ problem: String, _ remedy: String) -> PolicyFileError {
        PolicyFileError(
            file: file, location: node.location, entry: Self.path(codingPath), problem: problem,
            remedy: remedy)
    }

    private func suggestion(_ typed: String, among names: [String]) -> String {
        if let nearest = nearestName(to: typed, among: names) { return "did you mean \(nearest)?" }
        return "valid here: \(names.sorted().joined(separator: ", "))"
    }

    private func translate(_ error: DecodingError) -> PolicyFileError {
        switch error {
        case .keyNotFound(let key, _):
            failure("\"\(key.stringValue)\" is missing", "add it")
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            failure(context.debugDescription, "")
        @unknown default:
            failure("\(error)", "")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        var text = ""
        for key in keys {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return text
    }
}
