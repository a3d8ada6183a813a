internal import Foundation
internal import Glibc
internal import LinuxKernel
internal import NIOCore

/// Downloads that all sandboxes of this user share: written by gateways only, from complete answers
/// of servers whose certificates were checked, and checked again whenever one is given out.
///
/// What a run can influence is in the key: a request that is looked up goes out with nothing but
/// the fields of its key, so no run can make a server answer another one's request (threat 66).
package struct DownloadCache: Sendable {
    private let folder: String
    private let bodies: BodyStore
    private let bytesMax: Int

    package init(folder: String, bytesMax: Int = RecordingLimits.cacheBytes) throws {
        self.folder = folder + "/answers"
        self.bytesMax = bytesMax
        bodies = try BodyStore(folder: folder + "/bodies")
        try FileManager.default.createDirectory(
            atPath: self.folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    /// Fields with which a request may still be looked up; any other makes it the run's own.
    private static let harmless: Set = [
        "host", "accept", "accept-encoding", "accept-language", "user-agent", "connection",
        "cache-control", "pragma", "if-none-match", "if-modified-since", "x-requested-with",
        "npm-in-ci", "npm-command", "npm-scope", "npm-session", "pacote-version",
        "pacote-req-type", "pacote-pkg-id", "pacote-integrity", "sec-fetch-mode",
    ]

    /// The request as it would go out for everybody; `nil` when it is not one to share.
    func shared(_ head: HTTPRequestHead) -> HTTPRequestHead? {
        guard head.method == "GET", head.body == .none,
            head.fields.allSatisfy({ Self.harmless.contains($0.name.lowercased()) })
        else { return nil }
        var shared = head
        let kept = Set(ExchangeKey.choosing + ["host"])
        shared.fields = head.fields.filter { kept.contains($0.name.lowercased()) }
        shared.fields.append(HTTPField(name: "User-Agent", value: "drydock/\(Self.version)"))
        return shared
    }

    private static let version = "1"

    enum Lookup: Sendable {
        case miss
        case fresh(StoredAnswer)
        /// Must be asked for again; the server may say that this is still it.
        case stale(StoredAnswer, entityTag: String)
    }

    /// Blocks on the disk.
    func find(_ key: ExchangeKey) -> Lookup {
        let path = folder + "/" + key.digest
        guard let data = FileManager.default.contents(atPath: path),
            let record = try? JSONDecoder().decode(AnswerRecord.self, from: data), record.isSound,
            // Two requests never share an entry, not even by a broken one.
            record.key == key.digest, record.url == key.url, record.method == key.method
        else { return .miss }
        guard let body = bodies.read(record.body, bytes: record.bodyBytes) else {
            // Changed on the disk: nobody gets it.
            unlink(path)
            return .miss
        }
        let answer = StoredAnswer(record: record, body: body)
        let freshness = Freshness(record.httpFields)
        let age = Date().timeIntervalSince1970 - record.receivedAt
        if let seconds = freshness.seconds, age >= 0, age < seconds { return .fresh(answer) }
        guard let tag = freshness.entityTag else { return .miss }
        return .stale(answer, entityTag: tag)
    }

    /// Whether an answer may be given to others.
    func accepts(_ head: HTTPResponseHead) -> Bool {
        let freshness = Freshness(head.fields)
        return head.status == 200 && !freshness.isPrivate
            && (freshness.seconds ?? 0 > 0 || freshness.entityTag != nil)
            && head.fields.values("set-cookie").isEmpty
            && head.fields.values("vary").allSatisfy {
                $0.split(separator: ",").allSatisfy { name in
                    ExchangeKey.choosing.contains(name.lowercased().filter { $0 != " " })
                        || name.lowercased().filter { $0 != " " } == "user-agent"
                }
            }
    }

    func begin() throws -> PendingBody { try PendingBody(in: bodies) }

    func commit(_ record: AnswerRecord) throws {
        let partial = folder + "/.partial-" + UUID().uuidString
        try Data(try record.line()).write(to: URL(fileURLWithPath: partial))
        guard rename(partial, folder + "/" + record.key) == 0 else {
            unlink(partial)
            throw SystemError(operation: "rename", subject: partial, errorNumber: errno)
        }
        trim()
    }

    /// Keeps the cache within its bound: what was received first goes first.
    private func trim() {
        let manager = FileManager.default
        var files: [(path: String, bytes: Int, date: Date)] = []
        for name in FileKind.names(in: bodies.folder) where AnswerRecord.isDigest(name) {
            let path = bodies.path(name)
            guard let attributes = try? manager.attributesOfItem(atPath: path) else { continue }
            files.append(
                (
                    path, attributes[.size] as? Int ?? 0,
                    attributes[.modificationDate] as? Date ?? .distantPast
                ))
        }
        var total = files.reduce(0) { $0 + $1.bytes }
        guard total > bytesMax else { return }
        for file in files.sorted(by: { $0.date < $1.date }) where total > bytesMax {
            unlink(file.path)
            total -= file.bytes
        }
    }
}

extension AnswerRecord {
    var httpFields: [HTTPField] { fields.map { HTTPField(name: $0[0], value: $0[1]) } }
}

/// What a server says about how long its answer holds (RFC 9111, section 5.2.2).
struct Freshness {
    var seconds: Double?
    var isPrivate = false
    var entityTag: String?

    init(_ fields: [HTTPField]) {
        let tags = fields.values("etag")
        if tags.count == 1, tags[0].hasSuffix("\"") { entityTag = tags[0] }
        for value in fields.values("cache-control") {
            for part in value.lowercased().split(separator: ",") {
                let directive = part.filter { $0 != " " && $0 != "\t" }
                switch directive.prefix(while: { $0 != "=" }) {
                case "no-store", "private": isPrivate = true
                case "no-cache": seconds = 0
                case "max-age" where seconds != 0:
                    // An age that was already spent elsewhere counts.
                    let age = fields.values("age").first.flatMap(Double.init) ?? 0
                    seconds = Double(directive.dropFirst(8)).map { max(0, $0 - age) }
                default: break
                }
            }
        }
    }
}
