internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import JSONText
internal import NIOCore
internal import Orchestration
internal import RunStore

/// Any job, by its id: state, log, artifacts, cancelling, removing.
enum JobOperations: APIGroup {
    private static let id = APIOperation.Parameter.path("id", "The job's id.")

    static let operations: [APIOperation] = [
        APIOperation(
            method: .get, path: "/v1/jobs", id: "list_jobs", summary: "The latest jobs.",
            scope: .read,
            parameters: [
                APISchemas.limit, APISchemas.before,
                .query(
                    "state", "Only jobs in this state.",
                    [
                        "type": "string",
                        "enum": ["queued", "running", "ended", "failed", "cancelled"],
                    ]),
            ], successes: [.json(200, "A page.", APISchemas.page(of: "Job"))]
        ) { call in
            try await JobAnswers.list(kind: nil, call)
        },
        APIOperation(
            method: .get, path: "/v1/jobs/{id}", id: "get_job", summary: "One job.", scope: .read,
            parameters: [id, APISchemas.patience],
            successes: [.json(200, "The job.", APISchemas.reference("Job"))]
        ) { call in
            let job = try await JobAnswers.settled(JobAnswers.find(call), call)
            return JSONBody.response(await JobAnswers.json(job, call.state))
        },
        APIOperation(
            method: .delete, path: "/v1/jobs/{id}", id: "delete_job",
            summary: "Remove a job that is over, with its log and artifacts.", scope: .run,
            parameters: [id], successes: [.empty("It is gone.")], errors: [409]
        ) { call in
            let job = try await JobAnswers.find(call)
            guard job.state.isFinal else {
                throw ServiceError.conflict("the job is \(job.state.rawValue); cancel it first")
            }
            try await call.state.work.remove(job: job.id)
            return Response(status: .noContent)
        },
        APIOperation(
            method: .post, path: "/v1/jobs/{id}/cancel", id: "cancel_job",
            summary: "End a job; one that is over stays as it is.", scope: .run,
            parameters: [id],
            successes: [.json(202, "The job.", APISchemas.reference("Job"))]
        ) { call in
            let job = try await JobAnswers.find(call)
            try await call.state.work.jobs.cancel(job.id)
            return JSONBody.response(
                await JobAnswers.json(try await JobAnswers.find(call), call.state),
                status: .accepted)
        },
        APIOperation(
            method: .get, path: "/v1/jobs/{id}/log", id: "get_job_log",
            summary: "What the job wrote so far.", scope: .read, parameters: [id],
            successes: [.text("text/plain", "The log.")]
        ) { call in
            let (job, store) = (try await JobAnswers.find(call), call.state.store)
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody { writer in
                    var sequence: Int64 = 0
                    while let page = try await JobLog.page(of: job, after: sequence, store) {
                        sequence = page.lastSequence
                        try await writer.write(ByteBuffer(bytes: page.bytes))
                    }
                    try await writer.finish(nil)
                })
        },
        APIOperation(
            method: .get, path: "/v1/jobs/{id}/artifacts", id: "list_artifacts",
            summary: "Files that the job left.", scope: .read, parameters: [id],
            successes: [
                .json(
                    200, "Names and sizes.",
                    APISchemas.object(
                        [
                            (
                                "items",
                                [
                                    "type": "array",
                                    "items": APISchemas.object(
                                        [
                                            ("name", APISchemas.text),
                                            ("size_bytes", ["type": "integer"]),
                                        ], required: ["name", "size_bytes"]),
                                ]
                            )
                        ], required: ["items"]))
            ]
        ) { call in
            let job = try await JobAnswers.find(call)
            let list = try call.state.work.artifacts.list(job: job.id)
            return JSONBody.response([
                "items": .array(
                    list.map { ["name": .string($0.name), "size_bytes": JSONValue($0.bytes)] })
            ])
        },
        APIOperation(
            method: .get, path: "/v1/jobs/{id}/artifacts/{name}", id: "get_artifact",
            summary: "One file that the job left.", scope: .read,
            parameters: [id, .path("name", "Its name.")],
            successes: [.text("application/octet-stream", "The file.")]
        ) { call in
            try await artifact(call, name: call.parameter("name"))
        },
        APIOperation(
            method: .get, path: "/v1/jobs/{id}/attestation", id: "get_attestation",
            summary: "The signed attestation of a verification.", scope: .read, parameters: [id],
            successes: [.text("application/octet-stream", "A DSSE bundle.")]
        ) { call in
            try await artifact(call, name: "attestation.json")
        },
    ]

    private static func artifact(_ call: APICall, name: String) async throws -> Response {
        let job = try await JobAnswers.find(call)
        guard let content = try? call.state.work.artifacts.read(name, job: job.id) else {
            throw ServiceError.notFound("artifact of this name")
        }
        return bytes(ByteBuffer(bytes: content), type: "application/octet-stream")
    }

    private static func bytes(_ content: ByteBuffer, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: content))
    }
}
