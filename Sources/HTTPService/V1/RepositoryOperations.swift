internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Orchestration

/// Repositories that jobs and sessions may name: the operator's, and mirrors of the tenant's own.
enum RepositoryOperations: APIGroup {
    private static let schema = APISchemas.object([("name", APISchemas.text)], required: ["name"])

    static let operations: [APIOperation] = [
        APIOperation(
            method: .get, path: "/v1/repositories", id: "list_repositories",
            summary: "Names that jobs and sessions may use.", scope: .read,
            successes: [
                .json(
                    200, "All of them.",
                    APISchemas.object(
                        [("items", ["type": "array", "items": schema])], required: ["items"]))
            ]
        ) { call in
            JSONBody.response([
                "items": .array(
                    repositories(call.state).names(tenant: call.tenant).map {
                        ["name": .string($0)]
                    })
            ])
        },
        APIOperation(
            method: .post, path: "/v1/repositories", id: "create_repository",
            summary: "Mirror a repository from a host that the operator allows.", scope: .run,
            isIdempotentCreate: true,
            body: APISchemas.object(
                [("name", APISchemas.name), ("url", APISchemas.name)], required: ["name", "url"]),
            successes: [.json(201, "It is mirrored.", schema)], errors: [409, 415, 422]
        ) { call in
            let name = call.body["name"]?.stringValue ?? ""
            guard call.state.configuration.repositories[name] == nil else {
                throw ServiceError.conflict("there is a repository \(name) already")
            }
            try await translating {
                try await call.state.work.mirrors.clone(
                    call.body["url"]?.stringValue ?? "", name: name, tenant: call.tenant)
            }
            return JSONBody.response(["name": .string(name)], status: .created)
        },
        APIOperation(
            method: .post, path: "/v1/repositories/{name}/fetch", id: "fetch_repository",
            summary: "Bring a mirror up to date.", scope: .run,
            parameters: [.path("name", "The repository's name.")],
            successes: [.json(200, "It is up to date.", schema)], errors: [409, 422]
        ) { call in
            let name = try call.parameter("name")
            try await translating {
                try await call.state.work.mirrors.fetch(name: name, tenant: call.tenant)
            }
            return JSONBody.response(["name": .string(name)])
        },
        APIOperation(
            method: .delete, path: "/v1/repositories/{name}", id: "delete_repository",
            summary: "Remove a mirror.", scope: .run,
            parameters: [.path("name", "The repository's name.")],
            successes: [.empty("It is gone.")]
        ) { call in
            let name = try call.parameter("name")
            try await translating {
                try await call.state.work.mirrors.remove(name: name, tenant: call.tenant)
            }
            return Response(status: .noContent)
        },
    ]

    private static func translating(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as MirrorError {
            switch error.kind {
            // What is no name is the name of nothing.
            case .invalid: throw ServiceError.badRequest(error.description)
            case .hostNotAllowed:
                throw ServiceError(
                    .unprocessableContent, code: "host_not_allowed", message: error.description)
            case .exists: throw ServiceError.conflict(error.description)
            case .notFound:
                throw ServiceError(.notFound, code: "not_found", message: error.description)
            case .notFetched:
                throw ServiceError(
                    .unprocessableContent, code: "fetch_failed", message: error.description)
            }
        }
    }

    private static func repositories(_ state: ServiceState) -> ServiceRepositories {
        ServiceRepositories(
            named: state.configuration.repositories,
            mirrors: state.configuration.dataDirectory + "/mirrors")
    }
}
