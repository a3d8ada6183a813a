internal import Digests
internal import Foundation

/// A message as it goes over the wire (RFC 5322, RFC 2045, RFC 2047): lines end with CR LF, no
/// header can be broken out of, and nothing but ASCII is in it.
package struct MailMessage: Sendable, Equatable {
    package var from: String
    package var to: [String]
    package var text: String

    /// - Throws: `NotificationError` for an address that is none.
    package init(_ notice: Notice, from: String, to: [String]) throws(NotificationError) {
        for address in [from] + to where !Self.isAddress(address) {
            throw NotificationError(
                subject: "e-mail", reason: "`\(NoticeText.line(address, limit: 80))` is no address",
                remedy: "Write NAME@HOST")
        }
        guard !to.isEmpty else {
            throw NotificationError(subject: "e-mail", reason: "it has no recipient")
        }
        self.from = from
        self.to = to
        let domain = from.split(separator: "@").last ?? "localhost"
        let number = SHA256Digest(of: notice.delivery + notice.repository).hexadecimal.prefix(32)
        let body =
            "\(notice.title)\n\n\(notice.text)\n\n\(notice.url)\n\n"
            + "Incident \(notice.incident) of \(notice.repository)\n"
        let headers = [
            "From: Drydock <\(from)>", "To: \(to.joined(separator: ", "))",
            "Subject: \(Self.encodedWords(NoticeText.line(notice.title)))",
            "Date: \(Self.date(notice.time))",
            // The same for a repetition: mailers show it once.
            "Message-ID: <\(number)@\(domain)>", "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
        ]
        text = headers.map { $0 + "\r\n" }.joined() + "\r\n" + Self.base64Lines(body)
    }

    static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.utf8.allSatisfy { byte in
                (0x21...0x7E).contains(byte) && !"<>()[],;:\\\" ".utf8.contains(byte)
            } && !text.hasPrefix("-")
    }

    /// RFC 2047 words of at most 75 characters, folded.
    private static func encodedWords(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) || text.utf8.count > 70 else {
            return text
        }
        var words: [String] = []
        var part = ""
        for character in text {
            if (part + String(character)).utf8.count > 42 {
                words.append(part)
                part = ""
            }
            part.append(character)
        }
        words.append(part)
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }
            .joined(separator: "\r\n ")
    }

    private static func base64Lines(_ text: String) -> String {
        var rest = Data(text.utf8).base64EncodedString()[...]
        var lines = ""
        while !rest.isEmpty {
            lines += rest.prefix(76) + "\r\n"
            rest = rest.dropFirst(76)
        }
        return lines
    }

    private static func date(_ time: String) -> String {
        let date = try? Date(time, strategy: .iso8601)
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss +0000"
        return formatter.string(from: date ?? Date(timeIntervalSince1970: 0))
    }
}
