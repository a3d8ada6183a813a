internal import Digests
internal import Foundation
internal import Glibc
package import RunModel

/// An append-only log of events, one JSON line each, chained by SHA-256. Beside it a signed head
/// says how long it is and what it ends with, so that cutting it off is seen too.
///
/// Several processes may append: a lock on the file puts them in order.
package actor AuditLog: EventSink {
    private let path: String
    private let signer: any Signer

    /// - Parameter path: the log; its head is at `path.head`.
    package init(path: String, signer: any Signer) {
        self.path = path
        self.signer = signer
    }

    /// Durable when it returns: the line, and the head that covers it, are on the disk.
    package func append(_ event: RecordedEvent) async throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw DurableFile.failure("open", path) }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { throw DurableFile.failure("lock", path) }
        let head = try Self.readHead(path: path)
        let previous =
            head.map(\.unsigned) ?? AuditHead(count: 0, digest: AuditEntry.origin, bytes: 0)
        // A line without its head is what a crash in between left: it was never acknowledged.
        guard ftruncate(descriptor, off_t(previous.bytes)) == 0 else {
            throw DurableFile.failure("truncate", path)
        }
        let entry = AuditEntry(
            sequence: previous.count + 1, previous: previous.digest, event: event)
        let line = try Self.encode(entry) + [10]
        try DurableFile.append(line, to: descriptor, path: path)
        let next = AuditHead(
            count: entry.sequence, digest: SHA256Digest(of: line).hexadecimal,
            bytes: previous.bytes + line.count)
        let envelope = try Envelope(
            payload: Self.encode(next), type: AuditHead.payloadType, signer: signer)
        try DurableFile.write(try Self.encode(envelope), to: path + ".head")
    }

    /// Checks every link and the signed head.
    ///
    /// - Returns: how many entries there are.
    /// - Throws: `AttestationError.brokenChain`, `.untrusted`, `.incomplete`.
    package static func verify(path: String, trust: TrustStore) throws -> Int {
        guard let text = FileManager.default.contents(atPath: path) else {
            throw DurableFile.failure("read", path)
        }
        guard let stored = try readHead(path: path) else {
            throw AttestationError.incomplete("there is no signed head at \(path).head")
        }
        let payload = try stored.envelope.verifiedPayload(trust: trust)
        let head = try JSONDecoder().decode(AuditHead.self, from: Data(payload.bytes))
        var digest = AuditEntry.origin
        var count = 0
        for line in text.prefix(head.bytes).split(separator: 10) {
            count += 1
            let entry = try? JSONDecoder().decode(AuditEntry.self, from: line)
            guard let entry, entry.sequence == count else {
                throw AttestationError.brokenChain(line: count, reason: "it is no entry \(count)")
            }
            guard entry.previous == digest else {
                throw AttestationError.brokenChain(
                    line: count, reason: "it does not follow from the line before")
            }
            digest = SHA256Digest(of: Array(line) + [10]).hexadecimal
        }
        guard count == head.count, digest == head.digest, text.count >= head.bytes else {
            throw AttestationError.brokenChain(
                line: count, reason: "the signed head covers \(head.count) entries with another end"
            )
        }
        return count
    }

    /// What the log ends with now; `nil` for one that has no entry.
    package static func head(path: String) throws -> AuditLogHead? {
        guard let stored = try readHead(path: path) else { return nil }
        return AuditLogHead(
            count: stored.unsigned.count, digest: stored.unsigned.digest,
            keyID: stored.envelope.signatures.first?.keyid ?? "",
            signature: stored.envelope.signatures.first?.sig ?? "")
    }

    private static func readHead(path: String) throws -> (unsigned: AuditHead, envelope: Envelope)?
    {
        guard let data = FileManager.default.contents(atPath: path + ".head") else { return nil }
        let envelope = try JSONDecoder().decode(Envelope.self, from: data)
        guard envelope.payloadType == AuditHead.payloadType,
            let payload = Data(base64Encoded: envelope.payload)
        else { throw AttestationError.malformed("\(path).head is no head of an audit log") }
        return (try JSONDecoder().decode(AuditHead.self, from: payload), envelope)
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}

/// The signed end of the log, to be named elsewhere: a log that was cut off or written anew later
/// does not lead to it.
package struct AuditLogHead: Sendable, Equatable {
    package var count: Int
    /// SHA-256 of the last line.
    package var digest: String
    package var keyID: String
    /// Base64, over the DSSE envelope at `PATH.head`.
    package var signature: String
}

/// One line of the log.
struct AuditEntry: Codable, Sendable, Equatable {
    /// What the first entry follows: 64 zeroes.
    static let origin = String(repeating: "0", count: 64)

    var sequence: Int
    /// SHA-256 of the line before, its line feed included.
    var previous: String
    var event: RecordedEvent
}

/// What the signature beside the log covers.
struct AuditHead: Codable, Sendable, Equatable {
    static let payloadType = "application/vnd.drydock.audit-head+json"

    var count: Int
    /// SHA-256 of the last line.
    var digest: String
    /// Length of the log.
    var bytes: Int
}
