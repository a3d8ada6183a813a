internal import Digests
internal import Foundation
package import HTTPTransport

/// Posts the notice as JSON, signed: `X-Drydock-Signature-256: sha256=` and an HMAC of the body, as
/// GitHub signs its own.
package struct WebhookChannel: NotificationChannel {
    package static let secretBytesMin = 16

    package var name: String { "webhook \(SecretRedaction.url(url))" }
    private let url: String
    private let secret: [UInt8]
    private let client: WebClient

    /// - Throws: `NotificationError` for a secret that can be guessed.
    package init(url: String, secret: [UInt8], client: WebClient) throws(NotificationError) {
        guard secret.count >= Self.secretBytesMin else {
            throw NotificationError(
                subject: "the webhook's secret",
                reason: "it has \(secret.count) bytes, fewer than \(Self.secretBytesMin)",
                remedy: "Make one with `openssl rand -hex 32`")
        }
        self.url = url
        self.secret = secret
        self.client = client
    }

    package func send(_ notice: Notice) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = Array(try encoder.encode(notice))
        var request = WebRequest(.post, url, body: body)
        request.timeoutMilliseconds = 20_000
        // The receiver recognises a repetition by its number.
        request.isRepeatable = true
        request.set("Content-Type", "application/json")
        request.set("X-Drydock-Event", notice.kind.rawValue)
        request.set("X-Drydock-Delivery", notice.delivery)
        request.set(
            "X-Drydock-Signature-256",
            "sha256=" + Hexadecimal.encode(MessageAuthentication.code(for: body, key: secret)))
        try await HTTPDelivery.send(request, with: client)
    }
}

/// Posts one line to an incoming webhook of a chat: Slack, Mattermost, Rocket.Chat and Google Chat
/// read `text`, Discord reads `content`; each ignores the other's.
package struct ChatChannel: NotificationChannel {
    /// Discord's limit; the others' are higher.
    private static let textCharactersMax = 1_900

    package let name = "chat"
    private let url: String
    private let client: WebClient

    /// - Parameter url: a secret of its own: whoever has it may post.
    package init(url: String, client: WebClient) {
        self.url = url
        self.client = client
    }

    package func send(_ notice: Notice) async throws {
        let text = String(
            "\(NoticeText.line(notice.title))\n\(NoticeText.lines(notice.text))\n\(notice.url)"
                .prefix(Self.textCharactersMax))
        var request = WebRequest(
            .post, url, body: Array(try JSONEncoder().encode(["text": text, "content": text])))
        request.timeoutMilliseconds = 20_000
        request.set("Content-Type", "application/json")
        try await HTTPDelivery.send(request, with: client)
    }
}

private enum HTTPDelivery {
    static func send(_ request: WebRequest, with client: WebClient) async throws {
        let response = try await client.send(request)
        guard response.head.isSuccess else {
            throw NotificationError(
                subject: "the receiver", reason: "it answers \(response.status)",
                remedy: "Check the address and what it expects")
        }
    }
}

/// Untrusted words in a message: no mentions, no markup that links, no control characters.
enum NoticeText {
    static func line(_ text: String, limit: Int = 200) -> String {
        lines(text.replacing("\n", with: " "), limit: limit)
    }

    static func lines(_ text: String, limit: Int = 1_500) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar {
            case "\n": result += "\n"
            // `<!everyone>`, `<@U1>` and `<http://x|y>` of Slack; `@here` of the others.
            case "<": result += "‹"
            case ">": result += "›"
            case "@": result += "@\u{200B}"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .privateUse: result += " "
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
