internal import HTTPTypes

/// An answer that is no success: a status, a code for programs, and one message for people that
/// says what was wrong and what to do. Nothing of the inside is in it.
struct ServiceError: Error, Sendable {
    var status: HTTPResponse.Status
    /// Such as `not_found`: published, never changed.
    var code: String
    var message: String
    var headers: HTTPFields = [:]

    init(
        _ status: HTTPResponse.Status, code: String, message: String, headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    static func badRequest(_ message: String) -> ServiceError {
        ServiceError(.badRequest, code: "invalid_request", message: message)
    }

    static func unauthenticated(_ message: String) -> ServiceError {
        ServiceError(
            .unauthorized, code: "unauthenticated", message: message,
            headers: [.wwwAuthenticate: "Bearer realm=\"drydock\""])
    }

    static func forbidden(_ message: String) -> ServiceError {
        ServiceError(.forbidden, code: "forbidden", message: message)
    }

    /// Also what belongs to another tenant: whether it exists is nobody else's business.
    static func notFound(_ what: String) -> ServiceError {
        ServiceError(.notFound, code: "not_found", message: "there is no \(what)")
    }

    static func methodNotAllowed(allow: String) -> ServiceError {
        ServiceError(
            .methodNotAllowed, code: "method_not_allowed", message: "this path answers \(allow)",
            headers: [.allow: allow])
    }

    static func conflict(_ message: String) -> ServiceError {
        ServiceError(.conflict, code: "conflict", message: message)
    }

    static func tooLarge(bytes: Int) -> ServiceError {
        ServiceError(
            .contentTooLarge, code: "too_large", message: "the body is larger than \(bytes) bytes",
            // What follows of the body is not read.
            headers: [.connection: "close"])
    }

    static func tooManyRequests(_ message: String, retryAfterSeconds: Int) -> ServiceError {
        ServiceError(
            .tooManyRequests, code: "too_many_requests",
            message: "\(message); try again in \(retryAfterSeconds) s",
            headers: [.retryAfter: "\(retryAfterSeconds)"])
    }
}
