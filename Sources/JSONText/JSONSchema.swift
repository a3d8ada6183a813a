/// A JSON Schema of the portable subset that every model provider can constrain its output to:
/// types, properties, required, `additionalProperties: false`, items, enum, const, anyOf.
///
/// Anything else in a schema is refused when it is read, so that nothing goes unchecked.
package struct JSONSchema: Sendable, Equatable {
    package let value: JSONValue

    /// One thing that is wrong with a value.
    package struct Violation: Error, Sendable, Equatable, CustomStringConvertible {
        /// Such as `$.files[0].path`.
        package var path: String
        package var reason: String

        package var description: String { "\(path) \(reason)" }
    }

    private static let keywords: Set<String> = [
        "type", "properties", "required", "additionalProperties", "items", "enum", "const",
        "anyOf", "description", "title", "$schema", "default",
    ]

    /// - Throws: `Violation` naming what the subset does not have.
    package init(_ value: JSONValue) throws(Violation) {
        try Self.check(value, at: "$", depth: 0)
        self.value = value
    }

    package init(parsing text: String) throws {
        try self.init(JSONValue(parsing: text))
    }

    private static func check(_ schema: JSONValue, at path: String, depth: Int) throws(Violation) {
        guard depth < 32 else { throw Violation(path: path, reason: "is nested too deep") }
        guard case .object(let members) = schema else {
            throw Violation(path: path, reason: "is no schema object")
        }
        for member in members {
            guard keywords.contains(member.name) else {
                throw Violation(
                    path: path, reason: "uses \"\(member.name)\", which not every provider has")
            }
            switch member.name {
            case "properties":
                guard case .object(let properties) = member.value else {
                    throw Violation(path: path, reason: "has properties that are no object")
                }
                for property in properties {
                    try check(property.value, at: "\(path).\(property.name)", depth: depth + 1)
                }
            case "items": try check(member.value, at: "\(path)[]", depth: depth + 1)
            case "anyOf":
                for choice in member.value.arrayValue ?? [] {
                    try check(choice, at: path, depth: depth + 1)
                }
            default: continue
            }
        }
    }

    /// Everything that is wrong with `value`, at most a few things.
    package func violations(of value: JSONValue, limit: Int = 5) -> [Violation] {
        var found: [Violation] = []
        Self.collect(value, self.value, at: "$", into: &found, limit: limit)
        return found
    }

    private static func collect(
        _ value: JSONValue, _ schema: JSONValue, at path: String, into found: inout [Violation],
        limit: Int
    ) {
        guard found.count < limit else { return }
        if let choices = schema["anyOf"]?.arrayValue {
            let fits = choices.contains { choice in
                var inner: [Violation] = []
                collect(value, choice, at: path, into: &inner, limit: 1)
                return inner.isEmpty
            }
            if !fits { found.append(Violation(path: path, reason: "fits none of its forms")) }
        }
        if let wanted = schema["const"], wanted != value {
            found.append(Violation(path: path, reason: "must be \(wanted.text())"))
        }
        if let values = schema["enum"]?.arrayValue, !values.contains(value) {
            let list = values.map { $0.text() }.joined(separator: ", ")
            found.append(Violation(path: path, reason: "must be one of \(list)"))
        }
        if let type = schema["type"] {
            let names = type.arrayValue?.compactMap(\.stringValue) ?? [type.stringValue ?? ""]
            guard names.contains(where: { matches(value, $0) }) else {
                found.append(
                    Violation(
                        path: path,
                        reason: "must be \(names.joined(separator: " or ")), not \(kind(value))"))
                return
            }
        }
        switch value {
        case .object(let members): collect(members, schema, at: path, into: &found, limit: limit)
        case .array(let items):
            guard let schema = schema["items"] else { return }
            for (index, item) in items.enumerated() {
                collect(item, schema, at: "\(path)[\(index)]", into: &found, limit: limit)
            }
        default: return
        }
    }

    private static func collect(
        _ members: [JSONValue.Member], _ schema: JSONValue, at path: String,
        into found: inout [Violation], limit: Int
    ) {
        for name in schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        where !members.contains(where: { $0.name == name }) {
            found.append(Violation(path: path, reason: "lacks \"\(name)\""))
        }
        for member in members {
            if let property = schema["properties"]?[member.name] {
                collect(
                    member.value, property, at: "\(path).\(member.name)", into: &found,
                    limit: limit)
            } else if schema["additionalProperties"] == .bool(false) {
                found.append(Violation(path: path, reason: "has no member \"\(member.name)\""))
            }
        }
    }

    private static func matches(_ value: JSONValue, _ type: String) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string),
            ("array", .array), ("object", .object):
            true
        case ("integer", .number): value.integerValue != nil
        default: false
        }
    }

    private static func kind(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
