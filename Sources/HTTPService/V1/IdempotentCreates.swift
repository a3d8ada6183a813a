internal import Digests
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import JSONText
internal import NIOCore
internal import Orchestration
internal import RunStore
internal import Synchronization

/// Creates that are done once for each `Idempotency-Key`, whoever asks again: the answer of the
/// first success is kept for a day. What failed was not created, and may be tried again.
struct IdempotentCreates: Sendable {
    let store: Store
    private let turns = SessionTurns()

    init(store: Store) { self.store = store }

    func perform(
        _ operation: APIOperation, _ call: APICall, key: String
    ) async throws -> Response {
        let digest = SHA256Digest(
            of: "\(operation.id)\n\(call.request.uri.path)\n\(call.body.text(.canonical))"
        ).hexadecimal
        return try await turns.take(call.tenant + "\n" + key) {
            if let known = try await store.answer(key: key, tenant: call.tenant) {
                guard known.operation == operation.id, known.digest == digest else {
                    throw ServiceError.conflict(
                        "this Idempotency-Key came with another request before; use a new one")
                }
                return Self.response(known)
            }
            let response = try await operation.handle(call)
            guard response.status.kind == .successful else { return response }
            let body = try await Self.text(of: response)
            try await store.insert(
                answer: IdempotentAnswer(
                    tenant: call.tenant, key: key, operation: operation.id, digest: digest,
                    status: response.status.code, location: response.headers[.location],
                    body: body, createdAt: WallClock.timestamp()))
            return response
        }
    }

    private static func response(_ answer: IdempotentAnswer) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        if let location = answer.location { headers[.location] = location }
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: answer.body)))
    }

    private static func text(of response: Response) async throws -> String {
        let collector = BodyCollector()
        try await response.body.write(collector)
        return collector.text
    }
}

/// Takes a body that is made in one piece, and stays as it is.
private final class BodyCollector: ResponseBodyWriter, Sendable {
    private let buffer = Mutex(ByteBuffer())

    var text: String { buffer.withLock { String(buffer: $0) } }

    func write(_ bytes: ByteBuffer) async throws {
        buffer.withLock { buffer in
            var bytes = bytes
            buffer.writeBuffer(&bytes)
        }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
