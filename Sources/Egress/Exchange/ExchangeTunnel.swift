internal import NIOCore
internal import RunModel

/// A WebSocket: its handshake was judged like every request, its messages pass unread. What the rules
/// no longer allow ends at once, and a credential's secret is looked for in what comes back.
extension ExchangeHandler {
    static let tunnelOutcome = "101 WebSocket"

    func isAnswered(by head: HTTPResponseHead) -> Bool {
        current?.handshake?.isAnswered(by: head) ?? false
    }

    func upstreamAgreed(_ head: HTTPResponseHead) {
        guard let context, let exchange = current else { return }
        if let credential = exchange.credential {
            let text = Array(head.fields.map(\.value).joined(separator: "\n").utf8)
            guard !credential.secrets.contains(where: { SecretScanner.contains($0, in: text) })
            else { return leaked(credential) }
        }
        var text = "HTTP/1.1 101 Switching Protocols\r\n"
        for field in head.fields.withoutConnectionFields + WebSocketHandshake.fields {
            text += "\(field.name): \(field.value)\r\n"
        }
        current?.status = head.status
        state = .tunnelling
        gateway.trackTunnel(context.channel, target: exchange.head.target)
        write(text + "\r\n")
        if gateway.recorder != nil {
            gateway.log.refuse(
                name.text, port: port, rule: "a WebSocket cannot be recorded; it is only carried")
        }
        let early = context.channel.allocator.buffer(bytes: input)
        input = []
        if early.readableBytes > 0 { forward(early) }
        pauseReading(!(link?.isWritable ?? false))
    }

    func forward(_ buffer: ByteBuffer) {
        guard let link else { return }
        current?.sent += UInt64(buffer.readableBytes)
        link.write(buffer)
        if !link.isWritable { pauseReading(true) }
    }

    func upstreamMessage(_ slice: ArraySlice<UInt8>) {
        guard let context, let exchange = current else { return }
        var slice = slice
        if let credential = exchange.credential {
            guard let passed = current?.scanner?.pass(slice) else { return leaked(credential) }
            slice = passed
        }
        guard !slice.isEmpty else { return }
        current?.received += UInt64(slice.count)
        context.write(
            wrapOutboundOut(context.channel.allocator.buffer(bytes: slice)), promise: nil)
    }

    func upstreamTunnelEnded() {
        guard case .tunnelling = state else { return }
        record(verdict: "allowed", outcome: Self.tunnelOutcome)
        state = .closed
        current = nil
        link = nil
        closeWhenWritten()
    }
}
