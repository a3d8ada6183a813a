import Foundation
import Testing

/// Programs' own ports: plain requests, upgrades, and bytes in both ways after one.
@Suite(.serialized) struct PortTests {
    private static let program = """
        import socket, threading
        def serve(c):
            head = b""
            while b"\\r\\n\\r\\n" not in head: head += c.recv(65536)
            if b"/refuse" in head:
                c.sendall(b"HTTP/1.1 403 Forbidden\\r\\ncontent-length: 0\\r\\n\\r\\n"); c.close(); return
            # With what follows it: the sandbox's own name may hold these three letters.
            secret = any(word in head.lower() for word in (b"x-api-key", b"e2b-", b"e2b_"))
            c.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nupgrade: websocket\\r\\nconnection: Upgrade\\r\\n\\r\\n"
                      + (b"LEAK" if secret else b"FINE"))
            while data := c.recv(65536): c.sendall(data)
            c.close()
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 8000)); s.listen()
        while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
        """

    @Test func upgradesBecomeTunnels() throws {
        let service = try BuiltService()
        let client = TestClient(service)
        let created = try client.send(
            "POST", "/v2/sandboxes", body: #"{"templateID":"base","timeout":120}"#)
        let id = try #require(created.object["sandboxID"] as? String)
        let token = try #require(created.object["envdAccessToken"] as? String)
        let data = ["e2b-sandbox-id: \(id)", "e2b-sandbox-port: 49983", "x-access-token: \(token)"]
        let body = try JSONSerialization.data(withJSONObject: [
            "process": ["cmd": "python3", "args": ["-c", Self.program]], "stdin": false,
        ])
        let length = UInt32(body.count)
        let starter = try RawClient(port: service.port)
        starter.send(
            "POST /process.Process/Start HTTP/1.1\r\nhost: x\r\n"
                + data.map { $0 + "\r\n" }.joined()
                + "content-type: application/connect+json\r\ncontent-length: \(length + 5)\r\n\r\n"
        )
        starter.send(
            [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) }
                + Array(body))
        func upgrade(_ path: String, extra: String = "") throws -> RawClient {
            let raw = try RawClient(port: service.port)
            return raw.send(
                "GET \(path) HTTP/1.1\r\nhost: 8000-\(id).localhost\r\nconnection: Upgrade\r\n"
                    + "upgrade: websocket\r\nx-api-key: \(service.key)\r\n"
                    + "authorization: Bearer \(service.key)\r\n"
                    + "sec-websocket-version: 13\r\nsec-websocket-key: dGVzdA==\r\n\(extra)\r\n")
        }
        var first = ""
        for _ in 0..<100 {
            let tunnel = try upgrade("/chat")
            first = tunnel.read(untilContains: ["FINE", "LEAK", "not open"])
            if first.contains("not open") {
                Thread.pause(0.1)
                continue
            }
            #expect(first.hasPrefix("HTTP/1.1 101") && first.hasSuffix("FINE"), "\(first)")
            // More than any buffer on the way holds, and none of it lost or changed.
            let block = String((0..<65536).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
            let writer = Thread {
                for _ in 0..<64 { tunnel.send(block) }
            }
            writer.start()
            let echoed = tunnel.read(count: 64 * 65536)
            #expect(echoed == String(repeating: block, count: 64))
            break
        }
        let refused = try upgrade("/refuse", extra: "").read(untilContains: ["answers 403"])
        #expect(refused.hasPrefix("HTTP/1.1 502"), "\(refused)")
        let none = try RawClient(port: service.port).send(
            "GET / HTTP/1.1\r\nhost: 8001-\(id).localhost\r\nconnection: Upgrade\r\nupgrade: x\r\n\r\n"
        ).read(untilContains: ["not open"])
        #expect(none.hasPrefix("HTTP/1.1 502"))
        #expect(try client.send("GET", "/healthz").status == 200)
        #expect(service.stop() == 0)
    }
}

extension RawClient {
    /// What comes until one of the texts is in it, the end, or 20 s.
    func read(untilContains texts: [String]) -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
            let text = String(decoding: all, as: UTF8.self)
            if texts.contains(where: text.contains) { return text }
        }
    }

    func read(count wanted: Int) -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while all.count < wanted {
            let count = recv(descriptor, &buffer, min(buffer.count, wanted - all.count), 0)
            if count <= 0 { break }
            all += buffer[..<count]
        }
        return String(decoding: all, as: UTF8.self)
    }
}
