package import JSONText

/// The wire between a sandbox's supervisor and who drives it: one Unix stream connection for one
/// request. A frame is a length (4 bytes, big-endian, of what follows), a kind (1 byte), a payload.
package enum LiveFrame {
    package enum Kind: UInt8, Sendable {
        /// To the supervisor, first: JSON with `op`.
        case request = 1
        /// Bytes; from the supervisor after one byte that names the stream.
        case data = 2
        /// Nothing more comes from this side.
        case end = 3
        /// From the supervisor, first: JSON.
        case reply = 4
        case event = 5
        /// From the supervisor, last: `{"code","message"}`.
        case failure = 6
    }

    /// A longer frame is a fault of the peer.
    package static let byteLimit = 64 << 20

    package static func header(_ kind: Kind, payloadBytes: Int) -> [UInt8] {
        let length = UInt32(payloadBytes + 1)
        return [
            UInt8(truncatingIfNeeded: length >> 24), UInt8(truncatingIfNeeded: length >> 16),
            UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length),
            kind.rawValue,
        ]
    }

    package static func encode(_ kind: Kind, _ payload: [UInt8] = []) -> [UInt8] {
        header(kind, payloadBytes: payload.count) + payload
    }

    package static func encode(_ kind: Kind, _ value: JSONValue) -> [UInt8] {
        encode(kind, Array(value.text().utf8))
    }

    /// Streams of data frames.
    package enum Stream {
        package static let file: UInt8 = 0
        package static let output: UInt8 = 1
        package static let errors: UInt8 = 2
        package static let terminal: UInt8 = 3
    }
}
