internal import HTTPTypes
internal import Hummingbird
internal import JSONText

/// One operation of the Drydock API: what the router, the check of what comes in, and the OpenAPI
/// document are made of.
struct APIOperation: Sendable {
    struct Parameter: Sendable {
        enum Place: String, Sendable { case path, query, header }

        var name: String
        var place: Place
        var description: String
        var schema: JSONValue

        static func path(_ name: String, _ description: String) -> Parameter {
            Parameter(
                name: name, place: .path, description: description,
                schema: ["type": "string", "minLength": 1, "maxLength": 100])
        }

        static func query(_ name: String, _ description: String, _ schema: JSONValue) -> Parameter {
            Parameter(name: name, place: .query, description: description, schema: schema)
        }
    }

    /// What a success looks like.
    struct Success: Sendable {
        var status: Int
        var description: String
        /// `nil`: no body.
        var contentType: String?
        var schema: JSONValue

        static func json(_ status: Int, _ description: String, _ schema: JSONValue) -> Success {
            Success(
                status: status, description: description, contentType: "application/json",
                schema: schema)
        }

        static func empty(_ description: String) -> Success {
            Success(status: 204, description: description, contentType: nil, schema: .null)
        }

        /// Server-sent events: each is an object of its fields.
        static func events(_ description: String) -> Success {
            let field: JSONValue = ["type": "string"]
            return Success(
                status: 200, description: description, contentType: "text/event-stream",
                schema: [
                    "type": "object", "properties": ["id": field, "event": field, "data": field],
                ])
        }

        static func text(_ type: String, _ description: String) -> Success {
            Success(
                status: 200, description: description, contentType: type,
                schema: ["type": "string"])
        }
    }

    var method: HTTPRequest.Method
    /// Such as `/v1/runs/{id}`.
    var path: String
    /// The operation's name in generated clients.
    var id: String
    var summary: String
    /// What the key needs; `nil`: nothing but being one.
    var scope: KeyScope?
    /// Whether `Idempotency-Key` makes a second call give the first one's answer.
    var isIdempotentCreate = false
    var parameters: [Parameter] = []
    /// JSON Schema of the body; `nil`: there is none.
    var body: JSONValue?
    /// Whether the body is bytes instead of JSON.
    var takesBytes = false
    var successes: [Success]
    /// Besides those that any operation may have.
    var errors: [Int] = []
    var handle: @Sendable (APICall) async throws -> Response
}

/// One call, checked.
struct APICall: Sendable {
    let request: Request
    let context: ServiceContext
    let identity: Identity
    let state: ServiceState
    let body: JSONValue
    let bytes: [UInt8]
    let query: [String: String]

    var tenant: String { identity.tenant }

    func parameter(_ name: String) throws -> String {
        guard let value = context.parameters.get(name) else {
            throw ServiceError.badRequest("\(name) is missing")
        }
        return value
    }

    func integer(_ name: String) -> Int? { query[name].flatMap { Int($0) } }
}
