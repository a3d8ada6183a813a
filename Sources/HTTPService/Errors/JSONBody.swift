internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// JSON in and out of a route.
enum JSONBody {
    static func response(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        response(text: value.text(), status: status, headers: headers)
    }

    static func response(
        encoding value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        response(text: try JSONTextEncoder.encode(value), status: status, headers: headers)
    }

    private static func response(
        text: String, status: HTTPResponse.Status, headers: HTTPFields
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
    }

    /// The whole body as one JSON document; an empty body is `{}`.
    ///
    /// - Throws: `ServiceError` with 400 for what is no JSON, 413 for what is too large, 408 for a
    ///   body that does not arrive in time.
    static func read(_ request: Request, limits: ServiceLimits) async throws -> JSONValue {
        let bytes = try await RequestBytes.read(
            request, byteLimit: limits.bodyBytes, seconds: limits.bodySeconds)
        if bytes.isEmpty { return .object([]) }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw ServiceError.badRequest("the body is \(error)")
        }
    }
}

/// Bodies, with a bound on size and time.
enum RequestBytes {
    static func read(
        _ request: Request, byteLimit: Int, seconds: Int
    ) async throws -> [UInt8] {
        if let text = request.headers[.contentLength], let length = Int(text), length > byteLimit {
            throw ServiceError.tooLarge(bytes: byteLimit)
        }
        let body = request.body
        let reading = Task {
            var bytes: [UInt8] = []
            for try await part in body {
                guard bytes.count + part.readableBytes <= byteLimit else {
                    throw ServiceError.tooLarge(bytes: byteLimit)
                }
                bytes.append(contentsOf: part.readableBytesView)
                try RequestLoad.current?.holds(bytes: bytes.count)
            }
            try Task.checkCancellation()
            return bytes
        }
        let isLate = Atomic(false)
        // Not Task.sleep: one that is cancelled keeps its memory until its time is over.
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(
            in: .seconds(Int64(seconds))
        ) {
            isLate.store(true, ordering: .relaxed)
            reading.cancel()
        }
        defer { timer.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await reading.value
            } onCancel: {
                reading.cancel()
            }
        } catch is CancellationError where isLate.load(ordering: .relaxed) {
            throw ServiceError(
                .requestTimeout, code: "body_timeout",
                message: "the body did not arrive within \(seconds) s",
                headers: [.connection: "close"])
        }
    }
}
