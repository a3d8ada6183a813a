internal import NIOCore
internal import RunModel

/// Receives the packets that have no allowed destination, records where they wanted to go, and
/// answers that it is administratively prohibited (RFC 1812, section 5.2.7.1; RFC 4443,
/// section 3.1), so that the program fails at once instead of waiting.
final class RefusedPacketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let log: ConnectionLog
    private let book: AddressBook
    /// Retransmissions are one attempt.
    private var seen: Set<[UInt8]> = []

    /// Frames come from the sandbox's end of a veth pair, and go back to it.
    private let hasEthernetHeader: Bool
    private static let ethernetBytes = 14
    /// Whether the kernel does not answer by itself.
    private let answers: Bool

    init(log: ConnectionLog, book: AddressBook, hasEthernetHeader: Bool, answers: Bool) {
        self.answers = answers
        self.hasEthernetHeader = hasEthernetHeader
        self.log = log
        self.book = book
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // One read of a tun device, or of a packet socket, is one packet.
        var packet = Array(unwrapInboundIn(data).readableBytesView)
        var header: [UInt8] = []
        if hasEthernetHeader {
            guard packet.count > Self.ethernetBytes else { return }
            // Back to where it came from: destination and source change places.
            header = Array(packet[6..<12] + packet[0..<6] + packet[12..<14])
            packet.removeFirst(Self.ethernetBytes)
        }
        guard let attempt = RefusedPacket(packet) else { return }
        if attempt.isWorthRecording, seen.count < ConnectionLog.capacity,
            seen.insert(attempt.flow).inserted
        {
            log.refuse(
                book.name(for: attempt.destination)?.text ?? attempt.destination.description,
                address: attempt.destination, port: attempt.port, rule: attempt.reason)
        }
        guard answers, let answer = attempt.prohibition else { return }
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(bytes: header + answer)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// One IP packet that may not leave.
struct RefusedPacket {
    let source: IPAddress
    let destination: IPAddress
    let port: UInt16
    private let transport: UInt8
    private let packet: [UInt8]

    init?(_ packet: [UInt8]) {
        guard let first = packet.first else { return nil }
        let header: Int
        switch first >> 4 {
        case 4:
            header = Int(first & 0x0f) * 4
            guard header >= 20, packet.count >= header,
                let source = IPAddress(bytes: Array(packet[12..<16])),
                let destination = IPAddress(bytes: Array(packet[16..<20]))
            else { return nil }
            (self.source, self.destination, transport) = (source, destination, packet[9])
        case 6:
            header = 40
            guard packet.count >= header, let source = IPAddress(bytes: Array(packet[8..<24])),
                let destination = IPAddress(bytes: Array(packet[24..<40]))
            else { return nil }
            (self.source, self.destination, transport) = (source, destination, packet[6])
        default: return nil
        }
        let hasPorts = (transport == 6 || transport == 17) && packet.count >= header + 4
        port = hasPorts ? UInt16(packet[header + 2]) << 8 | UInt16(packet[header + 3]) : 0
        self.packet = packet
    }

    /// What makes two packets the same attempt.
    var flow: [UInt8] { destination.bytes + [transport, UInt8(port >> 8), UInt8(port & 0xff)] }

    /// The kernel's own chatter on a new interface is nobody's attempt.
    var isWorthRecording: Bool {
        !(transport == 0 || destination.bytes.count == 16 && destination.bytes[0] == 0xff)
    }

    var reason: String {
        let what =
            switch transport {
            case 1, 58: "ICMP"
            case 6: "TCP to an address"
            case 17: port == 443 ? "UDP (QUIC)" : "UDP"
            default: "protocol \(transport)"
            }
        let kind = SpecialAddresses.kind(of: destination).map { " (\($0))" } ?? ""
        return "\(what)\(kind) is refused; connect to an allowed name"
    }

    var prohibition: [UInt8]? {
        isWorthRecording && transport != 1 && transport != 58 || transport == 1 && packet.count > 20
            ? (source.isVersion4 ? version4Prohibition : version6Prohibition) : nil
    }

    private var version4Prohibition: [UInt8] {
        var icmp: [UInt8] = [3, 13, 0, 0, 0, 0, 0, 0] + packet.prefix(28)
        Self.writeChecksum(of: icmp, into: &icmp, at: 2)
        let total = 20 + icmp.count
        var header: [UInt8] =
            [0x45, 0, UInt8(total >> 8), UInt8(total & 0xff), 0, 0, 0, 0, 64, 1, 0, 0]
            + destination.bytes + source.bytes
        Self.writeChecksum(of: header, into: &header, at: 10)
        return header + icmp
    }

    private var version6Prohibition: [UInt8] {
        var icmp: [UInt8] = [1, 1, 0, 0, 0, 0, 0, 0] + packet.prefix(512)
        let pseudo =
            destination.bytes + source.bytes + [
                0, 0, UInt8(icmp.count >> 8), UInt8(icmp.count & 0xff), 0, 0, 0, 58,
            ]
        Self.writeChecksum(of: pseudo + icmp, into: &icmp, at: 2)
        return [0x60, 0, 0, 0, UInt8(icmp.count >> 8), UInt8(icmp.count & 0xff), 58, 64]
            + destination.bytes + source.bytes + icmp
    }

    /// The Internet checksum (RFC 1071).
    private static func writeChecksum(of bytes: [UInt8], into target: inout [UInt8], at offset: Int)
    {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum +=
                UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        }
        while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
        let value = ~UInt16(sum)
        target[offset] = UInt8(value >> 8)
        target[offset + 1] = UInt8(value & 0xff)
    }
}
