import Foundation

/// Bytes over a socket, as no well-behaved client would send them.
final class RawClient: Sendable {
    let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    @discardableResult
    func send(_ text: String) -> RawClient { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> RawClient {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        return self
    }

    /// Everything until the other end closes, or the limit of 20 s.
    func readAll() -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
        }
    }
}

/// A plain HTTP client for tests.
struct TestClient {
    let address: String
    let key: String?

    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: String
        var json: Any? { try? JSONSerialization.jsonObject(with: Data(body.utf8)) }
        var object: [String: Any] { json as? [String: Any] ?? [:] }
    }

    init(_ service: BuiltService, key: String? = nil) {
        address = service.address
        self.key = key ?? service.key
    }

    init(address: String, key: String?) {
        self.address = address
        self.key = key
    }

    /// With curl: a client that does what it is told.
    func send(
        _ method: String, _ path: String, body: String? = nil, headers: [String] = []
    ) throws -> Answer {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        var arguments = ["curl", "-s", "-i", "--path-as-is", "--max-time", "60", "-X", method]
        if method == "HEAD" { arguments.append("--head") }
        if let key { arguments += ["-H", "X-API-Key: \(key)"] }
        for header in headers { arguments += ["-H", header] }
        if body != nil {
            arguments += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
        }
        process.arguments = arguments + [address + path]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        if let body { input.fileHandleForWriting.write(Data(body.utf8)) }
        try input.fileHandleForWriting.close()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Self.parse(String(decoding: bytes, as: UTF8.self))
    }

    private static func parse(_ text: String) -> Answer {
        var rest = Substring(text)
        var head: Substring = ""
        repeat {
            guard let end = rest.range(of: "\r\n\r\n") else { break }
            head = rest[..<end.lowerBound]
            rest = rest[end.upperBound...]
        } while head.contains(" 100 Continue")
        let lines = head.components(separatedBy: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                .trimmingCharacters(in: .whitespaces)
        }
        return Answer(status: status, headers: headers, body: String(rest))
    }
}
