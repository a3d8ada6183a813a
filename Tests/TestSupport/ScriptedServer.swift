import Foundation
import Synchronization

/// An HTTP server on loopback that does with each request exactly what a test says: to the byte,
/// with pauses, cuts and resets. One connection serves one request unless the script keeps it.
package final class ScriptedServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// Path and query.
        package var target: String
        package var headers: [String: String]
        package var body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }
        package func header(_ name: String) -> String? { headers[name.lowercased()] }
    }

    package enum Step: Sendable {
        case send([UInt8])
        case pause(milliseconds: Int)
        /// Ends the connection by a reset instead of an orderly end.
        case reset
    }

    /// What is sent back.
    package struct Script: Sendable {
        package var steps: [Step]

        package init(_ steps: [Step]) { self.steps = steps }

        /// A whole answer with its length.
        package static func answer(
            _ status: Int, _ body: String = "", type: String = "application/json",
            headers: [(String, String)] = []
        ) -> Script {
            let extra = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
            let head =
                "HTTP/1.1 \(status) X\r\ncontent-type: \(type)\r\n"
                + "content-length: \(body.utf8.count)\r\n\(extra)connection: close\r\n\r\n"
            return Script([.send(Array((head + body).utf8))])
        }

        /// A chunked answer, one chunk for each part; without `isWhole` it is cut after the last.
        package static func chunks(
            _ parts: [String], type: String, isWhole: Bool = true, status: Int = 200,
            pauseMilliseconds: Int = 0
        ) -> Script {
            let head =
                "HTTP/1.1 \(status) OK\r\ncontent-type: \(type)\r\n"
                + "transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            var steps: [Step] = [.send(Array(head.utf8))]
            for part in parts {
                let size = String(part.utf8.count, radix: 16)
                steps.append(.send(Array("\(size)\r\n\(part)\r\n".utf8)))
                if pauseMilliseconds > 0 { steps.append(.pause(milliseconds: pauseMilliseconds)) }
            }
            if isWhole { steps.append(.send(Array("0\r\n\r\n".utf8))) }
            return Script(steps)
        }
    }

    package let port: Int
    private let descriptor: Int32
    private let seen = Mutex<[Request]>([])
    private let handler: @Sendable (Request, Int) -> Script

    /// - Parameter handler: gets the request and how many came before it.
    package init(_ handler: @escaping @Sendable (Request, Int) -> Script) throws {
        self.handler = handler
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, raw, &size) == 0
            }
        }
        guard listener >= 0, bound else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        descriptor = listener
        let owner = Unowned(self)
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else {
                    close(listener)
                    return
                }
                Thread.detachNewThread { owner.value?.serve(client) ?? { _ = close(client) }() }
            }
        }
    }

    deinit {
        // Closed by the thread that accepts: another file may have the number the moment it is.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { seen.withLock { $0 } }

    private func serve(_ client: Int32) {
        defer { close(client) }
        guard let request = Self.read(client) else { return }
        let number = seen.withLock { list in
            list.append(request)
            return list.count - 1
        }
        for step in handler(request, number).steps {
            switch step {
            case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1_000)
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(
                    client, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return
            case .send(let bytes):
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = rest.withUnsafeBytes {
                        send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    guard count > 0 else { return }
                    rest = rest.dropFirst(count)
                }
            }
        }
        // What the client still sends must not turn the orderly end into a reset.
        shutdown(client, Int32(SHUT_WR))
        var byte = [UInt8](repeating: 0, count: 4096)
        while recv(client, &byte, byte.count, 0) > 0 {}
    }

    private static func read(_ client: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let mark = Array("\r\n\r\n".utf8)
        var bodyStart: Int?
        var request = Request(method: "", target: "", headers: [:], body: [])
        while true {
            if bodyStart == nil, let end = bytes.firstRange(of: mark) {
                bodyStart = end.upperBound
                let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                    .components(separatedBy: "\r\n")
                let words = lines[0].split(separator: " ").map(String.init)
                guard words.count >= 2 else { return nil }
                (request.method, request.target) = (words[0], words[1])
                for line in lines.dropFirst() {
                    guard let colon = line.firstIndex(of: ":") else { continue }
                    request.headers[line[..<colon].lowercased()] = line[
                        line.index(after: colon)...
                    ].trimmingCharacters(in: .whitespaces)
                }
                if request.header("expect") == "100-continue" {
                    let go = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
                    _ = send(client, go, go.count, 0)
                }
            }
            if let bodyStart {
                if request.header("transfer-encoding") == "chunked" {
                    if let body = unchunked(bytes[bodyStart...]) {
                        request.body = body
                        return request
                    }
                } else {
                    let length = Int(request.header("content-length") ?? "0") ?? 0
                    if bytes.count - bodyStart >= length {
                        request.body = Array(bytes[bodyStart..<bodyStart + length])
                        return request
                    }
                }
            }
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    private static func unchunked(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var (rest, body) = (bytes, [UInt8]())
        while let end = rest.firstRange(of: Array("\r\n".utf8)) {
            let text = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            guard let size = Int(text, radix: 16) else { return nil }
            let start = end.upperBound
            guard rest.endIndex - start >= size + 2 else { return nil }
            if size == 0 { return body }
            body += rest[start..<start + size]
            rest = rest[(start + size + 2)...]
        }
        return nil
    }

    /// Lets the accepting thread end with the server instead of keeping it.
    private final class Unowned: @unchecked Sendable {
        weak var value: ScriptedServer?
        init(_ value: ScriptedServer) { self.value = value }
    }
}
