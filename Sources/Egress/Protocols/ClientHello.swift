package import RunModel

/// Finds the server name in a TLS client's first flight (RFC 8446, section 4.1.2; RFC 6066,
/// section 3), across records however they were split, without interpreting anything else.
package enum ClientHello {
    package enum Reading: Sendable, Equatable {
        /// Not enough bytes yet.
        case incomplete
        /// - Parameter offersHiddenName: there is an encrypted client hello beside it (RFC 9849). What
        ///   it holds, or whether it is a random one, cannot be told.
        case serverName(HostName, offersHiddenName: Bool)
        /// A client hello without the extension: what would be reached cannot be checked.
        case noServerName
        /// No TLS at all, or TLS that breaks its own rules.
        case refused(String)
    }

    /// A client hello larger than this is refused: real ones, with post-quantum shares, take 2 KiB.
    package static let byteLimit = 16 << 10

    package static func read(_ bytes: [UInt8]) -> Reading {
        var handshake: [UInt8] = []
        var offset = 0
        var needed = 4
        while handshake.count < needed {
            guard offset + 5 <= bytes.count else { return startsRight(bytes) }
            guard bytes[offset] == 22, bytes[offset + 1] == 3 else {
                return .refused("is not a TLS handshake")
            }
            let length = Int(bytes[offset + 3]) << 8 | Int(bytes[offset + 4])
            guard (1...(16 << 10)).contains(length) else {
                return .refused("has an impossible record")
            }
            let end = min(offset + 5 + length, bytes.count)
            handshake += bytes[offset + 5..<end]
            if handshake.count >= 4 {
                guard handshake[0] == 1 else {
                    return .refused("does not begin with a client hello")
                }
                needed = 4 + (Int(handshake[1]) << 16 | Int(handshake[2]) << 8 | Int(handshake[3]))
                guard needed <= byteLimit else { return .refused("has an oversize client hello") }
            }
            if handshake.count < needed, end < offset + 5 + length { return .incomplete }
            offset = end
        }
        var reader = Reader(bytes: Array(handshake[4..<needed]))
        guard reader.skip(2 + 32), reader.skipVector(lengthBytes: 1),
            reader.skipVector(lengthBytes: 2), reader.skipVector(lengthBytes: 1)
        else { return .refused("has a broken client hello") }
        guard !reader.isAtEnd else { return .noServerName }
        guard var extensions = reader.vector(lengthBytes: 2), reader.isAtEnd else {
            return .refused("has a broken client hello")
        }
        return serverName(in: &extensions)
    }

    private static func serverName(in extensions: inout Reader) -> Reading {
        var found: HostName?
        var offersHiddenName = false
        while !extensions.isAtEnd {
            guard let type = extensions.integer(bytes: 2),
                var body = extensions.vector(lengthBytes: 2)
            else { return .refused("has a broken extension") }
            if type == 0xfe0d {
                // Only an inner hello (type 1) in a first flight is wrong in itself.
                guard body.bytes.first == 0 else {
                    return .refused("encrypts its server name (ECH)")
                }
                offersHiddenName = true
            }
            guard type == 0 else { continue }
            guard found == nil, var names = body.vector(lengthBytes: 2), body.isAtEnd,
                names.integer(bytes: 1) == 0, let name = names.vector(lengthBytes: 2), names.isAtEnd
            else { return .refused("has a broken or repeated server name") }
            do { found = try HostName(name.bytes) } catch {
                return .refused("names a server that is no host name (\(error))")
            }
        }
        return found.map { .serverName($0, offersHiddenName: offersHiddenName) } ?? .noServerName
    }

    private static func startsRight(_ bytes: [UInt8]) -> Reading {
        if let first = bytes.first, first != 22 { return .refused("is not a TLS handshake") }
        return bytes.count < byteLimit ? .incomplete : .refused("has an oversize client hello")
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { offset == bytes.count }

        mutating func skip(_ count: Int) -> Bool {
            guard offset + count <= bytes.count else { return false }
            offset += count
            return true
        }

        mutating func integer(bytes count: Int) -> Int? {
            guard offset + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[offset..<offset + count] { value = value << 8 | Int(byte) }
            offset += count
            return value
        }

        mutating func skipVector(lengthBytes: Int) -> Bool {
            guard let length = integer(bytes: lengthBytes) else { return false }
            return skip(length)
        }

        mutating func vector(lengthBytes: Int) -> Reader? {
            guard let length = integer(bytes: lengthBytes), offset + length <= bytes.count else {
                return nil
            }
            defer { offset += length }
            return Reader(bytes: Array(bytes[offset..<offset + length]))
        }
    }
}
