internal import Digests
package import RunModel

/// What makes two requests the same request.
package struct ExchangeKey: Sendable, Hashable {
    package let scheme: String
    package let host: HostName
    package let port: UInt16
    package let method: String
    package let target: String
    /// Hexadecimal SHA-256 over all of the above, the fields that choose a representation, and the
    /// body.
    package let digest: String

    /// Fields by which servers choose what they answer (RFC 9110, section 12.5).
    static let choosing = ["accept", "accept-encoding", "accept-language", "range"]

    init(_ head: HTTPRequestHead, host: HostName, port: UInt16, isTLS: Bool, body: [UInt8]) {
        scheme = isTLS ? "https" : "http"
        self.host = host
        self.port = port
        method = head.method
        target = head.target
        var builder = DigestBuilder()
        for field in [scheme, host.text, String(port), method, target] { builder.add(field: field) }
        for name in Self.choosing {
            builder.add(field: head.values(name).joined(separator: ","))
        }
        builder.add(field: SHA256Digest(of: body).hexadecimal)
        digest = builder.finish().hexadecimal
    }

    var url: String { "\(scheme)://\(host):\(port)\(target)" }
}
