internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import NIOCore

/// How an error is written for the clients of a group of routes.
protocol ErrorBody: Sendable {
    static func response(to error: ServiceError, requestID: String) -> Response
}

/// `{"code": "not_found", "message": "...", "request_id": "..."}`.
enum DrydockErrorBody: ErrorBody {
    static func response(to error: ServiceError, requestID: String) -> Response {
        JSONBody.response(
            [
                "code": .string(error.code), "message": .string(error.message),
                "request_id": .string(requestID),
            ], status: error.status, headers: error.headers)
    }
}
