internal import Foundation
internal import JSONText

/// What a modern request repeats of itself in headers, so that proxies can route it: it must be
/// the same as in the body.
enum RoutingHeaders {
    private static let namedBy = [
        "tools/call": "name", "prompts/get": "name", "resources/read": "uri",
    ]

    static func check(
        _ message: JSONRPCMessage, _ envelope: ModernEnvelope, headers: [String: String]
    ) throws(JSONRPCError) {
        guard headers["mcp-protocol-version"] == envelope.version else {
            throw mismatch("MCP-Protocol-Version", "the version in params._meta")
        }
        guard headers["mcp-method"] == message.method else {
            throw mismatch("Mcp-Method", "method")
        }
        if let field = namedBy[message.method] {
            guard let header = headers["mcp-name"],
                decoded(header) == message.params[field]?.stringValue
            else { throw mismatch("Mcp-Name", "params.\(field)") }
        }
    }

    private static func mismatch(_ header: String, _ what: String) -> JSONRPCError {
        JSONRPCError(.headerMismatch, "the header \(header) is missing or not \(what)")
    }

    /// `=?base64?...?=` carries what a header cannot.
    private static func decoded(_ header: String) -> String? {
        guard header.hasPrefix("=?base64?"), header.hasSuffix("?=") else { return header }
        let payload = String(header.dropFirst("=?base64?".count).dropLast(2))
        guard let data = Data(base64Encoded: payload), data.base64EncodedString() == payload else {
            return nil
        }
        return String(validating: data, as: UTF8.self)
    }
}
