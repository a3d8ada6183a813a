internal import Glibc
internal import LinuxKernel

/// Feeds the command's standard input through a pipe, without ever waiting for it.
struct InputPump: ~Copyable {
    private var sink: OwnedDescriptor?
    private var pending: [UInt8]
    private var offset = 0
    /// The caller's descriptor that more comes from, or -1.
    private var source: Int32
    private static let chunkBytes = 65536

    init(_ input: StandardInput, to sink: consuming OwnedDescriptor?) {
        self.sink = sink
        switch input {
        case .empty:
            pending = []
            source = -1
        case .bytes(let bytes):
            pending = bytes
            source = -1
        case .descriptor(let raw):
            pending = []
            source = raw
        }
        closeWhenDone()
    }

    private var sinkDescriptor: Int32 {
        switch sink {
        case .some(let descriptor): descriptor.raw
        case .none: -1
        }
    }

    /// What to wait for: room in the pipe, or more input.
    func interest() -> pollfd? {
        guard sinkDescriptor >= 0 else { return nil }
        if offset < pending.count {
            return pollfd(fd: sinkDescriptor, events: Int16(POLLOUT), revents: 0)
        }
        guard source >= 0 else { return nil }
        return pollfd(fd: source, events: Int16(POLLIN), revents: 0)
    }

    /// Moves on after `interest` became ready.
    mutating func advance() {
        let raw = sinkDescriptor
        guard raw >= 0 else { return }
        if offset < pending.count {
            let written = pending.withUnsafeBytes { bytes in
                write(raw, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
            }
            if written > 0 {
                offset += written
            } else if errno != EAGAIN && errno != EINTR {
                // The command closed its input: nothing more is wanted.
                offset = pending.count
                source = -1
            }
        } else if source >= 0 {
            refill()
        }
        closeWhenDone()
    }

    private mutating func refill() {
        var bytes = [UInt8](repeating: 0, count: Self.chunkBytes)
        let count = read(source, &bytes, bytes.count)
        if count > 0 {
            pending = Array(bytes.prefix(count))
            offset = 0
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            source = -1
        }
    }

    private mutating func closeWhenDone() {
        if offset >= pending.count && source < 0 { sink = nil }
    }

    mutating func attach(_ descriptor: consuming OwnedDescriptor) { sink = consume descriptor }
}
