import Foundation
import Notifications
import TestSupport
import Testing

/// Mail over TLS with a login, to a relay written with Python's own `ssl`.
@Suite struct SecureRelayTests {
    private static let program = """
        import base64, socket, ssl, sys
        folder, mode = sys.argv[1], sys.argv[2]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder + '/certificate.pem', folder + '/key.pem')
        server = socket.socket(); server.bind(('127.0.0.1', 0)); server.listen(1)
        print(server.getsockname()[1], flush=True)
        client, _ = server.accept()
        out = open(folder + '/session', 'wb', buffering=0)
        try:
            secure = mode == 'implicit'
            if secure: client = context.wrap_socket(client, server_side=True)
            lines = client.makefile('rb')
            def say(t): client.sendall(t.encode() + b'\\r\\n')
            say('220 relay.example ESMTP')
            while line := lines.readline():
                out.write((b'S ' if secure else b'C ') + line)
                verb = line.split()[0].upper()
                if verb == b'EHLO':
                    if not secure and mode != 'stripped': say('250-STARTTLS')
                    if secure: say('250-AUTH LOGIN PLAIN' if mode != 'login' else '250-AUTH LOGIN')
                    say('250 8BITMIME')
                elif verb == b'STARTTLS':
                    if mode == 'injected': client.sendall(b'220 go\\r\\n250 injected\\r\\n')
                    else: say('220 go')
                    client = context.wrap_socket(client, server_side=True)
                    lines = client.makefile('rb'); secure = True
                elif line.startswith(b'AUTH PLAIN'):
                    good = base64.b64decode(line.split()[2]) == b'\\0drydock\\0correct horse'
                    say('235 ok' if good else '535 no')
                elif line.startswith(b'AUTH LOGIN'):
                    say('334 VXNlcm5hbWU6'); name = base64.b64decode(lines.readline())
                    say('334 UGFzc3dvcmQ6'); word = base64.b64decode(lines.readline())
                    good = (name, word) == (b'drydock', b'correct horse')
                    say('235 ok' if good else '535 no')
                elif verb == b'DATA':
                    say('354 go on')
                    while (line := lines.readline()) not in (b'.\\r\\n', b''): out.write(line)
                    say('250 queued')
                elif verb == b'QUIT': say('221 bye'); break
                else: say('250 ok')
        except (ssl.SSLError, OSError) as error:
            out.write(b'ERROR ' + str(error).encode())
        """

    struct Case: Sendable {
        var mode: String
        var security = SMTPRelay.Security.startTLS
        var password = "correct horse"
        var trusts = true
        /// What the error says; `nil`: the mail is taken.
        var refusal: String?
    }
    static let cases = [
        Case(mode: "starttls"), Case(mode: "login"), Case(mode: "implicit", security: .tls),
        Case(mode: "starttls", password: "wrong", refusal: "535"),
        // Somebody in between takes the offer away: nothing is said to him.
        Case(mode: "stripped", refusal: "does not offer STARTTLS"),
        // Or speaks before TLS has begun, in the hope that it counts after.
        Case(mode: "injected", refusal: "before TLS"),
        Case(mode: "starttls", trusts: false, refusal: "TLS failed"),
        Case(mode: "implicit", security: .tls, trusts: false, refusal: "TLS failed"),
    ]

    @Test(arguments: cases.indices) func mailIsOnlySaidUnderTLS(index: Int) async throws {
        let entry = Self.cases[index]
        try await withTemporaryDirectory { directory in
            let certificate = directory + "/certificate.pem"
            _ = try GitCommandLine.output(of: [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
                directory + "/key.pem", "-out", certificate, "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost",
            ])
            let relay = Process()
            relay.executableURL = URL(filePath: "/usr/bin/env")
            relay.arguments = ["python3", "-c", Self.program, directory, entry.mode]
            let output = Pipe()
            relay.standardOutput = output
            try relay.run()
            defer {
                relay.terminate()
                relay.waitUntilExit()
            }
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            let port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
            let channel = SMTPChannel(
                try SMTPRelay(
                    host: "localhost", port: port, security: entry.security,
                    login: .init(name: "drydock", password: entry.password),
                    authorityFiles: entry.trusts ? [certificate] : []),
                from: "drydock@example.org", to: ["ada@example.org"])
            do {
                try await channel.send(NotificationTests.notice())
                #expect(entry.refusal == nil)
            } catch {
                let text = "\(error)"
                #expect(entry.refusal.map(text.contains) ?? false, "\(text)")
                #expect(!text.contains(entry.password))
            }
            if entry.refusal == nil { relay.waitUntilExit() }
            let session =
                (try? String(contentsOfFile: directory + "/session", encoding: .utf8)) ?? ""
            // Neither login nor address nor word of it goes in the clear.
            let clear = session.split(separator: "\r\n").filter { $0.hasPrefix("C ") }
            #expect(
                clear.allSatisfy { $0.hasPrefix("C EHLO") || $0 == "C STARTTLS" }, "\(session)")
            #expect(session.contains("S MAIL FROM:<drydock@example.org>") == (entry.refusal == nil))
        }
    }

    @Test func aPasswordNeverGoesInTheClear() {
        #expect(throws: NotificationError.self) {
            try SMTPRelay(
                host: "mail.example.org", port: 25, login: .init(name: "a", password: "b"))
        }
    }
}
