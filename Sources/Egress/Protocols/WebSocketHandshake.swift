internal import Digests
internal import Foundation

/// What makes a request one for a WebSocket, and an answer the agreement to it (RFC 6455, sections
/// 4.1 and 4.2.2). Read strictly: after the agreement bytes pass that nobody reads, so a server that
/// did not mean it must not be taken to have.
package struct WebSocketHandshake: Sendable, Equatable {
    /// What stands for the method in rules: a rule that restricts methods has to name it.
    package static let method = "WEBSOCKET"
    private static let protocolName = "websocket"
    private static let version = "13"
    private static let keyBytes = 16

    let key: String

    /// - Returns: `nil` for any other request.
    package init?(_ head: HTTPRequestHead) {
        let keys = head.values("sec-websocket-key")
        guard head.method == "GET", !head.isVersion10, head.body == .none,
            Self.agrees(head.fields), head.values("sec-websocket-version") == [Self.version],
            keys.count == 1, Data(base64Encoded: keys[0])?.count == Self.keyBytes
        else { return nil }
        key = keys[0]
    }

    /// Whether this answer is this handshake's.
    func isAnswered(by head: HTTPResponseHead) -> Bool {
        let text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        let expected = Data(FormatDigest.sha1(Array(text.utf8))).base64EncodedString()
        return head.status == 101 && Self.agrees(head.fields)
            && head.fields.values("sec-websocket-accept") == [expected]
    }

    /// Written anew on both sides, as these fields belong to one connection.
    static let fields = [
        HTTPField(name: "Connection", value: "Upgrade"),
        HTTPField(name: "Upgrade", value: protocolName),
    ]

    private static func agrees(_ fields: [HTTPField]) -> Bool {
        let connection = fields.values("connection").joined(separator: ",").lowercased()
            .split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
        return connection.contains("upgrade")
            && fields.values("upgrade").map { $0.lowercased() } == [protocolName]
    }
}
