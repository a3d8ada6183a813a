internal import Foundation

/// Turns a refusal into an error that says what is missing and how to mend it.
enum RESTFailure {
    /// What GitHub and GitLab put into the body of a refusal; everything of it may be absent.
    private struct Body: Decodable {
        var message: Message?
        var error: Message?
        var errors: [Detail]?
        var errorDescription: String?
        var scope: String?

        enum CodingKeys: String, CodingKey {
            case message, error, errors, scope
            case errorDescription = "error_description"
        }
    }

    /// GitLab's may be a text, a list, or texts by field.
    private enum Message: Decodable {
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([String].self) {
                self = .text(list.joined(separator: "; "))
            } else if let fields = try? container.decode([String: [String]].self) {
                self = .text(
                    fields.sorted { $0.key < $1.key }
                        .map { "\($0.key) \($0.value.joined(separator: ", "))" }
                        .joined(separator: "; "))
            } else {
                self = .text("")
            }
        }

        var value: String { if case .text(let text) = self { text } else { "" } }
    }

    private enum Detail: Decodable {
        case text(String)

        private struct Fields: Decodable {
            var message: String?
            var field: String?
            var code: String?
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
                return
            }
            let fields = try container.decode(Fields.self)
            self = .text(
                fields.message
                    ?? [fields.field, fields.code].compactMap(\.self).joined(separator: " "))
        }

        var value: String { if case .text(let text) = self { text } else { "" } }
    }

    static func error(
        _ response: ForgeResponse, operation: String, subject: String, tokenRemedy: String
    ) -> ForgeError {
        let said = message(response)
        let reason = "the forge answers \(response.status)" + (said.isEmpty ? "" : ": \(said)")
        switch response.status {
        case 401:
            return ForgeError(
                .unauthorised, operation: operation, subject: subject, reason: reason,
                remedy: "The token is not accepted. \(tokenRemedy)")
        case 403:
            let needed =
                response.headers["x-accepted-github-permissions"]
                ?? response.headers["x-accepted-oauth-scopes"]
            return ForgeError(
                .forbidden, operation: operation, subject: subject, reason: reason,
                remedy: "The token may not do this"
                    + (needed.map { $0.isEmpty ? "" : "; it needs \(PlainText.line($0))" } ?? "")
                    + ". \(tokenRemedy)")
        case 404:
            return ForgeError(
                .notFound, operation: operation, subject: subject, reason: reason,
                remedy: "It is not there, or the token may not see it. \(tokenRemedy)")
        case 300..<400:
            return ForgeError(
                .malformed, operation: operation, subject: subject,
                reason: reason + ": it was moved",
                remedy: "Point the repository's remote to its new place")
        case 500...:
            return ForgeError(
                .unreachable, operation: operation, subject: subject, reason: reason,
                remedy: "Nothing is lost: run it again when the forge works")
        default:
            return ForgeError(
                .refused, operation: operation, subject: subject, reason: reason)
        }
    }

    private static func message(_ response: ForgeResponse) -> String {
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(response.body)) else {
            return ""
        }
        let parts =
            [body.message?.value, body.error?.value, body.errorDescription].compactMap(\.self)
            + (body.errors ?? []).map(\.value)
        return PlainText.line(
            parts.filter { !$0.isEmpty }.joined(separator: "; "), limit: 400)
    }
}
