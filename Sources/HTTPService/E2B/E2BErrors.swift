internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Sandboxing

/// Errors of the control plane as E2B's clients read them: `{"code": 404, "message": "..."}`, with
/// `error_code` where the interface has a name for it.
enum E2BErrorBody: ErrorBody {
    static let shouldRetry = HTTPField.Name("should-retry")

    static func response(to error: ServiceError, requestID: String) -> Response {
        var headers = error.headers
        // Clients ask again by themselves after 429 and 50x unless they are told not to. What this
        // service refuses for good, it refuses once.
        if let name = shouldRetry, [500, 501, 502].contains(error.status.code) {
            headers[name] = "false"
        }
        return JSONBody.response(
            JSONValue(members: [
                ("code", JSONValue(error.status.code)), ("message", .string(error.message)),
                (
                    "error_code",
                    error.code.hasPrefix("sandbox_") ? .string(error.code) : JSONValue?.none
                ),
                ("request_id", .string(requestID)),
            ]), status: error.status, headers: headers)
    }
}

/// Errors of the data plane: `{"code": "not_found", "message": "..."}` with the names of the
/// Connect protocol.
enum ConnectErrorBody: ErrorBody {
    static func response(to error: ServiceError, requestID: String) -> Response {
        JSONBody.response(
            [
                "code": .string(name(of: error)), "message": .string(error.message),
                "request_id": .string(requestID),
            ], status: error.status, headers: error.headers)
    }

    static func name(of error: ServiceError) -> String {
        switch error.status.code {
        case 400: "invalid_argument"
        case 401: "unauthenticated"
        case 403: "permission_denied"
        case 404: "not_found"
        case 405, 501: "unimplemented"
        case 408, 504: "deadline_exceeded"
        case 409: error.code == "failed_precondition" ? error.code : "already_exists"
        case 413, 429, 507: "resource_exhausted"
        case 502, 503: "unavailable"
        default: "internal"
        }
    }
}

extension ServiceError {
    /// What a sandbox's supervisor refused.
    init(_ failure: LiveFailure) {
        let status: HTTPResponse.Status =
            switch failure.code {
            case .notFound: .notFound
            case .alreadyExists, .failedPrecondition: .conflict
            case .invalidArgument: .badRequest
            case .permissionDenied: .forbidden
            case .resourceExhausted:
                failure.message.contains("disk is full")
                    ? HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
                    : .tooManyRequests
            case .unavailable: .serviceUnavailable
            case .internal: .internalServerError
            }
        self.init(status, code: failure.code.rawValue, message: failure.message)
    }

    /// What the data plane says of a sandbox that is not there: clients look for these words.
    static func sandboxGone(_ identifier: String, why: String = "") -> ServiceError {
        ServiceError(
            .badGateway, code: "sandbox_gone",
            message: "The sandbox \(identifier) was not found\(why)")
    }
}

/// Runs `body`, whose refusals by a supervisor become errors of the service.
func translatingFailures<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
) async throws -> Result {
    do { return try await body() } catch let failure as LiveFailure {
        throw ServiceError(failure)
    }
}
