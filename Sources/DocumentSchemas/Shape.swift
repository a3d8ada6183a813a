internal import JSONText

/// What a `Decodable` type looks like as JSON, found out by letting it decode itself: the type is
/// the only source, so a schema cannot fall behind it.
indirect enum Shape {
    case string
    case boolean
    case integer
    case number
    /// The raw values of an enumeration.
    case choice([String])
    case list(Shape)
    /// An object whose keys are data.
    case map(Shape)
    /// An object with fixed keys, in the order in which the type names them.
    case record([Field])
    /// The document itself again, within itself.
    case document

    struct Field {
        let name: String
        let shape: Shape
        let isOptional: Bool
    }

    /// - Throws: `ShapeError` for a type whose shape cannot be found out so.
    init(of type: any Decodable.Type) throws { try self.init(of: type, within: []) }

    /// - Parameter path: the types whose keys are being noted, the document's first.
    init(of type: any Decodable.Type, within path: [ObjectIdentifier]) throws {
        if let index = path.firstIndex(of: ObjectIdentifier(type)) {
            guard index == 0 else { throw ShapeError(type: "a part of itself, \(type)") }
            self = .document
            return
        }
        switch type {
        case let choice as any Choice.Type: self = .choice(Self.rawValues(of: choice))
        case is String.Type: self = .string
        case is Bool.Type: self = .boolean
        case is any (BinaryInteger & Decodable).Type: self = .integer
        case is Double.Type, is Float.Type: self = .number
        case let list as any ListLike.Type: self = .list(try Shape(of: list.element, within: path))
        case let map as any MapLike.Type: self = .map(try Shape(of: map.value, within: path))
        default:
            let record = Recording(path: path + [ObjectIdentifier(type)])
            _ = try type.init(from: ShapeDecoder(recording: record))
            self = .record(record.fields)
        }
    }

    private static func rawValues<Value: Choice>(of type: Value.Type) -> [String] {
        type.allCases.compactMap { $0.rawValue as? String }
    }

    var jsonSchema: JSONValue {
        switch self {
        case .string: Self.type("string")
        case .boolean: Self.type("boolean")
        case .integer: Self.type("integer")
        case .number: Self.type("number")
        case .document: .object([.init("$ref", .string("#"))])
        case .choice(let values): .object([.init("enum", .array(values.map(JSONValue.string)))])
        case .list(let element):
            .object([.init("type", .string("array")), .init("items", element.jsonSchema)])
        case .map(let value):
            .object([
                .init("type", .string("object")), .init("additionalProperties", value.jsonSchema),
            ])
        case .record(let fields):
            .object([
                .init("type", .string("object")),
                .init("required", .array(fields.map { .string($0.name) })),
                .init("additionalProperties", .bool(false)),
                .init("properties", .object(fields.map { .init($0.name, $0.jsonSchema) })),
            ])
        }
    }

    private static func type(_ name: String) -> JSONValue {
        .object([.init("type", .string(name))])
    }
}

extension Shape.Field {
    var jsonSchema: JSONValue {
        guard isOptional else { return shape.jsonSchema }
        return .object([
            .init(
                "anyOf", .array([shape.jsonSchema, .object([.init("type", .string("null"))])]))
        ])
    }
}

/// A type that decodes itself in a way from which no shape follows.
struct ShapeError: Error, CustomStringConvertible {
    let type: String
    var description: String { "the JSON shape of \(type) cannot be found out from its decoding" }
}

/// What a type asked its decoder for.
final class Recording {
    var fields: [Shape.Field] = []
    private let path: [ObjectIdentifier]

    init(path: [ObjectIdentifier] = []) { self.path = path }

    func add(_ name: String, _ type: any Decodable.Type, isOptional: Bool) throws {
        fields.append(
            Shape.Field(
                name: name, shape: try Shape(of: type, within: path), isOptional: isOptional))
    }
}

/// An enumeration whose cases are texts.
typealias Choice = CaseIterable & RawRepresentable & Decodable

protocol ListLike { static var element: any Decodable.Type { get } }
protocol MapLike { static var value: any Decodable.Type { get } }

extension Array: ListLike where Element: Decodable {
    static var element: any Decodable.Type { Element.self }
}
extension Dictionary: MapLike where Key == String, Value: Decodable {
    static var value: any Decodable.Type { Value.self }
}
