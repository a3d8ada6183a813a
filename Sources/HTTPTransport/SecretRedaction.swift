internal import Foundation

/// Takes secrets out of texts, in the forms in which they come back: as they are, as a part of a
/// URL, and in Base64 as basic authentication has them.
package struct SecretRedaction: Sendable {
    package static let replacement = "[redacted]"
    /// Shorter values would hide ordinary words.
    private static let lengthMin = 6

    private let forms: [String]

    package init(_ secrets: [String]) {
        var forms: Set<String> = []
        for secret in secrets {
            let trimmed = secret.trimmingCharacters(in: .whitespacesAndNewlines)
            guard trimmed.utf8.count >= Self.lengthMin else { continue }
            forms.insert(trimmed)
            forms.insert(Data(trimmed.utf8).base64EncodedString())
            if let encoded = trimmed.addingPercentEncoding(withAllowedCharacters: .alphanumerics) {
                forms.insert(encoded)
            }
            // "Bearer abc" is two: the word is none.
            for part in trimmed.split(separator: " ") where part.utf8.count >= Self.lengthMin * 2 {
                forms.insert(String(part))
            }
        }
        // A longer form may contain a shorter one.
        self.forms = forms.sorted { $0.utf8.count > $1.utf8.count }
    }

    package func text(_ text: some StringProtocol) -> String {
        forms.reduce(String(text)) { $0.replacingOccurrences(of: $1, with: Self.replacement) }
    }

    /// Scheme, host, port and path: user, query and fragment may carry credentials.
    package static func url(_ url: String) -> String {
        guard var parts = URLComponents(string: url) else { return "an unreadable URL" }
        parts.user = nil
        parts.password = nil
        parts.query = nil
        parts.fragment = nil
        return parts.string ?? "an unreadable URL"
    }
}
