/// Reading and making documents in few words.
extension JSONValue {
    package init(members: [(String, JSONValue?)]) {
        self = .object(
            members.compactMap { name, value in value.map { JSONValue.Member(name, $0) } })
    }

    package var doubleValue: Double? {
        guard case .number(let text) = self else { return nil }
        return Double(text)
    }

    /// Names with string values; `nil` where anything else stands.
    package var stringMap: [String: String]? {
        guard case .object(let members) = self else { return nil }
        var map: [String: String] = [:]
        for member in members {
            guard let text = member.value.stringValue else { return nil }
            map[member.name] = text
        }
        return map
    }

    package init(stringMap: [String: String]) {
        self = .object(
            stringMap.sorted { $0.key < $1.key }.map { Member($0.key, .string($0.value)) })
    }
}
