internal import Attestations
internal import Foundation
internal import JSONText
package import RunModel
internal import Synchronization

/// Everything that needs privilege, done by the process at the other end of a link.
package final class RemoteWork: JobPerforming, SessionWork, MirrorWork, EventSink {
    private struct Waiting {
        var continuation: CheckedContinuation<WorkValue, any Error>
        var job: JobContext?
    }

    private struct State {
        var last: UInt64 = 0
        var waiting: [UInt64: Waiting] = [:]
    }

    private let link: WorkLink
    private let state = Mutex(State())

    /// - Parameter onEnd: called when the other process is gone: nothing can be done then.
    package init(link: WorkLink, onEnd: @escaping @Sendable () -> Void) {
        self.link = link
        let thread = Thread { [weak self] in
            while let answer = try? link.receive(WorkAnswer.self) { self?.take(answer) }
            onEnd()
        }
        thread.name = "drydock.work"
        thread.start()
    }

    private func take(_ answer: WorkAnswer) {
        switch answer.event {
        case .output(let stream, let bytes):
            state.withLock { $0.waiting[answer.number]?.job }?.output(stream, Array(bytes)[...])
        case .progress(let line):
            state.withLock { $0.waiting[answer.number]?.job }?.progress(line)
        case .usage(let text):
            guard let sample = try? JSONValue(parsing: text) else { return }
            state.withLock { $0.waiting[answer.number]?.job }?.usage(sample)
        case .artifact(let name, let bytes):
            try? state.withLock { $0.waiting[answer.number]?.job }?.keep(name, Array(bytes))
        case .done(let value): finish(answer.number, .success(value))
        case .failed(let failure): finish(answer.number, .failure(failure.original))
        }
    }

    private func finish(_ number: UInt64, _ result: Result<WorkValue, any Error>) {
        state.withLock { $0.waiting.removeValue(forKey: number) }?.continuation
            .resume(with: result)
    }

    @discardableResult
    private func order(_ call: WorkCall, for job: JobContext? = nil) async throws -> WorkValue {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock {
                    $0.waiting[number] = Waiting(continuation: continuation, job: job)
                }
                do {
                    try link.send(WorkOrder(number: number, call: call))
                } catch {
                    finish(number, .failure(error))
                }
            }
        } onCancel: {
            try? link.send(WorkOrder(number: 0, call: .cancel(order: number)))
        }
    }

    private static let misunderstanding = WorkLinkError(reason: "an answer has another kind")

    // MARK: Jobs

    package func perform(_ job: JobContext) async throws -> String {
        let answer = try await order(
            .perform(job: job.id, tenant: job.tenant, request: job.request), for: job)
        guard case .text(let document) = answer else { throw Self.misunderstanding }
        return document
    }

    // MARK: Sessions

    package func open(
        repository: String, revision: String, tenant: String
    ) async throws -> (id: String, base: String) {
        let answer = try await order(
            .open(repository: repository, revision: revision, tenant: tenant))
        guard case .opened(let id, let base) = answer else { throw Self.misunderstanding }
        return (id, base)
    }

    package func makeForks(of session: String, count: Int) async throws -> [String] {
        guard case .texts(let forks) = try await order(.copies(session: session, count: count))
        else {
            throw Self.misunderstanding
        }
        return forks
    }

    package func snapshotCount(of session: String) async throws -> Int {
        guard case .number(let count) = try await order(.snapshotCount(session: session)) else {
            throw Self.misunderstanding
        }
        return count
    }

    package func bytes(of session: String) async throws -> Int {
        guard case .number(let bytes) = try await order(.bytes(session: session)) else {
            throw Self.misunderstanding
        }
        return bytes
    }

    package func snapshot(_ session: String) async throws -> Int {
        guard case .number(let number) = try await order(.snapshot(session: session)) else {
            throw Self.misunderstanding
        }
        return number
    }

    package func rollBack(_ session: String, to snapshot: Int) async throws {
        try await order(.rollBack(session: session, snapshot: snapshot))
    }

    package func close(_ session: String) async throws {
        try await order(.close(session: session))
    }

    package func changes(of session: String) async throws -> SessionChanges {
        guard
            case .changes(let base, let tree, let lists, let patch) = try await order(
                .changes(session: session))
        else { throw Self.misunderstanding }
        return SessionChanges(base: base, tree: tree, lists: lists, patch: Array(patch))
    }

    package func read(_ path: String, in session: String) async throws -> [UInt8] {
        guard case .bytes(let bytes) = try await order(.read(path: path, session: session)) else {
            throw Self.misunderstanding
        }
        return Array(bytes)
    }

    package func write(_ content: [UInt8], to path: String, in session: String) async throws {
        try await order(.write(content: Data(content), path: path, session: session))
    }

    package func list(_ path: String, depth: Int, in session: String) async throws -> [String] {
        guard
            case .texts(let names) = try await order(
                .list(path: path, depth: depth, session: session))
        else { throw Self.misunderstanding }
        return names
    }

    package func gateReport(of session: String) async throws -> GateReport {
        guard case .gate(let report) = try await order(.gate(session: session)) else {
            throw Self.misunderstanding
        }
        return report
    }

    // MARK: Mirrors

    package func clone(_ url: String, name: String, tenant: String) async throws {
        try await order(.mirror(url: url, name: name, tenant: tenant))
    }

    package func fetch(name: String, tenant: String) async throws {
        try await order(.fetchMirror(name: name, tenant: tenant))
    }

    package func remove(name: String, tenant: String) async throws {
        try await order(.removeMirror(name: name, tenant: tenant))
    }

    // MARK: The rest

    package func append(_ event: RecordedEvent) async throws {
        try await order(
            .audit(kind: event.kind, subject: event.subject, payload: event.payload))
    }

    package func images() async throws -> [ImageShelf.Image] {
        guard case .images(let images) = try await order(.images) else {
            throw Self.misunderstanding
        }
        return images
    }
}
