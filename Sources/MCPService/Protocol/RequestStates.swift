internal import Digests
internal import Foundation
internal import JSONText

/// What a modern request carries from one call to the next, through the client: signed, so that it
/// is ours, and bound to the call that it continues.
struct RequestStates: Sendable {
    /// Older ones are refused.
    private static let validSeconds = 24 * 3600
    private let secret: [UInt8]

    init(secret: [UInt8]) { self.secret = secret }

    /// What the human behind the client did.
    enum Answer: Sendable, Equatable {
        /// `accept`, `decline` or `cancel`.
        case given(action: String, subject: String)
    }

    func sign(tool: String, arguments: JSONValue, subject: String) -> String {
        let payload = JSONValue.object([
            .init("tool", .string(tool)), .init("arguments", .string(Self.digest(arguments))),
            .init("subject", .string(subject)),
            .init("time", JSONValue(Int(Date().timeIntervalSince1970))),
        ]).text()
        let code = MessageAuthentication.code(for: Array(payload.utf8), key: secret)
        return Data(payload.utf8).base64EncodedString() + "." + Hexadecimal.encode(code)
    }

    /// - Throws: `JSONRPCError` for a state that is not ours, too old, or of another call.
    func answer(
        in params: JSONValue, tool: String, arguments: JSONValue
    ) throws(JSONRPCError) -> Answer? {
        guard let text = params["requestState"]?.stringValue else { return nil }
        let refused = JSONRPCError(.invalidParams, "requestState is not one of this call's")
        let parts = text.split(separator: ".")
        guard parts.count == 2, let payload = Data(base64Encoded: String(parts[0])),
            let code = Hexadecimal.decode(String(parts[1])),
            MessageAuthentication.isValid(code, for: Array(payload), key: secret),
            let value = try? JSONValue(parsing: payload), value["tool"]?.stringValue == tool,
            value["arguments"]?.stringValue == Self.digest(arguments),
            let subject = value["subject"]?.stringValue, let time = value["time"]?.integerValue,
            Date().timeIntervalSince1970 - Double(time) < Double(Self.validSeconds)
        else { throw refused }
        let action = params["inputResponses"]?["approval"]?["action"]?.stringValue ?? "cancel"
        return .given(action: action, subject: subject)
    }

    private static func digest(_ arguments: JSONValue) -> String {
        SHA256Digest(of: arguments.text(.canonical)).hexadecimal
    }
}
