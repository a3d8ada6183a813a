internal import JSONText

/// A call's arguments, checked against the tool's schema: unknown names and wrong types are said.
struct ToolArguments: Sendable {
    private let value: JSONValue

    init(_ value: JSONValue, schema: JSONValue) throws {
        self.value = value
        guard case .object(let members) = value, case .object(let known)? = schema["properties"]
        else { return }
        for member in members {
            guard let property = known.first(where: { $0.name == member.name }) else {
                throw ToolError(
                    "there is no argument '\(member.name)'; there are "
                        + known.map(\.name).joined(separator: ", "))
            }
            guard Self.fits(member.value, property.value) else {
                let type = property.value["type"]?.stringValue ?? "something else"
                throw ToolError("'\(member.name)' must be \(type)")
            }
        }
        for name in schema["required"]?.arrayValue ?? [] {
            guard let name = name.stringValue, value[name] != nil else {
                throw ToolError("'\(name.stringValue ?? "")' is missing")
            }
        }
    }

    private static func fits(_ value: JSONValue, _ schema: JSONValue) -> Bool {
        switch (schema["type"]?.stringValue, value) {
        case ("string", .string(let text)):
            guard let allowed = schema["enum"]?.arrayValue else { return true }
            return allowed.contains(.string(text))
        case ("boolean", .bool): return true
        case ("integer", .number(let text)):
            guard let number = Int(text) else { return false }
            return number >= (schema["minimum"]?.integerValue ?? .min)
                && number <= (schema["maximum"]?.integerValue ?? .max)
        case ("number", .number): return true
        case ("array", .array(let items)):
            return items.allSatisfy { fits($0, schema["items"] ?? .null) }
        case ("object", .object(let members)):
            return members.allSatisfy { fits($0.value, schema["additionalProperties"] ?? .null) }
        case (nil, _): return true
        default: return false
        }
    }

    func string(_ name: String) -> String? { value[name]?.stringValue }
    func integer(_ name: String) -> Int? { value[name]?.integerValue }

    func requiredString(_ name: String) throws -> String {
        guard let text = string(name) else { throw ToolError("'\(name)' is missing") }
        return text
    }

    func strings(_ name: String) -> [String]? {
        value[name]?.arrayValue?.compactMap(\.stringValue)
    }

    func dictionary(_ name: String) -> [String: String]? {
        guard case .object(let members)? = value[name] else { return nil }
        return Dictionary(
            members.compactMap { member in member.value.stringValue.map { (member.name, $0) } },
            uniquingKeysWith: { $1 })
    }
}
