import Foundation
import RunModel
import TestSupport
import Testing

@testable internal import Egress

/// WebSockets where requests are read: over opened TLS and plain, with a server that speaks RFC 6455.
@Suite(.serialized) struct WebSocketTests {
    /// Speaks with the server through the gateway: each argument is sent as a message, each answer is
    /// printed; `close` closes.
    private static let client = """
        import base64, os, socket, ssl, struct, sys
        url, authority, extra = sys.argv[1], sys.argv[2], sys.argv[3]
        scheme, _, rest = url.partition("://"); place, _, path = rest.partition("/")
        host, _, port = place.partition(":")
        s = socket.create_connection((host, int(port)), 5); s.settimeout(8)
        if scheme == "wss": s = ssl.create_default_context(cafile=authority).wrap_socket(s, server_hostname=host)
        key = base64.b64encode(os.urandom(16)).decode()
        head = f"GET /{path} HTTP/1.1\\r\\nHost: {place}\\r\\nConnection: keep-alive, Upgrade\\r\\nUpgrade: WebSocket\\r\\n"
        head += f"Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: {key}\\r\\nSec-WebSocket-Extensions: permessage-deflate\\r\\n"
        s.sendall((head + extra.replace("|", "\\r\\n") + "\\r\\n").encode())
        f = s.makefile("rb")
        status = f.readline().decode().strip(); print(status)
        fields = []
        while (line := f.readline().strip()): fields.append(line.decode())
        if " 101 " not in status:
            size = [int(l.split(": ")[1]) for l in fields if l.lower().startswith("content-length: ")]
            print(f.read(min(size + [300]))); sys.exit()
        def send(data):
            mask = os.urandom(4); n = len(data)
            size = bytes([0x80 | n]) if n < 126 else bytes([0xfe]) + struct.pack(">H", n) if n < 65536 else bytes([0xff]) + struct.pack(">Q", n)
            s.sendall(b"\\x82" + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))
        def receive():
            try: head = f.read(2)
            except ConnectionError: return None
            if len(head) < 2: return None
            n = head[1] & 127
            if n == 126: n, = struct.unpack(">H", f.read(2))
            elif n == 127: n, = struct.unpack(">Q", f.read(8))
            return f.read(n)
        for word in sys.argv[4:]:
            if word == "wait": print("ended" if receive() is None else "more"); continue
            data = b"x" * int(word[1:]) if word[0] == "*" else word.encode()
            try: send(data); answer = receive()
            except OSError as e: answer = None
            print("ended" if answer is None else len(answer) if word[0] == "*" else answer.decode(), flush=True)
        """

    /// Echoes messages; `/wrong` agrees with a wrong key, `/plain` agrees to what nobody asked,
    /// `/head` answers with the fields it saw.
    private static let server = """
        import base64, hashlib, socket, ssl, struct, sys, threading
        def serve(s):
            f = s.makefile("rb")
            line = f.readline().decode(); fields = {}
            while (l := f.readline().strip()): k, _, v = l.decode().partition(": "); fields[k.lower()] = v
            path = line.split(" ")[1]
            key = "wrong" if path == "/wrong" else fields.get("sec-websocket-key", "")
            accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
            if path == "/plain":
                return s.sendall(b"HTTP/1.1 101 Switching\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\nsecret backdoor")
            if path == "/no": return s.sendall(b"HTTP/1.1 400 No\\r\\nContent-Length: 2\\r\\n\\r\\nno")
            s.sendall((f"HTTP/1.1 101 Switching Protocols\\r\\nupgrade: WebSocket\\r\\nconnection: upgrade\\r\\nSec-WebSocket-Accept: {accept}\\r\\n\\r\\n").encode())
            while True:
                head = f.read(2)
                if len(head) < 2: return
                n = head[1] & 127
                if n == 126: n, = struct.unpack(">H", f.read(2))
                elif n == 127: n, = struct.unpack(">Q", f.read(8))
                mask = f.read(4); data = bytes(b ^ mask[i % 4] for i, b in enumerate(f.read(n)))
                if data == b"close": s.close(); return
                if data == b"fields": data = repr(sorted(fields.items())).encode()
                if data == b"half": s.sendall(b"\\x82\\x06secr"); continue
                n = len(data)
                size = bytes([n]) if n < 126 else bytes([126]) + struct.pack(">H", n) if n < 65536 else bytes([127]) + struct.pack(">Q", n)
                s.sendall(b"\\x82" + size + data)
        c = None
        if sys.argv[1]:
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(sys.argv[1] + "/server.pem", sys.argv[1] + "/server.key")
        l = socket.create_server(("127.0.0.1", 0)); print(l.getsockname()[1], flush=True)
        def one(s):
            try:
                with (c.wrap_socket(s, server_side=True) if c else s) as t: serve(t)
            except OSError: pass
        while True: threading.Thread(target=one, args=(l.accept()[0],), daemon=True).start()
        """

    private final class Server {
        let port: Int
        private let process = Process()

        init(certificates: String = "") throws {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3", "-uc", WebSocketTests.server, certificates]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let text = String(
                decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            port = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        }

        func stop() {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    private func talk(_ stage: Stage, _ url: String, _ words: String..., fields: String = "") throws
        -> [String]
    {
        try Self.talk(stage.network, [url, stage.authority, fields] + words)
    }

    private static func talk(_ network: TestNetwork, _ arguments: [String]) throws -> [String] {
        try network.run(["python3", "-uc", client] + arguments)
            .split(separator: "\n").map(String.init)
    }

    @Test func messagesPassThroughOpenedTLS() async throws {
        let keys = try TestServer(tls: true)
        let server = try Server(certificates: keys.folder)
        defer {
            server.stop()
            keys.stop()
        }
        try await Stage.with(
            "web.test:\(server.port);tls=intercept", ports: [server.port],
            trusting: keys.authority
        ) { stage in
            let url = "wss://web.test:\(server.port)"
            let said = try talk(stage, url + "/chat?token=1", "hello", "*2000000", "close", "wait")
            #expect(
                said == ["HTTP/1.1 101 Switching Protocols", "hello", "2000000", "ended", "ended"])
            try await stage.eventually("the line in the report") { log in
                log.contains {
                    $0.rule.hasSuffix("GET /chat: 101 WebSocket") && $0.verdict == "allowed"
                        && $0.bytesIn > 2_000_000 && $0.bytesOut > 2_000_000
                }
            }
            let no = try talk(stage, url + "/no", "x")
            #expect(no == ["HTTP/1.1 400 Bad Request", "b'no'"], "\(no)")
        }
    }

    @Test func aRuleThatRestrictsMethodsHasToNameIt() async throws {
        let server = try Server()
        defer { server.stop() }
        let port = server.port
        let allow =
            "web.test:\(port);method=GET,web.test:\(port);method=WEBSOCKET;path=/allowed/"
        try await Stage.with(allow, ports: [port]) { stage in
            let url = "ws://web.test:\(port)"
            let refused = try talk(stage, url + "/chat", "hello")
            #expect(refused.first == "HTTP/1.1 403 Forbidden", "\(refused)")
            #expect(refused.last?.contains("no rule allows WEBSOCKET /chat") == true, "\(refused)")
            #expect(try talk(stage, url + "/allowed/a", "hello").last == "hello")
        }
    }

    /// What follows an agreement passes unread: nothing but this handshake's may open it.
    @Test func anAgreementThatIsNotTheHandshakesIsRefused() async throws {
        let server = try Server()
        defer { server.stop() }
        let port = server.port
        try await Stage.with("web.test:\(port);path=/", ports: [port]) { stage in
            let wrong = try talk(stage, "ws://web.test:\(port)/wrong", "hello")
            #expect(wrong.first == "HTTP/1.1 502 Bad Gateway", "\(wrong)")
            let plain = try stage.curl("http://web.test:\(port)/plain")
            #expect(!plain.contains("backdoor"), "\(plain)")
            // A handshake that is not whole is an ordinary request, and is answered as one.
            for fields in ["Sec-WebSocket-Key: twice|", "Upgrade: h2c|", "Content-Length: 4|"] {
                let said = try talk(
                    stage, "ws://web.test:\(port)/plain", "hello", fields: fields)
                #expect(said.first?.contains(" 101 ") == false, "\(fields): \(said)")
                #expect(!said.joined().contains("backdoor"), "\(said)")
            }
        }
    }

    @Test func itEndsWhenTheRulesNoLongerAllowIt() async throws {
        let server = try Server()
        defer { server.stop() }
        let port = server.port
        let blocks = "127.0.0.0/8:\(port)"
        try await Stage.with("web.test:\(port);path=/chat", ports: [port]) { stage in
            let (network, authority) = (stage.network, stage.authority)
            let open = Task.detached {
                try Self.talk(
                    network, ["ws://web.test:\(port)/chat", authority, "", "hello", "wait"])
            }
            for _ in 0..<1000 where stage.gateway.tunnelCount == 0 {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(stage.gateway.tunnelCount == 1)
            try stage.gateway.update(
                try EgressRules.parse("web.test:\(port);path=/other," + blocks))
            #expect(try await open.value.last == "ended")
        }
    }

    @Test func aCredentialGoesOutAndDoesNotComeBack() async throws {
        let keys = try TestServer(tls: true)
        let server = try Server(certificates: keys.folder)
        defer {
            server.stop()
            keys.stop()
        }
        let port = server.port
        let credential = try EdgeCredential(
            name: "model", hosts: ["web.test:\(port)"], header: "x-key", prefix: "v1 ",
            secret: "secret-of-the-operator")
        try await Stage.with(
            "web.test:\(port);credential=model", ports: [port], trusting: keys.authority
        ) {
            $0.credentials.named["model"] = credential
        } _: { stage in
            let url = "wss://web.test:\(port)/chat"
            // What could be its beginning is held back; what is not arrives at once.
            let said = try talk(stage, url, "hello", "se", "not-secret", fields: "X-Key: fake|")
            #expect(said.dropFirst() == ["hello", "se", "not-secret"], "\(said)")
            let shown = try talk(stage, url, "fields")
            #expect(shown.last == "ended", "\(shown)")
            #expect(stage.log.contains { $0.rule.contains("holds credential model") })
            #expect(!shown.joined().contains("secret-of"), "\(shown)")
        }
    }

    /// What is streamed arrives when it was sent, with a credential too.
    @Test func onlyABeginningOfTheSecretIsHeldBack() throws {
        var scanner = SecretScanner([Array("secret".utf8), Array("sesame".utf8)])
        func pass(_ text: String) -> String? {
            scanner.pass(Array(text.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(pass("data: one\n\n") == "data: one\n\n")
        #expect(pass("data: sec") == "data: ")
        #expect(pass("ond ses") == "second ")
        #expect(pass("s") == "sess")
        #expect(pass("sesam") == "")
        #expect(pass("e") == nil)
        var split = SecretScanner([Array("secret".utf8)])
        #expect(split.pass(Array("xsecr".utf8)[...]) == [UInt8(ascii: "x")])
        #expect(split.pass(Array("et".utf8)[...]) == nil)
    }
}
