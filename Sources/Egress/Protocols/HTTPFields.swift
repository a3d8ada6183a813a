/// One header field, as it was written.
package struct HTTPField: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

extension [HTTPField] {
    /// - Parameter name: in lowercase.
    package func values(_ name: String) -> [String] {
        filter { $0.name.lowercased() == name }.map(\.value)
    }

    /// Fields that mean the connection and not the message (RFC 9110, section 7.6.1), among them
    /// those that `Connection` names.
    package var withoutConnectionFields: [HTTPField] {
        var dropped: Set = [
            "connection", "upgrade", "http2-settings", "keep-alive", "proxy-connection", "te",
            "trailer", "proxy-authorization", "proxy-authenticate",
        ]
        for value in values("connection") {
            for name in value.split(separator: ",") {
                dropped.insert(name.lowercased().filter { $0 != " " && $0 != "\t" })
            }
        }
        // Framing is the message's, whatever Connection says of it.
        dropped.subtract(["content-length", "transfer-encoding", "host"])
        return filter { !dropped.contains($0.name.lowercased()) }
    }

    package func without(_ names: Set<String>) -> [HTTPField] {
        filter { !names.contains($0.name.lowercased()) }
    }
}

/// The lines of a message's head, read so that no other reader can split them otherwise.
enum HTTPHeadLines {
    /// The index after the empty line; only CRLF ends a line.
    static func end(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var index = 3
            while index < bytes.count {
                // A step of four where the byte can be none of the four.
                switch bytes[index] {
                case 10:
                    if bytes[index - 1] == 13 && bytes[index - 2] == 10 && bytes[index - 3] == 13 {
                        return index + 1
                    }
                    index += 1
                case 13: index += 1
                default: index += 4
                }
            }
            return nil
        }
    }

    /// `nil` when a line holds a control character.
    static func split(_ bytes: [UInt8], end: Int) -> [ArraySlice<UInt8>]? {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while start < end - 2 {
            guard let stop = bytes[start..<end].firstIndex(of: 13) else { break }
            lines.append(bytes[start..<stop])
            guard bytes[stop + 1] == 10 else { return nil }
            start = stop + 2
        }
        for line in lines
        where line.contains(where: { ($0 < 32 && $0 != 9) || $0 == 127 }) { return nil }
        return lines
    }

    /// `nil` when a line is no field: a token, a colon at once (RFC 9110, section 5.6.2), and no
    /// continuation lines.
    static func fields(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [HTTPField]? {
        var fields: [HTTPField] = []
        for line in lines {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
                isToken(line[..<colon])
            else { return nil }
            var value = line[(colon + 1)...]
            while let byte = value.first, byte == 32 || byte == 9 { value.removeFirst() }
            while let byte = value.last, byte == 32 || byte == 9 { value.removeLast() }
            fields.append(
                HTTPField(
                    name: String(decoding: line[..<colon], as: UTF8.self),
                    value: String(decoding: value, as: UTF8.self)))
        }
        return fields
    }

    static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        let symbols = Array("!#$%&'*+-.^_`|~".utf8)
        return !bytes.isEmpty
            && bytes.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || symbols.contains($0)
            }
    }
}
