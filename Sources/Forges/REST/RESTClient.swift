internal import Foundation

/// Calls of one server's JSON interface: retries that cannot do harm, waits that end, and errors
/// that say what to do.
struct RESTClient: Sendable {
    /// How long calls wait and how often they are repeated.
    struct Patience: Sendable {
        /// Of a server's wish to be left alone; longer ones end the call.
        var waitSecondsMax = 90.0
        var repeats = 3
        var firstPauseSeconds = 0.5
    }

    let base: String
    let headers: [(name: String, value: String)]
    let transport: any ForgeTransport
    /// What to do about a token that is not accepted.
    let tokenRemedy: String
    var patience = Patience()

    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]
    }

    /// - Parameters:
    ///   - path: begins with a slash, percent-encoded; or a whole URL of the same server.
    ///   - isRepeatable: whether the call does the same when it is made twice.
    ///   - accepted: statuses that are answers; any other is an error.
    func call(
        _ method: String, _ path: String, query: [(String, String)] = [],
        json: (any Encodable)? = nil, accepted: Set<Int> = [200, 201, 202, 204],
        isRepeatable: Bool? = nil, operation: String
    ) async throws -> Answer {
        var request = ForgeRequest(method: method, url: try url(path, query), headers: headers)
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            request.body = Array(try encoder.encode(json))
            request.headers.append(("Content-Type", "application/json"))
        }
        let repeatable = isRepeatable ?? (method == "GET")
        var pause = patience.firstPauseSeconds
        var waitedSeconds = 0.0
        for attempt in 1... {
            let response: ForgeResponse
            do {
                response = try await transport.send(request)
            } catch let error as ForgeError where error.kind != .unreachable {
                throw error
            } catch let error as CancellationError {
                throw error
            } catch {
                guard repeatable, attempt <= patience.repeats else {
                    throw ForgeError(
                        .unreachable, operation: operation, subject: base,
                        reason: "no whole answer came: \(error)",
                        remedy: "Nothing is lost: run it again when the forge can be reached")
                }
                try await Task.sleep(for: .seconds(pause))
                pause *= 2
                continue
            }
            if accepted.contains(response.status) {
                return Answer(
                    status: response.status, headers: response.headers, body: response.body)
            }
            // A limit refuses before anything is done, so every call may be made again.
            if let seconds = RateLimit.wait(response, nowSeconds: Date().timeIntervalSince1970) {
                guard waitedSeconds + seconds <= patience.waitSecondsMax, attempt <= 5 else {
                    throw ForgeError(
                        .rateLimited, operation: operation, subject: base,
                        reason: "the forge asks to wait \(Int(seconds.rounded(.up))) s",
                        remedy: "Nothing is lost: run it again after that")
                }
                waitedSeconds += seconds
                try await Task.sleep(for: .seconds(max(seconds, 0.01)))
                continue
            }
            if response.status >= 500, repeatable, attempt <= patience.repeats {
                try await Task.sleep(for: .seconds(pause))
                pause *= 2
                continue
            }
            throw RESTFailure.error(
                response, operation: operation, subject: "\(method) \(path)",
                tokenRemedy: tokenRemedy)
        }
        throw ForgeError(operation: operation, subject: base, reason: "it was never asked")
    }

    func get<Value: Decodable>(
        _ type: Value.Type, _ path: String, query: [(String, String)] = [], operation: String
    ) async throws -> Value {
        try decode(
            type, try await call("GET", path, query: query, operation: operation),
            operation: operation)
    }

    /// The same, where 404 is an answer.
    func find<Value: Decodable>(
        _ type: Value.Type, _ path: String, query: [(String, String)] = [], operation: String
    ) async throws -> Value? {
        let answer = try await call(
            "GET", path, query: query, accepted: [200, 404], operation: operation)
        return answer.status == 404 ? nil : try decode(type, answer, operation: operation)
    }

    func decode<Value: Decodable>(
        _ type: Value.Type, _ answer: Answer, operation: String
    ) throws(ForgeError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(answer.body))
        } catch {
            throw ForgeError(
                .malformed, operation: operation, subject: base,
                reason: "the answer is not what the interface promises: \(Self.reason(error))",
                remedy: "Check that the address is the API's and that no proxy answers for it")
        }
    }

    private func url(_ path: String, _ query: [(String, String)]) throws(ForgeError) -> String {
        let whole = path.hasPrefix("/") ? base + path : path
        // A link that a server gave may not carry the token elsewhere.
        guard whole.hasPrefix(base + "/") else {
            throw ForgeError(
                .malformed, operation: "calling the forge", subject: base,
                reason: "it names a page on another server")
        }
        guard !query.isEmpty else { return whole }
        return whole + "?"
            + query.map { "\(Self.encode($0.0))=\(Self.encode($0.1))" }.joined(separator: "&")
    }

    /// Everything but RFC 3986's unreserved characters.
    static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII,
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "-._~".unicodeScalars.contains(scalar)
            {
                result.unicodeScalars.append(scalar)
            } else {
                let hexadecimal = String(byte, radix: 16, uppercase: true)
                result += "%" + (byte < 16 ? "0" : "") + hexadecimal
            }
        }
        return result
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "it has no `\(key.stringValue)`"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "`\(context.codingPath.map(\.stringValue).joined(separator: "."))` is of another type"
        default: "it is no JSON"
        }
    }
}
