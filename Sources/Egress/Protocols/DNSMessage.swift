package import RunModel

/// As much of the domain name system's message format (RFC 1035) as a resolver needs that answers
/// for a list of names and nothing else.
package struct DNSQuery: Sendable, Equatable {
    package var identifier: UInt16
    package var recursionDesired: Bool
    /// Labels as they were asked, joined by dots; not yet checked to be a host name.
    package var name: [UInt8]
    package var type: UInt16
    package var recordClass: UInt16

    package static let typeA: UInt16 = 1
    package static let typeAAAA: UInt16 = 28

    package enum Fault: Error, Sendable, Equatable {
        case truncated
        case notAQuery
        case questionCount(Int)
        /// Compression in a question, or a label longer than 63 bytes.
        case label
        case nameTooLong
    }

    /// Reads a query; additional records (EDNS) are passed over.
    package init(_ message: [UInt8]) throws(Fault) {
        guard message.count >= 12 else { throw .truncated }
        func word(_ offset: Int) -> UInt16 {
            UInt16(message[offset]) << 8 | UInt16(message[offset + 1])
        }
        identifier = word(0)
        let flags = word(2)
        // QR must be 0 and the operation a standard query.
        guard flags & 0x8000 == 0, flags & 0x7800 == 0 else { throw .notAQuery }
        recursionDesired = flags & 0x0100 != 0
        guard word(4) == 1 else { throw .questionCount(Int(word(4))) }
        var offset = 12
        var name: [UInt8] = []
        while true {
            guard offset < message.count else { throw .truncated }
            let length = Int(message[offset])
            offset += 1
            if length == 0 { break }
            guard length <= 63 else { throw .label }
            guard offset + length <= message.count else { throw .truncated }
            if !name.isEmpty { name.append(UInt8(ascii: ".")) }
            name += message[offset..<offset + length]
            offset += length
            guard name.count <= 253 else { throw .nameTooLong }
        }
        guard offset + 4 <= message.count else { throw .truncated }
        self.name = name
        type = word(offset)
        recordClass = word(offset + 2)
    }
}

/// An answer to one query.
package struct DNSAnswer: Sendable, Equatable {
    package enum Code: UInt16, Sendable {
        case success = 0
        case formatError = 1
        case serverFailure = 2
        case nameError = 3
        case notImplemented = 4
    }

    package var query: DNSQuery
    package var code: Code
    /// Addresses of the asked type; empty with `success` is "no data".
    package var addresses: [IPAddress]

    /// Answers are made up per sandbox: not worth keeping longer than a connection takes.
    private static let timeToLiveSeconds: UInt32 = 30

    package init(to query: DNSQuery, code: Code, addresses: [IPAddress] = []) {
        self.query = query
        self.code = code
        self.addresses = addresses
    }

    package var bytes: [UInt8] {
        var message: [UInt8] = []
        func append(_ value: UInt16) { message += [UInt8(value >> 8), UInt8(value & 0xff)] }
        append(query.identifier)
        // QR, AA, RD as asked, RA.
        append(0x8480 | (query.recursionDesired ? 0x0100 : 0) | code.rawValue)
        append(1)
        append(UInt16(addresses.count))
        append(0)
        append(0)
        for label in query.name.split(separator: UInt8(ascii: ".")) {
            message.append(UInt8(label.count))
            message += label
        }
        message.append(0)
        append(query.type)
        append(query.recordClass)
        for address in addresses {
            append(0xc00c)  // a pointer to the question's name
            append(address.isVersion4 ? DNSQuery.typeA : DNSQuery.typeAAAA)
            append(1)
            append(UInt16(Self.timeToLiveSeconds >> 16))
            append(UInt16(Self.timeToLiveSeconds & 0xffff))
            append(UInt16(address.bytes.count))
            message += address.bytes
        }
        return message
    }
}
