internal import Foundation
internal import LinuxKernel

/// Hands a message to the machine's own mailer, by sendmail's interface: `-i` keeps a line of one
/// dot, recipients are arguments after `--`.
package struct SendmailChannel: NotificationChannel {
    package let name = "e-mail by sendmail"
    private let program: String
    private let from: String
    private let to: [String]

    package init(program: String = "/usr/sbin/sendmail", from: String, to: [String]) {
        self.program = program
        self.from = from
        self.to = to
    }

    package func send(_ notice: Notice) async throws {
        let message = try MailMessage(notice, from: from, to: to)
        let (program, from, to) = (program, from, to)
        try await Blocking.run {
            let input = Pipe()
            let process: HostProcess
            do {
                process = try HostProcess(
                    program, arguments: ["-i", "-f", from, "--"] + to,
                    environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
                    input: .descriptor(input.fileHandleForReading.fileDescriptor))
            } catch {
                throw NotificationError(
                    subject: program, reason: "it cannot be started: \(error)",
                    remedy: "Install a mailer, or name an SMTP relay")
            }
            try input.fileHandleForReading.close()
            // Mailers want the machine's own line ends. The message is smaller than a pipe.
            try input.fileHandleForWriting.write(
                contentsOf: Data(message.text.replacing("\r\n", with: "\n").utf8))
            try input.fileHandleForWriting.close()
            let status = process.wait()
            guard status == 0 else {
                throw NotificationError(
                    subject: program, reason: "it ended with \(status)",
                    remedy: "Look at the mailer's log")
            }
        }
    }
}

/// Sends by SMTP (RFC 5321) to a relay.
package struct SMTPChannel: NotificationChannel {
    package var name: String { "e-mail by \(relay.name)" }
    private let relay: SMTPRelay
    private let from: String
    private let to: [String]

    package init(_ relay: SMTPRelay, from: String, to: [String]) {
        self.relay = relay
        self.from = from
        self.to = to
    }

    package func send(_ notice: Notice) async throws {
        let message = try MailMessage(notice, from: from, to: to)
        let (relay, from, to) = (relay, from, to)
        try await Blocking.run {
            let connection = try SMTPConnection(relay)
            try connection.open(relay)
            try connection.expect(250, after: "MAIL FROM:<\(from)>")
            for address in to { try connection.expect(250, after: "RCPT TO:<\(address)>") }
            try connection.expect(354, after: "DATA")
            // A line that begins with a dot gets another (RFC 5321, 4.5.2); base64 has none, and
            // headers have none of their own.
            let lines = message.text.components(separatedBy: "\r\n")
                .map { $0.hasPrefix(".") ? "." + $0 : $0 }
            try connection.expect(250, after: lines.joined(separator: "\r\n") + ".")
            // It is delivered by now, whatever is said to the farewell.
            _ = try? connection.expect(221, after: "QUIT")
        }
    }
}

/// Work that waits, kept off Swift's own threads.
enum Blocking {
    private static let queue = DispatchQueue(
        label: "drydock.notifications", attributes: .concurrent)

    static func run(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
