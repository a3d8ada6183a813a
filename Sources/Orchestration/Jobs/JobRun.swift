internal import Foundation
package import JSONText
internal import RunModel
internal import RunStore
internal import Synchronization

/// Does what a job asks for.
package protocol JobPerforming: Sendable {
    /// - Returns: the document that says what came of it.
    /// - Throws: why it could not be done; `CancellationError` when it was cancelled.
    func perform(_ job: JobContext) async throws -> String
}

/// What a performer has of its job.
package struct JobContext: Sendable {
    package var id: String
    package var tenant: String
    package var request: JobRequest
    /// Output as it comes: the stream's name, bytes.
    package var output: @Sendable (String, ArraySlice<UInt8>) -> Void
    /// One line on how far it is.
    package var progress: @Sendable (String) -> Void
    /// What is in use now, as `processors`, `memory_bytes` and so on.
    package var usage: @Sendable (JSONValue) -> Void
    /// A file that is to outlive the job: its name, its content.
    package var keep: @Sendable (String, [UInt8]) throws -> Void
}

/// One job from its beginning to its end, every step recorded.
struct JobRun: Sendable {
    let store: Store
    let performer: any JobPerforming
    let signal: EventSignal
    let artifacts: Artifacts

    func perform(_ id: String) async {
        guard let job = try? await store.job(id, tenant: nil), !job.state.isFinal else { return }
        let recorder = EventRecorder(job: job, store: store, signal: signal)
        let (state, document, error): (JobRecord.State, String?, String?)
        do {
            try await store.begin(job: id, time: WallClock.timestamp())
            recorder.add("started", ["attempt": JSONValue(job.attempts + 1)])
            let request = try JSONDecoder().decode(
                JobRequest.self, from: Data(job.request.utf8))
            let context = JobContext(
                id: id, tenant: job.tenant, request: request,
                output: { recorder.add(output: $1, stream: $0) },
                progress: { recorder.add("progress", ["message": .string($0)]) },
                usage: { recorder.add("usage", $0) },
                keep: { try artifacts.write($1, name: $0, job: id) })
            let text = try await performer.perform(context)
            (state, document, error) =
                Task.isCancelled ? (.cancelled, text, "cancelled") : (.ended, text, nil)
        } catch is CancellationError {
            (state, document, error) = (.cancelled, nil, "cancelled")
        } catch let failure {
            (state, document, error) = (.failed, nil, "\(failure)")
        }
        // In a task of its own: the store refuses a task that was cancelled, and the end of a
        // cancelled job is an end like any other.
        await Task {
            await end(job, recorder, state: state, document: document, error: error)
        }.value
    }

    private func end(
        _ job: JobRecord, _ recorder: EventRecorder, state: JobRecord.State, document: String?,
        error: String?
    ) async {
        await recorder.finish()
        var payload: [JSONValue.Member] = []
        if let error { payload.append(.init("error", .string(error))) }
        if let document, let value = try? JSONValue(parsing: document) {
            for name in ["outcome", "exit_code", "verdict", "class"] {
                if let member = value[name] { payload.append(.init(name, member)) }
            }
        }
        let event = JobCenter.last(job, state.rawValue, .object(payload))
        // A store that cannot be written now is tried again: an end that nobody hears of is the
        // one thing that must not be.
        for attempt in 0..<5 {
            do {
                try await store.end(
                    job: job.id, state: state, document: document, error: error, event: event)
                break
            } catch {
                try? await Task.sleep(for: .milliseconds(200 << attempt))
            }
        }
        signal.notify()
    }
}

/// Collects events and writes them in batches: output comes in many small pieces.
private final class EventRecorder: Sendable {
    private struct State {
        var events: [JobEvent] = []
        var pending: [UInt8] = []
        var pendingStream = ""
        var isFinished = false
        var pause: Task<Void, Never>?
    }

    /// Between two transactions.
    private static let flushInterval = Duration.milliseconds(40)
    private static let outputEventBytes = 64 << 10
    private let job: JobRecord
    private let store: Store
    private let signal: EventSignal
    private let state = Mutex(State())
    private let flusher: Mutex<Task<Void, Never>?> = Mutex(nil)
    /// Says that there is something to write, once however often it is said.
    private let hasMore: AsyncStream<Void>.Continuation

    init(job: JobRecord, store: Store, signal: EventSignal) {
        self.job = job
        self.store = store
        self.signal = signal
        let (wanted, hasMore) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.hasMore = hasMore
        flusher.withLock {
            $0 = Task { [self] in
                for await _ in wanted {
                    await flush()
                    await pause()
                }
            }
        }
    }

    func add(_ kind: String, _ payload: JSONValue) {
        state.withLock { state in
            close(&state)
            state.events.append(event(kind, payload))
        }
        hasMore.yield()
    }

    func add(output: ArraySlice<UInt8>, stream: String) {
        state.withLock { state in
            if state.pendingStream != stream { close(&state) }
            state.pendingStream = stream
            state.pending += output
            if state.pending.count >= Self.outputEventBytes { close(&state) }
        }
        hasMore.yield()
    }

    private func close(_ state: inout State) {
        guard !state.pending.isEmpty else { return }
        // Text as text; anything else, and a character that is cut in two, as base64.
        let payload: JSONValue =
            if let text = String(validating: state.pending, as: UTF8.self) {
                ["stream": .string(state.pendingStream), "text": .string(text)]
            } else {
                [
                    "stream": .string(state.pendingStream),
                    "base64": .string(Data(state.pending).base64EncodedString()),
                ]
            }
        state.events.append(event("output", payload))
        state.pending = []
    }

    private func event(_ kind: String, _ payload: JSONValue) -> JobEvent {
        JobEvent(
            job: job.id, tenant: job.tenant, kind: kind, time: WallClock.timestamp(),
            payload: payload.text())
    }

    /// So that many small pieces become one transaction; the end cuts it short.
    private func pause() async {
        let pause = state.withLock { state -> Task<Void, Never>? in
            guard !state.isFinished else { return nil }
            state.pause = Task { _ = try? await Task.sleep(for: Self.flushInterval) }
            return state.pause
        }
        await pause?.value
    }

    private func flush() async {
        let events = state.withLock { state in
            close(&state)
            defer { state.events = [] }
            return state.events
        }
        guard !events.isEmpty else { return }
        do {
            try await store.append(jobEvents: events)
        } catch {
            // Kept for the next time, in their order.
            state.withLock { $0.events = events + $0.events }
            hasMore.yield()
            return
        }
        signal.notify()
    }

    /// Everything is recorded when this returns, or the store has refused several times.
    func finish() async {
        let pause = state.withLock { state in
            state.isFinished = true
            return state.pause
        }
        pause?.cancel()
        hasMore.finish()
        await flusher.withLock { $0 }?.value
        for _ in 0..<5 {
            await flush()
            if state.withLock({ $0.events.isEmpty && $0.pending.isEmpty }) { return }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}
