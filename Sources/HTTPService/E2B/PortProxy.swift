internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Orchestration
internal import Sandboxing

/// Takes requests for a program's own port inside a sandbox there, before any route sees them.
struct PortProxyMiddleware: RouterMiddleware {
    typealias Context = ServiceContext
    let state: ServiceState

    func handle(
        _ request: Request, context: Context, next: NextResponder
    ) async throws -> Response {
        guard let address = SandboxAddress(request),
            address.port != SandboxAddress.dataPlanePort
        else { return try await next(request, context) }
        do {
            guard (1...65_535).contains(address.port) else {
                throw ServiceError.badRequest("e2b-sandbox-port is not between 1 and 65535")
            }
            let access = DataPlaneAccess(state: state)
            let sandbox = try await access.find(address.identifier)
            try access.authoriseTraffic(request, sandbox)
            try RequestLoad.current?.belongs(to: sandbox.note.tenant)
            let exchange = PortExchange(sandbox: sandbox, port: address.port, state: state)
            if PortExchange.isUpgrade(request) {
                return try await exchange.upgrade(request, context: context)
            }
            return try await exchange.forward(request)
        } catch let error as ServiceError {
            return E2BErrorBody.response(to: error, requestID: context.requestID)
        }
    }
}

/// One request to a port inside, over a connection of its own.
struct PortExchange {
    let sandbox: E2BSandbox
    let port: Int
    let state: ServiceState

    /// What concerns one connection only (RFC 9110, 7.6.1), and this service's own headers: a
    /// program inside never sees a token.
    static let withheld: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "e2b-sandbox-id", "e2b-sandbox-port",
        "e2b-traffic-access-token", "x-access-token", "x-api-key",
    ]

    /// What a program inside sees of a request's headers.
    static func passedOn(_ request: Request) -> [HTTPField] {
        request.headers.filter { field in
            if withheld.contains(field.name.canonicalName) { return false }
            // A program may have an authorization of its own; a key to this service is none.
            return field.name != .authorization
                || AuthenticationMiddleware.key(in: [.authorization: field.value])
                    .flatMap(KeyIssuer.parts) == nil
        }
    }

    /// A socket to the program.
    func connect() async throws -> CInt {
        do {
            return try await state.e2b.sandboxes.connect(sandbox.identifier, port: port)
        } catch let failure as LiveFailure {
            guard failure.code != .notFound else {
                throw ServiceError.sandboxGone(sandbox.identifier)
            }
            throw ServiceError(
                .badGateway, code: "port_closed",
                message: "The sandbox is running but port is not open: \(port)")
        }
    }

    func forward(_ request: Request) async throws -> Response {
        let socket = try await connect()
        let handler = PortResponseHandler()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(handler)
                }
            }
            .withConnectedSocket(socket).get()
        do {
            try await send(request, to: channel)
            return try await response(channel, handler)
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    /// What the program is called by.
    func host(_ request: Request) -> String {
        sandbox.note.maskedHost.map { $0.replacing("${PORT}", with: "\(port)") }
            ?? request.head.authority ?? "localhost:\(port)"
    }

    private func send(_ request: Request, to channel: any Channel) async throws {
        var head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method.rawValue),
            uri: request.head.path ?? "/")
        for field in Self.passedOn(request) {
            head.headers.add(name: field.name.rawName, value: field.value)
        }
        head.headers.replaceOrAdd(name: "host", value: host(request))
        if let name = HTTPField.Name("transfer-encoding"), request.headers[name] != nil {
            head.headers.replaceOrAdd(name: "transfer-encoding", value: "chunked")
        }
        head.headers.replaceOrAdd(name: "connection", value: "close")
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        for try await part in request.body {
            try await channel.writeAndFlush(HTTPClientRequestPart.body(.byteBuffer(part)))
        }
        try await channel.writeAndFlush(HTTPClientRequestPart.end(nil))
    }

    private func response(
        _ channel: any Channel, _ handler: PortResponseHandler
    ) async throws -> Response {
        guard case .message(.head(let head)) = try await handler.parts.take(from: channel) else {
            throw ServiceError(
                .badGateway, code: "port_closed",
                message: "the program on port \(port) closed the connection without an answer")
        }
        var headers = HTTPFields()
        for (name, value) in head.headers where !Self.withheld.contains(name.lowercased()) {
            if let name = HTTPField.Name(name) {
                headers.append(HTTPField(name: name, value: value))
            }
        }
        let length = headers[.contentLength].flatMap(Int.init)
        return Response(
            status: HTTPResponse.Status(code: Int(head.status.code)), headers: headers,
            body: ResponseBody(contentLength: length) { writer in
                defer { channel.close(promise: nil) }
                while true {
                    switch try await handler.parts.take(from: channel) {
                    case .message(.body(let bytes)): try await writer.write(bytes)
                    case .message(.end):
                        try await writer.finish(nil)
                        return
                    default:
                        throw LiveFailure(.unavailable, "the program inside broke its answer off")
                    }
                }
            })
    }
}

/// Answers of a program inside, no faster than the client takes them.
final class PortResponseHandler: ChannelDuplexHandler, Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    let parts = PullQueue<HTTPClientResponsePart>()

    func read(context: ChannelHandlerContext) {
        if parts.mayRead() { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        var bytes = 0
        if case .body(let buffer) = part { bytes = buffer.readableBytes }
        parts.push(part, bytes: bytes)
    }

    func channelInactive(context: ChannelHandlerContext) {
        parts.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        parts.fail(error)
        context.close(promise: nil)
    }
}
