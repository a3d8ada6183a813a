internal import NIOCore

/// Answers the sandbox's name queries: allowed names get an address that means them and nothing
/// else, every other name does not exist (threat 61).
final class ResolverHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let gateway: EgressGateway

    init(gateway: EgressGateway) { self.gateway = gateway }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        // What cannot be read cannot be answered: the asker times out.
        guard let query = try? DNSQuery(Array(envelope.data.readableBytesView)) else { return }
        let answer = gateway.answer(query)
        let buffer = context.channel.allocator.buffer(bytes: answer.bytes)
        context.writeAndFlush(
            wrapOutboundOut(AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: buffer)),
            promise: nil)
    }

    /// A refused datagram of another's (ICMP errors) is no reason to stop answering.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
