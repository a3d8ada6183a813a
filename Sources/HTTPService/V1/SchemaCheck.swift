internal import JSONText

/// Checks a document against the part of JSON Schema 2020-12 that the API's schemas use.
enum SchemaCheck {
    /// What is wrong, in words; `nil` when nothing is.
    static func problem(with value: JSONValue, _ schema: JSONValue, at place: String) -> String? {
        if let types = types(schema), !types.contains(where: { isOf($0, value) }) {
            return "\(place) must be \(types.joined(separator: " or "))"
        }
        if let allowed = schema["enum"]?.arrayValue, !allowed.contains(value) {
            return "\(place) must be one of "
                + allowed.compactMap(\.stringValue).joined(separator: ", ")
        }
        if let choices = schema["anyOf"]?.arrayValue {
            let fits = choices.contains { problem(with: value, $0, at: place) == nil }
            if !fits { return "\(place) needs " + choices.map(required).joined(separator: ", or ") }
        }
        switch value {
        case .object(let members): return problem(inObject: members, value, schema, place)
        case .array(let items): return problem(inArray: items, schema, place)
        case .string(let text): return problem(inString: text, schema, place)
        case .number(let text): return problem(inNumber: text, schema, place)
        default: return nil
        }
    }

    private static func types(_ schema: JSONValue) -> [String]? {
        if let type = schema["type"]?.stringValue { return [type] }
        return schema["type"]?.arrayValue?.compactMap(\.stringValue)
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool),
            ("null", .null), ("number", .number):
            true
        case ("integer", .number(let text)): Int(text) != nil
        default: false
        }
    }

    private static func required(_ schema: JSONValue) -> String {
        (schema["required"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: " and ")
    }

    private static func problem(
        inObject members: [JSONValue.Member], _ value: JSONValue, _ schema: JSONValue,
        _ place: String
    ) -> String? {
        for name in schema["required"]?.arrayValue ?? [] {
            if let name = name.stringValue, value[name] == nil {
                return "\(place) has no '\(name)'"
            }
        }
        let properties = schema["properties"] ?? .null
        for member in members {
            if let known = properties[member.name] {
                if let problem = problem(with: member.value, known, at: member.name) {
                    return problem
                }
                continue
            }
            switch schema["additionalProperties"] {
            case .bool(false)?:
                var names: [String] = []
                if case .object(let known) = properties { names = known.map(\.name) }
                return "\(place) has no member '\(member.name.prefix(60))'; there are "
                    + names.joined(separator: ", ")
            case .object(let rest)?:
                if let problem = problem(
                    with: member.value, .object(rest), at: String(member.name.prefix(60)))
                {
                    return problem
                }
            default: break
            }
        }
        if let limit = schema["maxProperties"]?.integerValue, members.count > limit {
            return "\(place) has more than \(limit) members"
        }
        return nil
    }

    private static func problem(
        inArray items: [JSONValue], _ schema: JSONValue, _ place: String
    ) -> String? {
        if let limit = schema["minItems"]?.integerValue, items.count < limit {
            return "\(place) needs at least \(limit)"
        }
        if let limit = schema["maxItems"]?.integerValue, items.count > limit {
            return "\(place) takes at most \(limit)"
        }
        guard let itemSchema = schema["items"] else { return nil }
        for (index, item) in items.enumerated() {
            if let problem = problem(with: item, itemSchema, at: "\(place)[\(index)]") {
                return problem
            }
        }
        return nil
    }

    private static func problem(
        inString text: String, _ schema: JSONValue, _ place: String
    ) -> String? {
        let count = text.unicodeScalars.count
        if let limit = schema["minLength"]?.integerValue, count < limit {
            return "\(place) must have at least \(limit) characters"
        }
        if let limit = schema["maxLength"]?.integerValue, count > limit {
            return "\(place) must have at most \(limit) characters"
        }
        return nil
    }

    private static func problem(
        inNumber text: String, _ schema: JSONValue, _ place: String
    ) -> String? {
        guard let number = Double(text) else { return nil }
        if let limit = schema["minimum"]?.integerValue, number < Double(limit) {
            return "\(place) must be at least \(limit)"
        }
        if let limit = schema["maximum"]?.integerValue, number > Double(limit) {
            return "\(place) must be at most \(limit)"
        }
        return nil
    }
}
