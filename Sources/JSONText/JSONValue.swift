/// A JSON document (RFC 8259) as a value. Objects keep the order of their members.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// As written, so that no digit is lost; always a valid JSON number.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package init(_ value: some BinaryInteger) { self = .number(String(value)) }

    /// Infinities and NaN, which JSON cannot say, become `null`.
    package init(_ value: Double) {
        guard value.isFinite else {
            self = .null
            return
        }
        // Whole numbers without ".0", so that every reader takes them as the same number.
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 {
            self = .number(String(Int64(value)))
        } else {
            self = .number(String(value))
        }
    }

    /// The first member of that name.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var arrayValue: [JSONValue]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    package var integerValue: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }
}
