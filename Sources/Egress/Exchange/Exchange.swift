internal import Foundation
internal import NIOCore
internal import RunModel

/// One request and what becomes of it.
struct Exchange {
    enum Framing {
        case asItIs
        case chunked
        case untilClose
    }

    let head: HTTPRequestHead
    let rule: EgressRule
    let credential: EdgeCredential?
    let started = NIODeadline.now()
    /// How much of the request's body is still to come.
    var meter: HTTPBodyMeter
    /// The body, where it had to be gathered.
    var body: [UInt8] = []
    var key: ExchangeKey?
    /// The request as it goes out for everybody, where its answer may be shared.
    var shared: HTTPRequestHead?
    var stale: StoredAnswer?
    var isRevalidated = false
    var isRetried = false
    /// Of the answer, once its head was passed on.
    var status: Int?
    var framing = Framing.asItIs
    var response: HTTPResponseHead?
    var recorded: PendingBody?
    var cached: PendingBody?
    var scanner: SecretScanner?
    /// Set for a request that asks for a WebSocket.
    let handshake: WebSocketHandshake?
    var address: String?
    var sent: UInt64 = 0
    var received: UInt64 = 0

    init(head: HTTPRequestHead, rule: EgressRule, credential: EdgeCredential?) {
        self.head = head
        self.rule = rule
        self.credential = credential
        meter = HTTPBodyMeter(head.body)
        handshake = WebSocketHandshake(head)
        scanner = credential.map { SecretScanner($0.secrets) }
    }

    private static let conditional: Set = [
        "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
    ]

    /// The request as it goes to the server.
    func outgoing(recording: Bool) -> HTTPRequestHead {
        var head = shared ?? self.head
        head.fields = head.fields.withoutConnectionFields.without(["expect"])
        // What is recorded must be a whole answer, whatever the client has in a cache of its own.
        if recording, shared == nil { head.fields = head.fields.without(Self.conditional) }
        if !body.isEmpty || meter.isDone && self.head.body == .chunked {
            head.fields = head.fields.without(["transfer-encoding", "content-length"])
            head.fields.append(HTTPField(name: "Content-Length", value: String(body.count)))
        }
        if let credential {
            // Compressed, a secret that comes back would not be seen.
            head.fields = head.fields.without([credential.header, "accept-encoding"])
            head.fields.append(HTTPField(name: credential.header, value: credential.value))
        }
        if handshake != nil {
            head.fields += WebSocketHandshake.fields
            // The same holds for compressed messages.
            if credential != nil { head.fields = head.fields.without(["sec-websocket-extensions"]) }
        }
        return head
    }
}

extension HTTPRequestHead {
    /// Bytes for the wire.
    func text(_ link: UpstreamLink, isTLS: Bool) -> [UInt8] {
        var target = target
        if link.usesAbsoluteForm { target = "http://" + values("host")[0] + target }
        var text = "\(method) \(target) HTTP/1.1\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        if let value = link.proxyAuthorization { text += "Proxy-Authorization: \(value)\r\n" }
        return Array((text + "\r\n").utf8)
    }
}

enum Clock {
    static var secondsSince1970: Double { (Date().timeIntervalSince1970 * 1000).rounded() / 1000 }
}

/// Reason phrases, which nobody reads but people (RFC 9112, section 4).
enum HTTPStatus {
    private static let phrases = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
        301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
        307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
        401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 410: "Gone",
        429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout",
    ]

    static func phrase(_ status: Int) -> String { phrases[status] ?? "Status" }
}
