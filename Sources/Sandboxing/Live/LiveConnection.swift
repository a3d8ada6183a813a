internal import Glibc
internal import JSONText
internal import LinuxKernel

/// One connection to a supervisor: frames in, frames out, and what it is used for.
final class LiveConnection {
    let socket: DescriptorBox
    private var incoming: [UInt8] = []
    private var outgoing: [ArraySlice<UInt8>] = []
    private var outgoingStart = 0
    private(set) var outgoingBytes = 0
    /// No more is read; gone once everything is written.
    private(set) var isClosing = false
    private(set) var isGone = false
    var use = Use.none

    enum Use {
        case none
        /// Is told every change; its end is the sandbox's end.
        case follow
        /// An order to pid 1 is under way.
        case waiting
        /// Follows a process's output; the number is of the next chunk.
        case output(HeldProcess, next: Int)
        case input(HeldProcess)
        case download(FileDownload)
        case upload(FileUpload)
        case restore(ArchiveReader)
        case watch(FileWatcher)
    }

    /// Beyond this a source is not read until the peer has taken some.
    static let highWater = 1 << 20
    /// The same of this connection, where there are very many.
    var highWater = LiveConnection.highWater
    private static let readBytes = 262_144
    private static let joinedBytes = 16_384

    init(_ socket: consuming OwnedDescriptor) { self.socket = DescriptorBox(socket) }

    var wantsWrite: Bool { outgoingBytes > 0 }
    var isBelowHighWater: Bool { outgoingBytes < highWater }

    // MARK: In

    struct Frame {
        let kind: LiveFrame.Kind
        let payload: ArraySlice<UInt8>
    }

    /// Whole frames that have come; `nil` at the end or a breach of the format.
    func receive() -> [Frame]? {
        var ended = false
        var buffer = [UInt8](repeating: 0, count: Self.readBytes)
        let count = Glibc.read(socket.raw, &buffer, buffer.count)
        if count > 0 {
            incoming += buffer.prefix(count)
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            ended = true
        }
        var frames: [Frame] = []
        var place = 0
        while incoming.count - place >= 5 {
            let length = (0..<4).reduce(0) { $0 << 8 | Int(incoming[place + $1]) }
            guard length >= 1, length <= LiveFrame.byteLimit,
                let kind = LiveFrame.Kind(rawValue: incoming[place + 4])
            else { return nil }
            guard incoming.count - place >= 4 + length else { break }
            frames.append(
                Frame(kind: kind, payload: incoming[(place + 5)..<(place + 4 + length)]))
            place += 4 + length
        }
        if place > 0 { incoming.removeFirst(place) }
        return ended && frames.isEmpty ? nil : frames
    }

    // MARK: Out

    func send(_ kind: LiveFrame.Kind, _ value: JSONValue) {
        queue(LiveFrame.encode(kind, value)[...])
    }

    func sendEnd() { queue(LiveFrame.encode(.end)[...]) }

    /// A data frame, whose bytes are not copied.
    func send(stream: UInt8, _ bytes: ArraySlice<UInt8>) {
        queue((LiveFrame.header(.data, payloadBytes: bytes.count + 1) + [stream])[...])
        queue(bytes)
    }

    func fail(_ failure: LiveFailure) {
        send(
            .failure,
            JSONValue(members: [
                ("code", .string(failure.code.rawValue)), ("message", .string(failure.message)),
            ]))
        close()
    }

    /// Answers, and that is all.
    func finish(_ reply: JSONValue) {
        send(.reply, reply)
        close()
    }

    /// The answer together with a descriptor; nothing else may have been sent before.
    func finish(_ reply: JSONValue, with descriptor: Int32) {
        do throws(SystemError) {
            try sendMessage(LiveFrame.encode(.reply, reply), with: descriptor, to: socket.raw)
            close()
        } catch {
            isGone = true
        }
    }

    func close() { isClosing = true }
    func drop() {
        use = .none
        isGone = true
    }

    private func queue(_ bytes: ArraySlice<UInt8>) {
        guard !isGone, !bytes.isEmpty else { return }
        outgoingBytes += bytes.count
        // Very many frames of a byte each are not to take a hundred times their size.
        if let count = outgoing.last?.count, count + bytes.count <= Self.joinedBytes {
            outgoing[outgoing.count - 1] += bytes
        } else {
            outgoing.append(bytes)
        }
    }

    /// Writes as much as the peer takes.
    func flush() {
        while outgoingBytes > 0 {
            var parts: [iovec] = []
            var held: [ArraySlice<UInt8>] = []
            for slice in outgoing[outgoingStart...].prefix(16) { held.append(slice) }
            let count = Self.write(held, to: socket.raw, &parts)
            guard count > 0 else {
                if errno != EAGAIN && errno != EINTR { drop() }
                return
            }
            take(count)
        }
    }

    private static func write(
        _ slices: [ArraySlice<UInt8>], to socket: Int32, _ parts: inout [iovec]
    ) -> Int {
        guard let slice = slices.first else { return writev(socket, parts, Int32(parts.count)) }
        return slice.withUnsafeBytes { bytes in
            // SAFETY: the kernel only reads what is to be written.
            parts.append(
                iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                    iov_len: bytes.count))
            return write(Array(slices.dropFirst()), to: socket, &parts)
        }
    }

    private func take(_ count: Int) {
        outgoingBytes -= count
        var rest = count
        while rest > 0 {
            let first = outgoing[outgoingStart]
            if rest < first.count {
                outgoing[outgoingStart] = first.dropFirst(rest)
                break
            }
            rest -= first.count
            outgoing[outgoingStart] = []
            outgoingStart += 1
        }
        if outgoingStart == outgoing.count || outgoingStart > 256 {
            outgoing.removeFirst(outgoingStart)
            outgoingStart = 0
        }
    }
}
