import RunModel
import Testing

@testable internal import Egress

@Suite struct DNSMessageTests {
    private func query(_ name: String, type: UInt16 = 1) -> [UInt8] {
        var bytes: [UInt8] = [0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") { bytes += [UInt8(label.utf8.count)] + label.utf8 }
        return bytes + [0, UInt8(type >> 8), UInt8(type & 0xff), 0, 1]
    }

    @Test func queriesAreRead() throws {
        let parsed = try DNSQuery(query("example.org", type: 28))
        #expect(parsed.identifier == 0x1234)
        #expect(String(decoding: parsed.name, as: UTF8.self) == "example.org")
        #expect(parsed.type == DNSQuery.typeAAAA)
    }

    @Test func everyTruncationIsRefused() {
        let whole = query("a.example.org")
        for count in 0..<whole.count {
            #expect(throws: DNSQuery.Fault.self) { try DNSQuery(Array(whole[..<count])) }
        }
    }

    @Test func answersCarryTheAddress() throws {
        let parsed = try DNSQuery(query("example.org"))
        let address = try #require(IPAddress("198.18.1.0"))
        let bytes = DNSAnswer(to: parsed, code: .success, addresses: [address]).bytes
        #expect(bytes[2] & 0x80 != 0)
        #expect(bytes[3] & 0x0f == 0)
        #expect(Array(bytes.suffix(4)) == address.bytes)
        #expect(Array(bytes[12..<25]) == Array(query("example.org")[12..<25]))
    }

    @Test func compressionInAQuestionIsRefused() {
        var bytes = query("example.org")
        bytes[12] = 0xc0
        #expect(throws: DNSQuery.Fault.label) { try DNSQuery(bytes) }
    }
}

@Suite struct ClientHelloTests {
    static func hello(names: [String], extensions extra: [[UInt8]] = []) -> [UInt8] {
        func vector(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
            (0..<size).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) } + bytes
        }
        var extensions: [UInt8] = []
        for name in names {
            extensions += [0, 0] + vector(vector([0] + vector(Array(name.utf8), 2), 2), 2)
        }
        for bytes in extra { extensions += bytes }
        let body: [UInt8] =
            [3, 3] + [UInt8](repeating: 7, count: 32) + vector([], 1) + vector([0x13, 0x01], 2)
            + vector([0], 1) + vector(extensions, 2)
        return [1] + vector(body, 3)
    }

    static func records(_ handshake: [UInt8], size: Int) -> [UInt8] {
        stride(from: 0, to: handshake.count, by: size).flatMap { start -> [UInt8] in
            let part = handshake[start..<min(start + size, handshake.count)]
            return [22, 3, 1, UInt8(part.count >> 8), UInt8(part.count & 0xff)] + part
        }
    }

    @Test(arguments: [1, 2, 5, 64, 4096])
    func namesAreFoundHoweverRecordsAreSplit(size: Int) throws {
        let bytes = Self.records(Self.hello(names: ["Example.org"]), size: size)
        #expect(
            ClientHello.read(bytes)
                == .serverName(try HostName("example.org"), offersHiddenName: false))
        for count in 0..<bytes.count {
            #expect(ClientHello.read(Array(bytes[..<count])) == .incomplete)
        }
    }

    @Test func aHelloWithoutNameSaysSo() {
        #expect(ClientHello.read(Self.records(Self.hello(names: []), size: 4096)) == .noServerName)
    }

    /// Threat 63: another name, encrypted beside the one that can be read (RFC 9849).
    @Test func aHiddenNameIsSeenToBeThere() throws {
        let outer: [UInt8] = [0xfe, 0x0d, 0, 3, 0, 1, 2]
        let inner: [UInt8] = [0xfe, 0x0d, 0, 1, 1]
        let seen = Self.hello(names: ["example.org"], extensions: [outer])
        #expect(
            ClientHello.read(Self.records(seen, size: 64))
                == .serverName(try HostName("example.org"), offersHiddenName: true))
        let alone = Self.hello(names: [], extensions: [outer])
        #expect(ClientHello.read(Self.records(alone, size: 64)) == .noServerName)
        let wrong = Self.hello(names: ["example.org"], extensions: [inner])
        guard case .refused = ClientHello.read(Self.records(wrong, size: 64)) else {
            Issue.record("accepted an inner hello")
            return
        }
    }

    @Test(arguments: [["a.example", "b.example"], ["evil.com\0.allowed.com"], ["127.0.0.1"], [""]])
    func ambiguousNamesAreRefused(names: [String]) {
        guard case .refused = ClientHello.read(Self.records(Self.hello(names: names), size: 4096))
        else {
            Issue.record("accepted \(names)")
            return
        }
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "SSH-2.0-OpenSSH_9\r\n"])
    func otherProtocolsAreRefused(text: String) {
        guard case .refused = ClientHello.read(Array(text.utf8)) else {
            Issue.record("accepted \(text)")
            return
        }
    }
}

@Suite struct HTTPRequestHeadTests {
    private func read(_ text: String) -> HTTPRequestHead.Reading {
        HTTPRequestHead.read(Array(text.utf8))
    }

    @Test func aRequestIsRead() throws {
        let text = "POST /a?b HTTP/1.1\r\nHost: example.org\r\nContent-Length: 3\r\n\r\nabcGET"
        guard case .complete(let head, let bytes) = read(text) else {
            Issue.record("refused")
            return
        }
        #expect(head.method == "POST" && head.target == "/a?b" && head.body == .length(3))
        var meter = HTTPBodyMeter(head.body)
        #expect(meter.take(Array(text.utf8)[bytes...]) == 3)
        #expect(meter.isDone)
    }

    /// Threats 62 and 65: what two parsers would frame or read differently.
    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\nGET /evil HTTP/1.1\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "CONNECT evil.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        "get / HTTP/1.1\r\nHost: a\r\n\r\n",
    ])
    func ambiguousRequestsAreRefused(text: String) {
        guard case .refused = read(text) else {
            Issue.record("accepted \(text.debugDescription)")
            return
        }
    }

    @Test func chunksAreMetered() {
        let text = "4\r\nabcd\r\nA\r\n0123456789\r\n0\r\n\r\nGET /smuggled"
        let bytes = Array(text.utf8)
        var whole = HTTPBodyMeter(.chunked)
        #expect(whole.take(bytes[...]) == bytes.count - "GET /smuggled".utf8.count)
        #expect(whole.isDone)
        var single = HTTPBodyMeter(.chunked)
        var taken = 0
        for index in bytes.indices { taken += single.take(bytes[index...index]) ?? 1000 }
        #expect(taken == bytes.count - "GET /smuggled".utf8.count)
        for broken in ["4;x=y\r\nabcd", "-4\r\n", "4\nabcd", "0\r\nTrailer: x\r\n\r\n", "zz\r\n"] {
            var meter = HTTPBodyMeter(.chunked)
            #expect(meter.take(Array(broken.utf8)[...]) == nil, "\(broken)")
        }
    }
}
