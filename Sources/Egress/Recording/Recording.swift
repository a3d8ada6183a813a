internal import Foundation
internal import Glibc
internal import LinuxKernel
internal import NIOCore
internal import Synchronization

/// What was answered during a run, in a folder that can be carried elsewhere:
///
/// - `recording.json`: `{"schema": "drydock.recording/v1"}`
/// - `answers.jsonl`: one `AnswerRecord` a line, in the order in which they were complete
/// - `bodies/SHA256`: their bodies, each once
package enum Recording {
    static let header = "{\"schema\": \"drydock.recording/v1\"}\n"
    static let answersName = "answers.jsonl"
    static let bodiesName = "bodies"

    /// What is wrong with a recording's folder.
    package struct Fault: Error, Sendable, CustomStringConvertible {
        package var folder: String
        package var reason: String
        package var description: String { "recording \(folder): \(reason)" }
    }

    /// The files of a recording, relative to its folder, with their sizes: what a bundle carries.
    ///
    /// - Throws: `Fault` when the folder is no recording, or is larger than `bytesMax`.
    package static func files(
        in folder: String, bytesMax: Int = RecordingLimits.recordingBytes
    ) throws -> [(path: String, bytes: Int)] {
        let player = try RecordingPlayer(folder: folder)
        var files = [("recording.json", header.utf8.count)]
        files.append((answersName, player.indexBytes))
        for (digest, bytes) in player.bodies.sorted(by: { $0.key < $1.key }) {
            files.append(("\(bodiesName)/\(digest)", bytes))
        }
        let total = files.reduce(0) { $0 + $1.1 }
        guard total <= bytesMax else {
            throw Fault(
                folder: folder, reason: "takes \(total) bytes, \(bytesMax) are allowed; record less"
            )
        }
        return files
    }
}

/// Writes a recording, from one gateway.
package final class ExchangeRecorder: Sendable {
    private struct State {
        var bytes = 0
        var answers = 0
        var isFull = false
    }
    let bodies: BodyStore
    private let folder: String
    private let index: OwnedDescriptor
    private let bytesMax: Int
    private let answersMax: Int
    private let state: Mutex<State>

    /// Begins a recording, or goes on with one.
    ///
    /// - Parameters:
    ///   - bytesMax: of all bodies together.
    ///   - answersMax: how many answers are kept.
    package init(
        folder: String, bytesMax: Int = RecordingLimits.recordingBytes,
        answersMax: Int = RecordingLimits.answers
    ) throws {
        self.folder = folder
        self.bytesMax = bytesMax
        self.answersMax = answersMax
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw Recording.Fault(
                folder: folder,
                reason: "cannot be made a folder; name one that can (\(error.localizedDescription))"
            )
        }
        let head = folder + "/recording.json"
        let names = FileKind.names(in: folder)
        var state = State()
        if names.isEmpty {
            try Data(Recording.header.utf8).write(to: URL(fileURLWithPath: head))
        } else {
            let player = try RecordingPlayer(folder: folder)
            state.answers = player.count
            state.bytes = player.bodies.values.reduce(0, +)
        }
        bodies = try BodyStore(folder: folder + "/" + Recording.bodiesName)
        index = try OwnedDescriptor.open(
            folder + "/" + Recording.answersName, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        guard flock(index.raw, LOCK_EX | LOCK_NB) == 0 else {
            throw Recording.Fault(
                folder: folder, reason: "another run is recording into it; name another folder")
        }
        self.state = Mutex(state)
    }

    /// Room for one more answer; `nil` when the recording is full, which is said once.
    func begin(onFull: () -> Void) throws -> PendingBody? {
        let (isFull, isNew) = state.withLock { state in
            let was = state.isFull
            if state.answers >= answersMax || state.bytes >= bytesMax { state.isFull = true }
            return (state.isFull, state.isFull && !was)
        }
        if isNew { onFull() }
        return isFull ? nil : try PendingBody(in: bodies)
    }

    /// Takes room for a complete answer, before its body stands among the others; `false` when there
    /// is none.
    func takeRoom(bytes: Int) -> Bool {
        state.withLock { state in
            guard state.answers < answersMax, bytes <= bytesMax - state.bytes else { return false }
            state.answers += 1
            state.bytes += bytes
            return true
        }
    }

    /// Room was taken.
    func commit(_ answer: AnswerRecord) throws {
        // One write: a reader sees whole lines only.
        try index.writeAll(try answer.line(), to: folder + "/" + Recording.answersName)
    }
}

/// Answers from a recording.
package final class RecordingPlayer: Sendable {
    private let answers: [String: [AnswerRecord]]
    private let store: BodyStore
    /// How often each request was asked: the n-th gets the n-th answer, and then the last.
    private let asked = Mutex<[String: Int]>([:])
    /// Sizes of all bodies by digest.
    let bodies: [String: Int]
    let count: Int
    let indexBytes: Int

    package init(folder: String) throws {
        func fault(_ reason: String) -> Recording.Fault {
            Recording.Fault(folder: folder, reason: reason)
        }
        guard let head = FileManager.default.contents(atPath: folder + "/recording.json"),
            head == Data(Recording.header.utf8)
        else { throw fault("is no recording of this version; name the folder of --net-record") }
        let data = FileManager.default.contents(atPath: folder + "/" + Recording.answersName)
        guard let data, data.count < 256 << 20 else { throw fault("has no list of answers") }
        var answers: [String: [AnswerRecord]] = [:]
        var bodies: [String: Int] = [:]
        var count = 0
        for line in data.split(separator: 10) {
            guard let answer = try? JSONDecoder().decode(AnswerRecord.self, from: line),
                answer.isSound
            else { throw fault("has a broken answer on line \(count + 1); record it again") }
            answers[answer.key, default: []].append(answer)
            bodies[answer.body] = answer.bodyBytes
            count += 1
        }
        self.answers = answers
        self.bodies = bodies
        self.count = count
        indexBytes = data.count
        store = BodyStore(existing: folder + "/" + Recording.bodiesName)
    }

    /// Hosts and ports that were asked, as rules.
    package var places: [String] {
        Set(
            answers.values.joined().compactMap { answer in
                URLComponents(string: answer.url).flatMap { url in
                    url.host.flatMap { host in url.port.map { "\(host):\($0)" } }
                }
            }
        ).sorted()
    }

    /// The answer to this request; blocks on the disk.
    func answer(to key: ExchangeKey) -> StoredAnswer? {
        guard let known = answers[key.digest] else { return nil }
        let turn = asked.withLock { asked in
            defer { asked[key.digest, default: 0] += 1 }
            return asked[key.digest, default: 0]
        }
        let answer = known[min(turn, known.count - 1)]
        guard let body = store.read(answer.body, bytes: answer.bodyBytes) else { return nil }
        return StoredAnswer(record: answer, body: body)
    }
}

/// An answer that is given again.
struct StoredAnswer: Sendable {
    let record: AnswerRecord
    let body: ByteBuffer
}
