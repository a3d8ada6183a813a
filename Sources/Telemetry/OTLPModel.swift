internal import JSONText

/// Values of OpenTelemetry as OTLP's JSON writes them (opentelemetry-proto 1.x, "JSON Protobuf
/// encoding"): names in lowerCamelCase, ids in hexadecimal, enums as numbers, 64-bit integers as
/// text.
package enum AttributeValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case double(Double)
    case bool(Bool)
    case strings([String])

    var json: JSONValue {
        switch self {
        case .string(let text): .object([.init("stringValue", .string(text))])
        case .integer(let value): .object([.init("intValue", .string(String(value)))])
        case .double(let value): .object([.init("doubleValue", JSONValue(value))])
        case .bool(let value): .object([.init("boolValue", .bool(value))])
        case .strings(let list):
            .object([
                .init(
                    "arrayValue",
                    .object([
                        .init(
                            "values",
                            .array(list.map { .object([.init("stringValue", .string($0))]) }))
                    ]))
            ])
        }
    }
}

/// Attributes in the order of their names, each once.
package typealias Attributes = [String: AttributeValue]

package struct Span: Sendable, Equatable {
    package enum Kind: Int, Sendable { case `internal` = 1, server, client, producer, consumer }
    package enum Status: Sendable, Equatable { case unset, ok, error(String) }

    package struct Event: Sendable, Equatable {
        package var name: String
        package var timeNanoseconds: UInt64
        package var attributes: Attributes

        package init(name: String, timeNanoseconds: UInt64, attributes: Attributes = [:]) {
            self.name = name
            self.timeNanoseconds = timeNanoseconds
            self.attributes = attributes
        }
    }

    /// 16 bytes.
    package var traceID: [UInt8]
    /// 8 bytes.
    package var spanID: [UInt8]
    package var parentID: [UInt8]?
    package var name: String
    package var kind: Kind
    /// Since 1970.
    package var startNanoseconds: UInt64
    package var endNanoseconds: UInt64
    package var attributes: Attributes
    package var events: [Event] = []
    package var status = Status.unset

    package init(
        traceID: [UInt8], spanID: [UInt8], parentID: [UInt8]? = nil, name: String,
        kind: Kind = .internal, startNanoseconds: UInt64, endNanoseconds: UInt64,
        attributes: Attributes = [:]
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentID = parentID
        self.name = name
        self.kind = kind
        self.startNanoseconds = startNanoseconds
        self.endNanoseconds = endNanoseconds
        self.attributes = attributes
    }
}

package struct Metric: Sendable, Equatable {
    package enum Points: Sendable, Equatable {
        /// Cumulative and monotonic.
        case sum([(attributes: Attributes, value: Int)])
        case gauge([(attributes: Attributes, value: Double)])
        case histogram(bounds: [Double], [(attributes: Attributes, values: [Double])])
        /// Counted already.
        case distribution(bounds: [Double], [Distribution])

        package static func == (left: Points, right: Points) -> Bool {
            switch (left, right) {
            case (.sum(let a), .sum(let b)): a.elementsEqual(b) { $0 == $1 }
            case (.gauge(let a), .gauge(let b)): a.elementsEqual(b) { $0 == $1 }
            case (.histogram(let x, let a), .histogram(let y, let b)):
                x == y && a.elementsEqual(b) { $0 == $1 }
            case (.distribution(let x, let a), .distribution(let y, let b)): x == y && a == b
            default: false
            }
        }
    }

    package struct Distribution: Sendable, Equatable {
        package var attributes: Attributes
        /// One more than bounds: a value belongs to the first bucket whose bound it does not exceed.
        package var counts: [Int]
        package var sum: Double

        package init(attributes: Attributes, counts: [Int], sum: Double) {
            self.attributes = attributes
            self.counts = counts
            self.sum = sum
        }
    }

    package var name: String
    package var unit: String
    package var description: String
    package var points: Points

    package init(name: String, unit: String, description: String, points: Points) {
        self.name = name
        self.unit = unit
        self.description = description
        self.points = points
    }
}
