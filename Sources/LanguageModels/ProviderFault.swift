internal import Foundation
internal import HTTPTransport
internal import JSONText
internal import RunModel

/// What an error of a provider means. The words differ; status and a few phrases do not.
enum ProviderFault {
    private static let contextPhrases = [
        "context_length_exceeded", "maximum context length", "context window", "prompt is too long",
        "exceed_context_size", "exceeds the available context", "too many tokens",
        "input is too long", "context length",
    ]

    /// - Parameter status: of the answer, or one that stands for an error within a stream.
    static func failure(
        status: Int, body: some Sequence<UInt8>, subject: String, model: String
    ) -> ModelFailure {
        let text = message(in: body)
        let lowered = text.lowercased()
        let said = text.isEmpty ? "" : ": \(text)"
        if contextPhrases.contains(where: lowered.contains)
            && [400, 413, 422, 500].contains(status)
        {
            return ModelFailure(
                .contextFull, subject: subject, reason: "the request does not fit\(said)",
                remedy: "Set a smaller `context` for it, or use a model that takes more")
        }
        switch status {
        case 401, 403:
            return ModelFailure(
                .wrongKey, subject: subject, reason: "the key is refused (\(status))\(said)",
                remedy: "Put a valid key into the file that DRYDOCK_MODEL_KEY_FILE names")
        case 404:
            return ModelFailure(
                .unknownModel, subject: subject,
                reason: "there is no model \(model), or no API at this address (404)\(said)",
                remedy: "Check `model` and `endpoint` of the models: block")
        case 413:
            return ModelFailure(
                .tooLarge, subject: subject, reason: "the request is too large (413)\(said)",
                remedy: "Set a smaller `context` for it")
        case 402:
            return ModelFailure(
                .wrongKey, subject: subject, reason: "the account has no credit (402)\(said)",
                remedy: "Add credit, or use another key")
        case 408, 409, 425, 429, 500, 502, 503, 504, 529:
            return ModelFailure(
                .overloaded, subject: subject, reason: "it answers \(status)\(said)",
                remedy: "Try later; `drydock heal` again goes on where it was")
        default:
            return ModelFailure(
                .badRequest, subject: subject, reason: "it refuses the request (\(status))\(said)",
                remedy: "Check that the endpoint speaks the API of its provider")
        }
    }

    /// The message of an error body, in any of the shapes that providers use.
    static func message(in body: some Sequence<UInt8>) -> String {
        let bytes = Array(body.prefix(64 << 10))
        guard let value = try? JSONValue(parsing: bytes) else {
            let plain = String(decoding: bytes.prefix(300), as: UTF8.self)
            return plain.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let error = value["error"] ?? value
        let parts = [
            error["code"]?.stringValue, error["type"]?.stringValue,
            error["message"]?.stringValue ?? error.stringValue ?? value["detail"]?.stringValue
                ?? value["message"]?.stringValue,
        ]
        return String(parts.compactMap(\.self).joined(separator: ": ").prefix(500))
    }

    static func failure(_ error: WebError, subject: String) -> ModelFailure {
        let kind: ModelFailure.Kind =
            switch error.kind {
            case .unreachable, .untrusted, .proxy, .redirected: .unreachable
            case .timedOut: .timedOut
            case .interrupted: .interrupted
            case .tooLarge: .tooLarge
            case .invalidRequest: .badRequest
            }
        return ModelFailure(
            kind, subject: subject, reason: "\(error.subject) failed: \(error.reason)",
            remedy: error.remedy)
    }
}
