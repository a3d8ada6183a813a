/// The head of one HTTP/1.1 request, read so strictly that no server can read it otherwise
/// (RFC 9112; what it refuses is what request smuggling is made of).
package struct HTTPRequestHead: Sendable, Equatable {
    package var method: String
    /// Origin form: begins with a slash.
    package var target: String
    package var fields: [HTTPField]
    package var body: Body
    /// HTTP/1.0 clients are answered until the connection closes.
    package var isVersion10 = false

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
        guard let end = HTTPHeadLines.end(of: bytes) else {
            return bytes.count < byteLimit ? .incomplete : .refused("has an oversize head")
        }
        guard end <= byteLimit else { return .refused("has an oversize head") }
        guard let lines = HTTPHeadLines.split(bytes, end: end) else {
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
        guard words[1].allSatisfy({ (33...126).contains($0) && $0 != UInt8(ascii: "#") }),
            !words[1].isEmpty
        else { return .refused("has a malformed target") }
        guard let fields = HTTPHeadLines.fields(lines.dropFirst()) else {
            return .refused("has a malformed header line")
        }
        let target = String(decoding: words[1], as: UTF8.self)
        var head = HTTPRequestHead(method: method, target: target, fields: fields, body: .none)
        head.isVersion10 = words[2].last == UInt8(ascii: "0")
        return framing(head, bytes: end)
    }

    package func values(_ name: String) -> [String] { fields.values(name) }

    private static func framing(_ asked: HTTPRequestHead, bytes: Int) -> Reading {
        var head = asked
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
            guard text.lowercased() == "chunked", !head.isVersion10 else {
                return .refused("has an unknown coding")
            }
            head.body = .chunked
        }
        return .complete(head, bytes: bytes)
    }
}
