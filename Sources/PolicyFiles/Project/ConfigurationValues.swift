internal import RunModel

/// A size as configuration files write it, such as `2GiB`.
package struct ByteSize: Decodable, Sendable, Equatable {
    package var bytes: UInt64

    package init(bytes: UInt64) { self.bytes = bytes }

    package init(from decoder: any Decoder) throws {
        bytes = try quantity(in: decoder, Quantity.bytes)
    }
}

/// A time as configuration files write it, such as `10m`.
package struct TimeSpan: Decodable, Sendable, Equatable {
    package var milliseconds: UInt64

    package init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    package init(from decoder: any Decoder) throws {
        milliseconds = try quantity(in: decoder, Quantity.milliseconds)
    }
}

private func quantity(
    in decoder: any Decoder, _ read: (String) throws(QuantityError) -> UInt64
) throws -> UInt64 {
    let container = try decoder.singleValueContainer()
    do {
        return try read(try container.decode(String.self))
    } catch let error as QuantityError {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
}
