internal import Foundation
internal import HTTPTransport

/// One conversation with a mail relay: a command, a reply, each with a time limit.
final class SMTPConnection {
    private let connection: LineConnection
    private let relay: String
    /// What the relay's `EHLO` offers, in capitals.
    private(set) var offers: [String] = []

    init(_ address: SMTPRelay) throws(NotificationError) {
        relay = address.name
        do {
            connection = try LineConnection(
                host: address.host, port: address.port, isSecure: address.security == .tls,
                authorityFiles: address.authorityFiles)
        } catch {
            throw NotificationError(
                subject: relay, reason: "\(error)",
                remedy: "Check that the relay listens there, and its name")
        }
    }

    /// Greets, begins TLS where it is wanted, and logs in where there is a name. A relay that does
    /// not offer what is wanted gets nothing.
    func open(_ address: SMTPRelay) throws(NotificationError) {
        try expect(220, after: nil)
        try greet()
        if address.security == .startTLS {
            guard offers.contains("STARTTLS") else {
                throw NotificationError(
                    subject: relay, reason: "it does not offer STARTTLS",
                    remedy: "Use its port for TLS with `tls: implicit`, or `tls: none` on a "
                        + "network that is your own")
            }
            try expect(220, after: "STARTTLS")
            do { try connection.secure() } catch { throw broken("\(error)") }
            // What was said before is forgotten (RFC 3207, 4.2).
            try greet()
        }
        guard let login = address.login else { return }
        let mechanisms = offers.first { $0.hasPrefix("AUTH ") }?.split(separator: " ") ?? []
        if mechanisms.contains("PLAIN") {
            let text = Data("\0\(login.name)\0\(login.password)".utf8).base64EncodedString()
            try expect(235, after: "AUTH PLAIN \(text)")
        } else if mechanisms.contains("LOGIN") {
            try expect(334, after: "AUTH LOGIN")
            try expect(334, after: Data(login.name.utf8).base64EncodedString())
            try expect(235, after: Data(login.password.utf8).base64EncodedString())
        } else {
            throw NotificationError(
                subject: relay, reason: "it offers neither AUTH PLAIN nor AUTH LOGIN",
                remedy: "Take `username` away if it needs no login")
        }
    }

    private func greet() throws(NotificationError) {
        offers = try expect(250, after: "EHLO drydock.localdomain").map { $0.uppercased() }
    }

    /// Sends a command and reads its reply, of however many lines (RFC 5321, 4.2.1).
    @discardableResult
    func expect(_ code: Int, after command: String?) throws(NotificationError) -> [String] {
        if let command {
            do { try connection.send(Array((command + "\r\n").utf8)) } catch {
                throw broken("\(error)")
            }
        }
        var words: [String] = []
        while true {
            let line: String
            do { line = try connection.readLine() } catch { throw broken("\(error)") }
            words.append(String(line.dropFirst(4)))
            guard line.count > 3, line.dropFirst(3).first == "-" else {
                let got = Int(line.prefix(3)) ?? 0
                guard got == code else {
                    throw NotificationError(
                        subject: relay,
                        reason: "it answers \(got) to \(Self.verb(command)): "
                            + NoticeText.line(words.joined(separator: " ")))
                }
                return words
            }
        }
    }

    /// What was said, without what a password could be in.
    private static func verb(_ command: String?) -> String {
        guard let command else { return "the greeting" }
        let verb = command.prefix { $0 != " " && $0 != "\r" }
        let isVerb = verb.count <= 8 && verb.allSatisfy { $0.isASCII && $0.isUppercase }
        return isVerb ? String(verb) : "what was sent"
    }

    private func broken(_ reason: String) -> NotificationError {
        NotificationError(subject: relay, reason: reason, remedy: "Look at the relay's log")
    }
}
