internal import Digests
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import NIOCore
internal import Orchestration
internal import Sandboxing

/// Uploads and downloads, and whether a sandbox is well: the plain HTTP part of E2B's data plane.
enum FilesRoutes: RouteGroup {
    static let requiresKey = false
    static var errors: any ErrorBody.Type { ConnectErrorBody.self }

    static func add(to routes: RecordingRoutes, state: ServiceState) {
        let access = DataPlaneAccess(state: state)
        routes.get("health") { request, _ in
            if SandboxAddress(request) != nil { _ = try await access.sandbox(request) }
            return Response(status: .noContent)
        }
        routes.get("files") { request, _ in
            let sandbox = try await authorised(request, access, "read")
            return try await download(request, sandbox, state)
        }
        routes.post("files") { request, _ in
            let sandbox = try await authorised(request, access, "write")
            return try await upload(request, sandbox, state)
        }
        routes.get("envs") { request, _ in
            let sandbox = try await access.authorised(request)
            return JSONBody.response(
                JSONValue(stringMap: sandbox.record.specification.environment))
        }
    }

    // MARK: Access

    /// By a token, or by a signature in the address, which a browser can use.
    private static func authorised(
        _ request: Request, _ access: DataPlaneAccess, _ operation: String
    ) async throws -> E2BSandbox {
        let sandbox = try await access.sandbox(request)
        let query = FormQuery(request)
        try DataPlaneAccess.checkUser(query["username"])
        guard let signature = query["signature"] else {
            try await access.authorise(request, sandbox)
            try DataPlaneAccess.checkUser(request)
            return sandbox
        }
        var parts = [
            query["path"] ?? "", operation,
            query["username"] ?? "", sandbox.note.accessToken,
        ]
        if let text = query["signature_expiration"] {
            guard let end = UInt64(text) else {
                throw ServiceError.unauthenticated("signature_expiration is no time")
            }
            guard end >= Timestamps.nowMilliseconds / 1000 else {
                throw ServiceError.unauthenticated("the signature of this address has expired")
            }
            parts.append(text)
        }
        let digest = SHA256Digest(of: parts.joined(separator: ":"))
        let expected = "v1_" + Data(digest.bytes).base64EncodedString().filter { $0 != "=" }
        // A plus sign that was not encoded arrives as a space.
        guard SecretText.isEqual(signature.replacing(" ", with: "+"), expected) else {
            throw ServiceError.unauthenticated("the signature of this address is not valid")
        }
        try RequestLoad.current?.belongs(to: sandbox.note.tenant)
        return sandbox
    }

    // MARK: Out

    private static func download(
        _ request: Request, _ sandbox: E2BSandbox, _ state: ServiceState
    ) async throws -> Response {
        guard let path = FormQuery(request)["path"] else {
            throw ServiceError.badRequest("path is missing")
        }
        let (call, size) = try await translatingFailures {
            let call = try await state.e2b.sandboxes.open(
                sandbox.identifier, "read", [("path", .string(path))])
            return (call, try await call.reply()["size_bytes"]?.integerValue ?? 0)
        }
        let name = path.split(separator: "/").last.map(String.init) ?? "file"
        let shown = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "file"
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .cacheControl: "no-store",
            .contentDisposition: "attachment; filename*=UTF-8''\(shown)",
        ]
        headers[.contentLength] = "\(size)"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(contentLength: size) { writer in
                while let message = try await call.next() {
                    switch message {
                    case .data(_, let bytes): try await writer.write(bytes)
                    case .end:
                        try await writer.finish(nil)
                        return
                    default: break
                    }
                }
                // A file that became shorter: the client sees a broken answer, not a short file.
                throw LiveFailure(.unavailable, "the sandbox ended during a download")
            })
    }

    // MARK: In

    private static func upload(
        _ request: Request, _ sandbox: E2BSandbox, _ state: ServiceState
    ) async throws -> Response {
        let path = FormQuery(request)["path"]
        let attributes = metadata(request)
        let type = request.headers[.contentType] ?? ""
        var entries: [JSONValue] = []
        if type.lowercased().hasPrefix("multipart/form-data") {
            guard var reader = MultipartReader(request.body, contentType: type) else {
                throw ServiceError.badRequest("the Content-Type names no boundary")
            }
            while let part = try await reader.nextPart() {
                guard part.name == "file" else {
                    while try await reader.content() != nil {}
                    continue
                }
                guard let target = path ?? part.fileName, !target.isEmpty else {
                    throw ServiceError.badRequest("a file has neither a path nor a file name")
                }
                let upload = try await Upload(target, attributes, sandbox, state)
                while let bytes = try await reader.content() { try await upload.write(bytes) }
                entries.append(try await upload.finish())
            }
        } else {
            guard let path, !path.isEmpty else { throw ServiceError.badRequest("path is missing") }
            let upload = try await Upload(path, attributes, sandbox, state)
            switch request.headers[.contentEncoding]?.lowercased() {
            case nil, "identity":
                for try await part in request.body {
                    try await upload.write(Array(part.readableBytesView)[...])
                }
            case "gzip":
                do {
                    let inflater = try GzipInflater()
                    for try await part in request.body {
                        try await inflater.write(Array(part.readableBytesView)) { bytes in
                            try await upload.write(bytes)
                        }
                    }
                    try inflater.finish()
                } catch is GzipInflater.Failure {
                    throw ServiceError.badRequest("the body is no gzip, or is cut off")
                }
            case .some(let other):
                throw ServiceError(
                    .unsupportedMediaType, code: "invalid_request",
                    message: "the Content-Encoding \(other) is not taken; send gzip or none")
            }
            entries.append(try await upload.finish())
        }
        guard !entries.isEmpty else { throw ServiceError.badRequest("the body has no file") }
        return JSONBody.response(.array(entries))
    }

    /// `X-Metadata-<key>` headers; values may be percent-encoded.
    private static func metadata(_ request: Request) -> [String: String] {
        var map: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            guard name.hasPrefix("x-metadata-") else { continue }
            map[String(name.dropFirst("x-metadata-".count))] = field.value
        }
        return map
    }

    /// One file on its way into a sandbox.
    private struct Upload {
        private let call: LiveCall

        init(
            _ path: String, _ attributes: [String: String], _ sandbox: E2BSandbox,
            _ state: ServiceState
        ) async throws {
            call = try await translatingFailures {
                try await state.e2b.sandboxes.open(
                    sandbox.identifier, "write",
                    [("path", .string(path)), ("attributes", JSONValue(stringMap: attributes))])
            }
        }

        func write(_ bytes: ArraySlice<UInt8>) async throws {
            do { try await call.send(ByteBuffer(bytes: bytes)) } catch {
                // The other end has closed after it said why.
                _ = try await translatingFailures { try await call.reply() }
                throw error
            }
        }

        func finish() async throws -> JSONValue {
            try await translatingFailures {
                try await call.sendEnd()
                let entry = try await call.reply()["entry"]
                let attributes = entry?["attributes"]
                return JSONValue(members: [
                    ("name", entry?["name"]), ("path", entry?["path"]), ("type", "file"),
                    (
                        "metadata",
                        attributes?.members?.isEmpty == false ? attributes : JSONValue?.none
                    ),
                ])
            }
        }
    }
}
