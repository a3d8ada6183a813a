internal import Foundation

/// One recorded answer: a line of `answers.jsonl` and, in the shared cache, a file.
///
/// Nothing of the request is kept but where it went and its digest: no field of it, no body.
package struct AnswerRecord: Codable, Sendable, Equatable {
    /// `ExchangeKey.digest`.
    package var key: String
    package var method: String
    package var url: String
    package var status: Int
    /// Name and value, in the server's order; without what belongs to a connection or sets cookies.
    package var fields: [[String]]
    /// Hexadecimal SHA-256 of the body: its name among the bodies.
    package var body: String
    package var bodyBytes: Int
    /// Seconds since 1970.
    package var receivedAt: Double

    package enum CodingKeys: String, CodingKey {
        case key, method, url, status, fields, body
        case bodyBytes = "body_bytes"
        case receivedAt = "received_at"
    }

    /// Fields of a connection, of its framing, or that would hand a session on.
    static let dropped: Set = [
        "transfer-encoding", "content-length", "set-cookie", "set-cookie2", "alt-svc",
        "strict-transport-security", "authentication-info", "proxy-authenticate",
    ]

    /// Whether the record says what it can say; a recording comes from elsewhere.
    var isSound: Bool {
        Self.isDigest(key) && Self.isDigest(body) && (200...599).contains(status) && bodyBytes >= 0
            && bodyBytes <= RecordingLimits.answerBytes
            && fields.allSatisfy { field in
                field.count == 2 && HTTPHeadLines.isToken(Array(field[0].utf8)[...])
                    && !Self.dropped.contains(field[0].lowercased())
                    && field[1].utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 }
            }
    }

    static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    func line() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [10]
    }
}

/// How much is kept.
package enum RecordingLimits {
    /// Of one answer: it is checked in memory before it is given out.
    package static let answerBytes = 512 << 20
    /// Of one recording.
    package static let recordingBytes = 2 << 30
    package static let answers = 20_000
    /// Of the shared cache.
    package static let cacheBytes = 8 << 30
    /// Of a request's body that is part of a key.
    static let requestBodyBytes = 16 << 20
}
