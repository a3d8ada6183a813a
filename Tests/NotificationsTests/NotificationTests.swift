import Foundation
import HTTPTransport
import TestSupport
import Testing

@testable import Notifications

@Suite struct NotificationTests {
    static func notice(
        _ kind: Notice.Kind = .escalated, title: String = "A failure needs a human"
    ) -> Notice {
        Notice(
            kind: kind, incident: "inc-1", repository: "/srv/shop", title: title,
            text: "tests/a.py::x\n<!everyone> @here \u{202E}", url: "https://example.org/1",
            time: "2026-03-01T12:00:00Z")
    }

    private static func python(_ program: String, _ arguments: [String]) throws -> String {
        try GitCommandLine.output(of: ["python3", "-c", program] + arguments)
    }

    @Test func webhooksAreSignedAndRepeatedWhereTheReceiverFails() async throws {
        let server = try ScriptedServer { _, number in .answer(number == 0 ? 503 : 200, "{}") }
        let secret = Array("0123456789abcdef".utf8)
        var options = WebClientOptions()
        options.retry.firstDelayMilliseconds = 10
        let channel = try WebhookChannel(
            url: server.url + "/hook", secret: secret, client: try WebClient(options))
        try await channel.send(Self.notice())
        #expect(server.requests.count == 2)
        let request = try #require(server.requests.last)
        #expect(request.header("x-drydock-event") == "escalated")
        // The same number both times: the receiver knows the repetition.
        #expect(Set(server.requests.map { $0.header("x-drydock-delivery") }) == ["inc-1-escalated"])
        let check = """
            import sys, hmac, hashlib, json
            key, header, body = sys.argv[1:]
            own = 'sha256=' + hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
            print(hmac.compare_digest(own, header), json.loads(body)['schema'])
            """
        let answer = try Self.python(
            check,
            [
                "0123456789abcdef", request.header("x-drydock-signature-256") ?? "", request.text,
            ])
        #expect(answer == "True drydock.notice/v1")
        #expect(throws: NotificationError.self) {
            try WebhookChannel(url: server.url, secret: Array("short".utf8), client: WebClient())
        }
    }

    @Test func aChatGetsOneLineWithoutMentions() async throws {
        let server = try ScriptedServer { _, _ in .answer(200, "ok", type: "text/plain") }
        try await ChatChannel(url: server.url + "/services/T0/B0/SECRET", client: WebClient())
            .send(Self.notice())
        let body = JSONDocuments.object(try #require(server.requests.first).body)
        let text = try #require(body["text"] as? String)
        #expect(text.contains("A failure needs a human") && text.contains("https://example.org/1"))
        #expect(!text.contains("<!") && !text.contains("@here") && !text.contains("\u{202E}"))
        #expect(body["content"] as? String == text)
    }

    @Test func oneChannelThatFailsKeepsNoneFromTelling() async throws {
        let bad = try ScriptedServer { _, _ in .answer(404, "no") }
        let good = try ScriptedServer { _, _ in .answer(200, "ok") }
        var options = WebClientOptions()
        options.secrets = ["/services/SECRETSECRET"]
        let notifier = Notifier([
            (
                ChatChannel(
                    url: bad.url + "/services/SECRETSECRET", client: try WebClient(options)),
                [.escalated]
            ),
            (ChatChannel(url: good.url, client: try WebClient()), [.escalated, .pullRequest]),
        ])
        let failures = await notifier.send(Self.notice())
        #expect(failures.count == 1 && good.requests.count == 1)
        #expect(!failures.joined().contains("SECRETSECRET"))
        #expect(await notifier.send(Self.notice(.pullRequest)) == [])
        #expect(bad.requests.count == 1)
    }

    /// Read back by Python's own parser.
    @Test(arguments: [
        "A failure needs a human", "Fehler: äöü ß — 変更が必要です, sehr lang und noch länger und länger",
        "x\r\nBcc: evil@example.org", "=?utf-8?B?ZXZpbA==?=",
    ])
    func mailIsWhatMailersRead(title: String) throws {
        let message = try MailMessage(
            Self.notice(title: title), from: "drydock@example.org",
            to: ["ada@example.org", "bob@example.org"])
        try withTemporaryDirectory { directory in
            let file = directory + "/mail"
            try message.text.write(toFile: file, atomically: true, encoding: .utf8)
            let program = """
                import sys, email, email.policy
                m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.SMTP)
                print(m['from'].addresses[0].addr_spec, [a.addr_spec for a in m['to'].addresses], m['bcc'])
                print(repr(str(m['subject'])))
                print('Incident inc-1' in m.get_content(), m.defects, m['message-id'] is not None)
                """
            let lines = try Self.python(program, [file]).split(separator: "\n")
            #expect(
                lines[0] == "drydock@example.org ['ada@example.org', 'bob@example.org'] None")
            #expect(lines[2] == "True [] True")
            if !title.contains("\r"), !title.hasPrefix("=?") {
                #expect(lines[1].dropFirst().dropLast() == title)
            }
        }
        #expect(message.text.utf8.allSatisfy { $0 < 128 })
        #expect(!message.text.replacing("\r\n", with: "").contains("\n"))
    }

    @Test(arguments: ["", "a", "a@", "@b", "a b@c", "a@b\r\nX: y", "-oQ/tmp@x", "a@b,c@d", "<a@b>"])
    func addressesThatAreNone(address: String) {
        #expect(throws: NotificationError.self) {
            try MailMessage(Self.notice(), from: "d@e", to: [address])
        }
    }

    @Test func sendmailGetsTheMessage() async throws {
        try await withTemporaryDirectory { directory in
            let program = directory + "/sendmail"
            try
                "#!/bin/sh\nprintf '%s\\n' \"$@\" > \(directory)/arguments\ncat > \(directory)/mail\n"
                .write(toFile: program, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: program)
            let channel = SendmailChannel(
                program: program, from: "drydock@example.org", to: ["ada@example.org"])
            try await channel.send(Self.notice())
            let arguments = try String(contentsOfFile: directory + "/arguments", encoding: .utf8)
            #expect(arguments == "-i\n-f\ndrydock@example.org\n--\nada@example.org\n")
            let mail = try String(contentsOfFile: directory + "/mail", encoding: .utf8)
            #expect(mail.contains("Subject: A failure needs a human\n") && !mail.contains("\r"))
            let missing = SendmailChannel(
                program: directory + "/none", from: "d@e.org", to: ["a@e.org"])
            await #expect(throws: NotificationError.self) { try await missing.send(Self.notice()) }
        }
    }

    /// A relay written with Python's own socket server: each line as RFC 5321 has it.
    @Test func aRelayTakesTheMessage() async throws {
        try await withTemporaryDirectory { directory in
            let program = """
                import socket, sys
                server = socket.socket(); server.bind(('127.0.0.1', 0)); server.listen(1)
                print(server.getsockname()[1], flush=True)
                client, _ = server.accept(); lines = client.makefile('rb')
                out = open(sys.argv[1], 'wb')
                def say(t): client.sendall(t.encode() + b'\\r\\n')
                say('220 relay.example ESMTP')
                while True:
                    line = lines.readline()
                    if not line: break
                    out.write(line); verb = line.split()[0].upper()
                    if verb == b'EHLO': say('250-relay.example'); say('250-SIZE 1000000'); say('250 8BITMIME')
                    elif verb == b'DATA':
                        say('354 go on')
                        while (line := lines.readline()) != b'.\\r\\n': out.write(line)
                        say('250 2.0.0 queued')
                    elif verb == b'QUIT': say('221 bye'); break
                    elif b'refused@' in line: say('550 5.1.1 no such user')
                    else: say('250 ok')
                out.close()
                """
            for (to, isTaken) in [("ada@example.org", true), ("refused@example.org", false)] {
                let relay = Process()
                relay.executableURL = URL(filePath: "/usr/bin/env")
                relay.arguments = ["python3", "-c", program, directory + "/session"]
                let output = Pipe()
                relay.standardOutput = output
                try relay.run()
                let line = String(
                    decoding: output.fileHandleForReading.availableData, as: UTF8.self)
                let port = try #require(
                    Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
                let channel = SMTPChannel(
                    try SMTPRelay(host: "127.0.0.1", port: port), from: "drydock@example.org",
                    to: [to])
                do {
                    try await channel.send(Self.notice())
                    #expect(isTaken)
                } catch {
                    #expect(!isTaken && "\(error)".contains("550"), "\(error)")
                }
                relay.waitUntilExit()
                let session = try String(contentsOfFile: directory + "/session", encoding: .utf8)
                #expect(session.contains("MAIL FROM:<drydock@example.org>\r\n"))
                #expect(session.contains("Subject: ") == isTaken)
            }
            let closed = SMTPChannel(
                try SMTPRelay(host: "127.0.0.1", port: 1), from: "d@e.org", to: ["a@e.org"])
            await #expect(throws: NotificationError.self) { try await closed.send(Self.notice()) }
        }
    }
}
