internal import Digests

/// Whether a delivery to a webhook receiver comes from the forge that it says it comes from.
package enum WebhookSignature {
    /// A forge's secret is at least this long: shorter ones can be tried out.
    package static let secretBytesMin = 16

    /// GitHub's `X-Hub-Signature-256`: `sha256=` and an HMAC of the body in hexadecimal, compared
    /// in constant time
    /// (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries).
    package static func isGitHub(
        _ header: String?, body: [UInt8], secret: [UInt8]
    ) -> Bool {
        let prefix = "sha256="
        guard secret.count >= secretBytesMin, let header, header.hasPrefix(prefix),
            let code = Hexadecimal.decode(String(header.dropFirst(prefix.count)))
        else { return false }
        return MessageAuthentication.isValid(code, for: body, key: secret)
    }

    /// GitLab's `X-Gitlab-Token`: the secret itself, compared by its MAC under a fixed key so that
    /// the comparison's time tells nothing.
    package static func isGitLab(_ header: String?, secret: [UInt8]) -> Bool {
        guard secret.count >= secretBytesMin, let header else { return false }
        let key = Array("drydock webhook token".utf8)
        let code = MessageAuthentication.code(for: Array(header.utf8), key: key)
        return MessageAuthentication.isValid(code, for: secret, key: key)
    }

    /// The header value that Drydock signs its own deliveries with, in GitHub's form.
    package static func header(for body: [UInt8], secret: [UInt8]) -> String {
        "sha256=" + Hexadecimal.encode(MessageAuthentication.code(for: body, key: secret))
    }
}
