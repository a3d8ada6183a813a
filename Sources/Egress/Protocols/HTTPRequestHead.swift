/// The head of one HTTP/1.1 request, read so strictly that no server can read it otherwise
/// (RFC 9112; what it refuses is what request smuggling is made of).
package struct HTTPRequestHead: Sendable, Equatable {
    package var method: String
    /// Origin form: begins with a slash.
    package var target: String
    package var fields: [Field]
    package var body: Body

    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    /// What follows the head.
    package enum Body: Sendable, Equatable {
        case none
        case length(UInt64)
        case chunked
    }

    package enum Reading: Sendable, Equatable {
        case incomplete
        /// The head, and how many bytes it took.
        case complete(HTTPRequestHead, bytes: Int)
        case refused(String)
    }

    package static let byteLimit = 64 << 10

    /// Whether this can be the beginning of an HTTP request at all; `nil` until enough is there.
    package static func beginsLikeRequest(_ bytes: [UInt8]) -> Bool? {
        for (index, byte) in bytes.prefix(24).enumerated() {
            if byte == UInt8(ascii: " ") { return index > 0 }
            guard
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "-")
            else { return false }
        }
        return bytes.count >= 24 ? false : nil
    }

    package static func read(_ bytes: [UInt8]) -> Reading {
        guard let end = endOfHead(bytes) else {
            return bytes.count < byteLimit ? .incomplete : .refused("has an oversize head")
        }
        guard end <= byteLimit else { return .refused("has an oversize head") }
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while start < end - 2 {
            guard let stop = bytes[start..<end].firstIndex(of: 13) else { break }
            lines.append(bytes[start..<stop])
            start = stop + 2
        }
        for line in lines
        where line.contains(where: {
            $0 == 0 || $0 == 10 || $0 == 13 || ($0 < 32 && $0 != 9) || $0 == 127
        }) {
            return .refused("has a control character in its head")
        }
        guard let first = lines.first else { return .refused("is empty") }
        let words = first.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3,
            words[2].elementsEqual("HTTP/1.1".utf8) || words[2].elementsEqual("HTTP/1.0".utf8)
        else { return .refused("has a malformed request line") }
        let method = String(decoding: words[0], as: UTF8.self)
        guard !words[0].isEmpty, words[0].allSatisfy({ (65...90).contains($0) || $0 == 45 }) else {
            return .refused("has a malformed method")
        }
        guard method != "CONNECT" else { return .refused("asks for a tunnel of a server") }
        guard words[1].allSatisfy({ (33...126).contains($0) }), !words[1].isEmpty else {
            return .refused("has a malformed target")
        }
        var fields: [Field] = []
        for line in lines.dropFirst() {
            guard let field = Self.field(line) else {
                return .refused("has a malformed header line")
            }
            fields.append(field)
        }
        let target = String(decoding: words[1], as: UTF8.self)
        return framing(method: method, target: target, fields: fields, bytes: end)
    }

    package func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name }.map(\.value)
    }

    private static func framing(
        method: String, target: String, fields: [Field], bytes: Int
    ) -> Reading {
        var head = HTTPRequestHead(method: method, target: target, fields: fields, body: .none)
        let lengths = head.values("content-length")
        let codings = head.values("transfer-encoding")
        guard head.values("host").count == 1 else { return .refused("has no Host, or several") }
        guard lengths.isEmpty || codings.isEmpty else {
            return .refused("has both Content-Length and Transfer-Encoding")
        }
        guard lengths.count <= 1, codings.count <= 1 else {
            return .refused("repeats the field that frames its body")
        }
        if let text = lengths.first {
            guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }),
                let length = UInt64(text)
            else { return .refused("has a malformed Content-Length") }
            head.body = length == 0 ? .none : .length(length)
        }
        if let text = codings.first {
            guard text.lowercased() == "chunked" else { return .refused("has an unknown coding") }
            head.body = .chunked
        }
        return .complete(head, bytes: bytes)
    }

    private static func field(_ line: ArraySlice<UInt8>) -> Field? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
            return nil
        }
        let name = line[..<colon]
        // A token (RFC 9110, section 5.6.2): no space before the colon, no continuation lines.
        let symbols = Array("!#$%&'*+-.^_`|~".utf8)
        guard
            name.allSatisfy({
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || symbols.contains($0)
            })
        else { return nil }
        var value = line[(colon + 1)...]
        while let byte = value.first, byte == 32 || byte == 9 { value.removeFirst() }
        while let byte = value.last, byte == 32 || byte == 9 { value.removeLast() }
        return Field(
            name: String(decoding: name, as: UTF8.self),
            value: String(decoding: value, as: UTF8.self))
    }

    /// The index after the empty line; only CRLF ends a line.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13
            && bytes[index + 3] == 10
        { return index + 4 }
        return nil
    }
}

/// How much of a stream belongs to a request's body: what comes after it is never forwarded.
package struct HTTPBodyMeter: Sendable {
    private enum State: Sendable {
        case counted(UInt64)
        case chunkSize([UInt8])
        case chunkData(UInt64)
        case trailer([UInt8])
        case done
    }
    private var state: State

    package init(_ body: HTTPRequestHead.Body) {
        state =
            switch body {
            case .none: .done
            case .length(let count): .counted(count)
            case .chunked: .chunkSize([])
            }
    }

    package var isDone: Bool {
        if case .done = state { return true }
        return false
    }

    /// - Returns: how many of the bytes belong to the body; `nil` when its framing is malformed.
    package mutating func take(_ bytes: ArraySlice<UInt8>) -> Int? {
        var taken = 0
        var rest = bytes
        while let byte = rest.first {
            switch state {
            case .done: return taken
            case .counted(let left), .chunkData(let left):
                let count = Int(min(left, UInt64(rest.count)))
                rest = rest.dropFirst(count)
                taken += count
                let remaining = left - UInt64(count)
                if case .counted = state {
                    state = remaining == 0 ? .done : .counted(remaining)
                } else {
                    state = remaining == 0 ? .chunkSize([]) : .chunkData(remaining)
                }
            case .chunkSize(var line):
                rest = rest.dropFirst()
                taken += 1
                line.append(byte)
                guard line.count <= 20 else { return nil }
                state = .chunkSize(line)
                guard byte == 10 else { continue }
                guard line.count >= 3, line[line.count - 2] == 13,
                    let size = UInt64(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16),
                    line[0] != UInt8(ascii: "+"), size < 1 << 60
                else { return nil }
                // The two bytes that end a chunk are counted with it.
                state = size == 0 ? .trailer([]) : .chunkData(size + 2)
            case .trailer(var line):
                rest = rest.dropFirst()
                taken += 1
                line.append(byte)
                // Trailer fields are not needed by anyone; only the empty line is accepted.
                guard line == [13] || line == [13, 10] else { return nil }
                state = line.count == 2 ? .done : .trailer(line)
            }
        }
        return taken
    }
}
