internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JSONText

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
            let url = try RepositoryMirror.checked(
                call.body["url"]?.stringValue ?? "", state: call.state)
            guard ServiceRepositories.isName(name) else {
                throw ServiceError.badRequest("name takes letters, digits, dots and dashes")
            }
            let known = repositories(call.state)
            guard !known.names(tenant: call.tenant).contains(name),
                let path = known.mirror(name, tenant: call.tenant)
            else { throw ServiceError.conflict("there is a repository \(name) already") }
            try await RepositoryMirror.clone(url, to: path)
            return JSONBody.response(["name": .string(name)], status: .created)
        },
        APIOperation(
            method: .post, path: "/v1/repositories/{name}/fetch", id: "fetch_repository",
            summary: "Bring a mirror up to date.", scope: .run,
            parameters: [.path("name", "The repository's name.")],
            successes: [.json(200, "It is up to date.", schema)], errors: [409, 422]
        ) { call in
            let name = try call.parameter("name")
            guard let path = repositories(call.state).mirror(name, tenant: call.tenant),
                FileManager.default.fileExists(atPath: path)
            else { throw ServiceError.notFound("mirror \(name)") }
            try await RepositoryMirror.fetch(path)
            return JSONBody.response(["name": .string(name)])
        },
        APIOperation(
            method: .delete, path: "/v1/repositories/{name}", id: "delete_repository",
            summary: "Remove a mirror.", scope: .run,
            parameters: [.path("name", "The repository's name.")],
            successes: [.empty("It is gone.")]
        ) { call in
            let name = try call.parameter("name")
            guard let path = repositories(call.state).mirror(name, tenant: call.tenant),
                FileManager.default.fileExists(atPath: path)
            else { throw ServiceError.notFound("mirror \(name)") }
            try FileManager.default.removeItem(atPath: path)
            return Response(status: .noContent)
        },
    ]

    private static func repositories(_ state: ServiceState) -> ServiceRepositories {
        ServiceRepositories(
            named: state.configuration.repositories,
            mirrors: state.configuration.dataDirectory + "/mirrors")
    }
}
