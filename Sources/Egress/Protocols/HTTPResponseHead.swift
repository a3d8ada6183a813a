/// The head of one HTTP/1.1 response (RFC 9112), as strict as that of a request: a server must not be
/// able to make one answer out of two.
package struct HTTPResponseHead: Sendable, Equatable {
    package var status: Int
    package var fields: [HTTPField]
    package var body: Body
    /// Whether the server takes another request on this connection.
    package var keepsAlive: Bool

    package enum Body: Sendable, Equatable {
        case framed(HTTPRequestHead.Body)
        case untilClose
    }

    package enum Reading: Sendable, Equatable {
        case incomplete
        case complete(HTTPResponseHead, bytes: Int)
        case refused(String)
    }

    package static let byteLimit = 256 << 10

    /// - Parameter method: of the request; an answer to HEAD has no body.
    package static func read(_ bytes: [UInt8], method: String) -> Reading {
        guard let end = HTTPHeadLines.end(of: bytes) else {
            return bytes.count < byteLimit ? .incomplete : .refused("has an oversize head")
        }
        guard let lines = HTTPHeadLines.split(bytes, end: end), let first = lines.first else {
            return .refused("has a control character in its head")
        }
        let words = first.split(separator: 32, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2,
            words[0].elementsEqual("HTTP/1.1".utf8) || words[0].elementsEqual("HTTP/1.0".utf8),
            words[1].count == 3, let status = Int(String(decoding: words[1], as: UTF8.self)),
            (100...599).contains(status)
        else { return .refused("has a malformed status line") }
        guard let fields = HTTPHeadLines.fields(lines.dropFirst()) else {
            return .refused("has a malformed header line")
        }
        let connection = fields.values("connection").joined(separator: ",").lowercased()
        let isVersion11 = words[0].last == UInt8(ascii: "1")
        var head = HTTPResponseHead(
            status: status, fields: fields, body: .framed(.none),
            keepsAlive: isVersion11 && !connection.contains("close"))
        if method == "HEAD" || (100...199).contains(status) || status == 204 || status == 304 {
            return .complete(head, bytes: end)
        }
        let lengths = Set(fields.values("content-length"))
        let codings = fields.values("transfer-encoding")
        if !codings.isEmpty {
            guard codings.count == 1, codings[0].lowercased() == "chunked", lengths.isEmpty else {
                return .refused("is framed in two ways")
            }
            head.body = .framed(.chunked)
        } else if let text = lengths.first {
            guard lengths.count == 1, !text.isEmpty,
                text.utf8.allSatisfy({ (48...57).contains($0) }), let length = UInt64(text)
            else { return .refused("has a malformed Content-Length") }
            head.body = .framed(length == 0 ? .none : .length(length))
        } else {
            head.body = .untilClose
            head.keepsAlive = false
        }
        return .complete(head, bytes: end)
    }
}
