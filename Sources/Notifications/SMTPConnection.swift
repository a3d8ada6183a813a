internal import Foundation
internal import Glibc

/// One conversation with a mail relay: a command, a reply, each with a time limit.
final class SMTPConnection {
    private static let timeoutSeconds = 20
    private static let replyBytesMax = 64 << 10

    private let descriptor: Int32
    private let relay: String
    private var buffered: [UInt8] = []

    init(host: String, port: Int) throws(NotificationError) {
        relay = "\(host):\(port)"
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else {
            throw NotificationError(
                subject: relay, reason: "there is no such host", remedy: "Check the relay's name")
        }
        defer { freeaddrinfo(list) }
        var address: UnsafeMutablePointer<addrinfo>? = first
        while let place = address {
            let kind = place.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue)
            let candidate = socket(place.pointee.ai_family, kind, place.pointee.ai_protocol)
            if candidate >= 0 {
                var limit = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
                let size = socklen_t(MemoryLayout<timeval>.size)
                setsockopt(candidate, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
                setsockopt(candidate, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
                if connect(candidate, place.pointee.ai_addr, place.pointee.ai_addrlen) == 0 {
                    descriptor = candidate
                    return
                }
                close(candidate)
            }
            address = place.pointee.ai_next
        }
        throw NotificationError(
            subject: relay, reason: String(cString: strerror(errno)),
            remedy: "Check that the relay listens there")
    }

    deinit { close(descriptor) }

    /// Sends a command and reads its reply, of however many lines (RFC 5321, 4.2.1).
    func expect(_ code: Int, after command: String?) throws(NotificationError) {
        if let command { try send(command + "\r\n") }
        var words: [String] = []
        while true {
            let line = try readLine()
            words.append(String(line.dropFirst(4)))
            guard line.count > 3, line.dropFirst(3).first == "-" else {
                let got = Int(line.prefix(3)) ?? 0
                guard got == code else {
                    let verb = command?.prefix { $0 != " " && $0 != "\r" } ?? "the greeting"
                    throw NotificationError(
                        subject: relay,
                        reason: "it answers \(got) to \(verb.prefix(8)): "
                            + NoticeText.line(words.joined(separator: " ")))
                }
                return
            }
        }
    }

    private func send(_ text: String) throws(NotificationError) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw broken() }
            offset += count
        }
    }

    private func readLine() throws(NotificationError) -> String {
        while true {
            if let end = buffered.firstIndex(of: 10) {
                let line = String(decoding: buffered[..<end], as: UTF8.self)
                buffered.removeSubrange(...end)
                return line.hasSuffix("\r") ? String(line.dropLast()) : line
            }
            var part = [UInt8](repeating: 0, count: 4_096)
            let count = recv(descriptor, &part, part.count, 0)
            guard count > 0, buffered.count < Self.replyBytesMax else { throw broken() }
            buffered += part[..<count]
        }
    }

    private func broken() -> NotificationError {
        NotificationError(
            subject: relay, reason: "the connection broke, or was silent for too long",
            remedy: "Look at the relay's log")
    }
}
