internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Orchestration

/// `POST /v1/webhooks/{forge}`: deliveries of forges. What proves who sends is the delivery's own
/// signature, so no key is asked for.
enum ForgeEventRoutes: RouteGroup {
    static let requiresKey = false

    /// Forges send at most 25 MB (GitHub's limit); what is read here are a few fields.
    private static let bodyLimit = 25 << 20

    static func add(to routes: RecordingRoutes, state: ServiceState) {
        routes.post("v1/webhooks/{id}") { request, context in
            let forge = try context.parameters.require("id")
            guard let receiver = state.forgeEvents, receiver.forges.contains(forge) else {
                throw ServiceError.notFound("webhook for deliveries of \(forge.prefix(40))")
            }
            let body = try await RequestBytes.read(
                request, byteLimit: bodyLimit, seconds: state.configuration.limits.bodySeconds)
            var headers: [String: String] = [:]
            for field in request.headers {
                // Twice is two readers that disagree about what was signed.
                guard headers[field.name.canonicalName] == nil else {
                    throw ServiceError.badRequest("\(field.name) comes twice")
                }
                headers[field.name.canonicalName] = field.value
            }
            do {
                let answer = try await receiver.receive(
                    ForgeDelivery(forge: forge, headers: headers, body: body))
                return response(answer)
            } catch let refusal as ForgeDeliveryRefusal {
                throw error(refusal)
            } catch let full as QueueFull {
                throw ServiceError.tooManyRequests(
                    full.description, retryAfterSeconds: full.retryAfterSeconds)
            }
        }
    }

    private static func response(_ answer: ForgeDeliveryAnswer) -> Response {
        switch answer {
        case .ignored(let reason):
            return JSONBody.response(["outcome": "ignored", "reason": .string(reason)])
        case .started(let job, let isNew):
            return JSONBody.response(
                ["outcome": "started", "job": .string(job), "new": .bool(isNew)],
                status: .accepted, headers: [.location: "/v1/jobs/\(job)"])
        }
    }

    private static func error(_ refusal: ForgeDeliveryRefusal) -> ServiceError {
        let code =
            switch refusal.kind {
            case .unknownForge: "not_found"
            case .unsigned: "unsigned"
            case .malformed: "invalid_request"
            case .unknownRepository: "unknown_repository"
            }
        return ServiceError(
            .init(code: refusal.kind.status), code: code, message: refusal.description)
    }
}
