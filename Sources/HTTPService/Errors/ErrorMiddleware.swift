internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOHTTP1
internal import Orchestration
internal import RunModel
internal import RunStore

/// Turns what a route throws into an answer: the right status, one clear message, nothing of the
/// inside.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = ServiceContext
    let render: any ErrorBody.Type

    func handle(
        _ request: Request, context: Context, next: NextResponder
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch is CancellationError {
            // The client is gone, or the service is told to stop: nobody reads this.
            throw CancellationError()
        } catch {
            let answer = Self.serviceError(error)
            if answer.status.code >= 500 {
                // The whole error is for the operator's eyes only.
                context.logger.error(
                    "request failed",
                    metadata: ["error": "\(error)", "request_id": "\(context.requestID)"])
            }
            return render.response(to: answer, requestID: context.requestID)
        }
    }

    static func serviceError(_ error: any Error) -> ServiceError {
        switch error {
        case let error as ServiceError: error
        case let error as HTTPError:
            ServiceError(
                error.status, code: error.status == .notFound ? "not_found" : "invalid_request",
                message: error.body
                    ?? (error.status == .notFound
                        ? "there is nothing at this path" : "the request is not understood"))
        case let error as any HTTPResponseError:
            ServiceError(
                error.status, code: "invalid_request", message: "the request is not understood")
        case is HTTPParserError:
            ServiceError(
                .badRequest, code: "invalid_request",
                message: "the body ended before its end, or is not as its headers say",
                headers: [.connection: "close"])
        case let error as QuotaExceeded: ServiceError.forbidden(error.description)
        case let error as RunStoreError where error.code == .notFound:
            ServiceError(.notFound, code: "not_found", message: error.description)
        case let error as RunStoreError where error.code == .conflict:
            ServiceError(.conflict, code: "conflict", message: error.description)
        default:
            ServiceError(
                .internalServerError, code: "internal",
                message: "something went wrong inside; the operator's log has the reason under "
                    + "this request's id")
        }
    }
}
