extension JSONValue {
    /// An object of the members that have a value, in their order.
    package static func present(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { name, value in value.map { Member(name, $0) } })
    }

    package var boolValue: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    package var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The same object with a member replaced or added; unchanged without a value.
    package func adding(_ name: String, _ value: JSONValue?) -> JSONValue {
        guard case .object(var members) = self, let value else { return self }
        members.removeAll { $0.name == name }
        members.append(Member(name, value))
        return .object(members)
    }
}
