internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOPosix
internal import Orchestration

/// WebSockets, and whatever else begins with an upgrade of HTTP/1.1, to a program's port.
extension PortExchange {
    private static let name = HTTPField.Name("upgrade")

    static func isUpgrade(_ request: Request) -> Bool {
        name.flatMap { request.headers[$0] } != nil
            && request.headers[.connection]?.lowercased().contains("upgrade") == true
    }

    /// Returns when the tunnel is closed; until then it has the connection for itself.
    func upgrade(_ request: Request, context: ServiceContext) async throws -> Response {
        let socket = try await connect()
        let loop = context.channel.eventLoop
        let answered = loop.makePromise(of: ByteBuffer.self)
        let ended = loop.makePromise(of: Void.self)
        let head = head(of: request)
        let inner = try await ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        TunnelExit(answered: answered, ended: ended))
                }
            }
            .withConnectedSocket(socket).get()
        do {
            try await inner.writeAndFlush(ByteBuffer(string: head))
            let answer = try await answered.futureResult.get()
            guard Self.status(of: answer) == 101 else {
                throw ServiceError(
                    .badGateway, code: "upgrade_refused",
                    message:
                        "the program on port \(port) does not agree to the upgrade: it answers "
                        + "\(Self.status(of: answer))")
            }
            let outer = context.channel
            try await loop.submit {
                let exit = try inner.pipeline.syncOperations.handler(type: TunnelExit.self)
                let entrance = try outer.pipeline.syncOperations.handler(
                    type: TunnelEntrance.self)
                exit.open(from: entrance)
                entrance.open(to: exit, first: answer)
            }.get()
        } catch {
            inner.close(promise: nil)
            throw error as? ServiceError
                ?? ServiceError(
                    .badGateway, code: "port_closed",
                    message: "the program on port \(port) closed the connection without an answer")
        }
        try await withTaskCancellationHandler {
            try await ended.futureResult.get()
        } onCancel: {
            inner.close(promise: nil)
        }
        // Nobody reads this: the connection is the tunnel's, and over.
        return Response(status: .switchingProtocols)
    }

    private static func status(of answer: ByteBuffer) -> Int {
        let line = String(buffer: answer).split(separator: "\r\n").first ?? ""
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// The request as the program gets it: the parser let through nothing that could end a line.
    private func head(of request: Request) -> String {
        var lines = ["\(request.method.rawValue) \(request.head.path ?? "/") HTTP/1.1"]
        for field in Self.passedOn(request) {
            lines.append("\(field.name.rawName): \(field.value)")
        }
        lines.append("host: \(host(request))")
        lines.append("connection: Upgrade")
        if let name = Self.name, let value = request.headers[name] {
            lines.append("upgrade: \(value)")
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }
}
