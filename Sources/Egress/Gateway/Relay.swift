internal import NIOCore

/// Passes bytes from one channel to its partner, at the pace at which the partner takes them, and
/// half-closes along.
final class RelayHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    private var partner: RelayHandler?
    private var wantsRead = false
    private(set) var bytes: UInt64 = 0
    private let onClose: () -> Void

    private init(onClose: @escaping () -> Void) { self.onClose = onClose }

    /// Two handlers for two channels on the same event loop; `onClose` runs once for each.
    static func pair(onClose: @escaping () -> Void) -> (RelayHandler, RelayHandler) {
        let first = RelayHandler(onClose: onClose)
        let second = RelayHandler(onClose: onClose)
        first.partner = second
        second.partner = first
        return (first, second)
    }

    /// Counts bytes that were forwarded before this handler was there.
    func count(_ bytes: Int) { self.bytes += UInt64(bytes) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += UInt64(unwrapInboundIn(data).readableBytes)
        partner?.context?.write(data, promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.context?.flush()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.context?.close(promise: nil)
        onClose()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            partner?.context?.close(mode: .output, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, let partner, partner.wantsRead {
            partner.wantsRead = false
            partner.context?.read()
        }
        context.fireChannelWritabilityChanged()
    }

    /// Reads are asked for only while the partner can take what they bring.
    func read(context: ChannelHandlerContext) {
        if partner?.context?.channel.isWritable ?? true {
            context.read()
        } else {
            wantsRead = true
        }
    }
}
