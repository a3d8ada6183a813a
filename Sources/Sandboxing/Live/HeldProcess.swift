internal import Glibc
internal import JSONText
internal import LinuxKernel

/// A process of a living sandbox, with what it printed and what it is still to read.
///
/// Its output is kept within a bound, also beyond its end, so that who comes back misses nothing.
/// While somebody listens who has not had it all, the process waits instead of losing any.
final class HeldProcess {
    /// Its number inside; 0 until it has started.
    var identifier: Int32 = 0
    let order: ProcessOrder
    /// A name to find it by, given by who started it.
    let tag: String?
    /// What its starter wants to find again; not looked at.
    let note: JSONValue

    struct Source {
        let stream: UInt8
        var descriptor: DescriptorBox?
    }
    var sources: [Source] = []
    /// The terminal's master side, or the write end of standard input.
    var input: DescriptorBox?
    private(set) var pendingInput: [ArraySlice<UInt8>] = []
    private(set) var pendingInputBytes = 0
    private var closesInput = false

    struct Chunk {
        let stream: UInt8
        var bytes: [UInt8]
    }
    /// The oldest first; its number is `firstChunk`.
    private(set) var chunks: [Chunk?] = []
    private var chunkStart = 0
    private(set) var firstChunk = 0
    /// The first chunk that nobody has been sent: one before it does not change any more.
    private var firstUnsent = 0
    /// The first that a listener still needs; `max` when nobody listens.
    var floor = Int.max
    /// With what chunks take beside their bytes.
    private(set) var keptBytes = 0
    /// What was left out beyond the bound while nobody listened; who listens has had it.
    private(set) var droppedBytes: UInt64 = 0

    /// Monotonic milliseconds after which it is killed, and whether it was.
    var deadline: Double?
    var isPastDeadline = false
    /// As in `wait(2)`.
    var waitStatus: Int32?
    /// When it stops waiting for others that hold its output open.
    var lingersUntil: Double?
    /// Monotonic milliseconds; set once everything it printed is read.
    var finishedAt: Double?
    let startedAt: String

    static let keptLimit = 2 << 20
    private static let chunkBytes = 65536
    private static let chunkOverheadBytes = 64
    private static let inputLimit = 4 << 20

    init(order: ProcessOrder, tag: String?, note: JSONValue) {
        self.order = order
        self.tag = tag
        self.note = note
        startedAt = Clock.timestamp
    }

    var isRunning: Bool { finishedAt == nil }
    var endChunk: Int { firstChunk + chunks.count - chunkStart }

    /// A chunk to be sent.
    func takeChunk(_ number: Int) -> Chunk? {
        let index = number - firstChunk + chunkStart
        guard chunks.indices.contains(index) else { return nil }
        firstUnsent = max(firstUnsent, number + 1)
        return chunks[index]
    }

    /// Somebody listens, who needs what comes from this chunk on.
    func needs(_ chunk: Int) { floor = min(floor, chunk) }

    // MARK: Output

    /// Reads once from a source. What is before `floor` may go.
    ///
    /// - Parameter limit: bytes beyond which it does.
    func read(_ index: Int, limit: Int) {
        guard let descriptor = sources[index].descriptor else { return }
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, used in
            count = Glibc.read(descriptor.raw, buffer.baseAddress, buffer.count)
            used = max(0, count)
        }
        guard count > 0 else {
            // A terminal whose other side is closed everywhere reads EIO.
            if count == 0 || (errno != EAGAIN && errno != EINTR) { sources[index].descriptor = nil }
            return
        }
        append(bytes, of: sources[index].stream)
        trim(limit: limit)
    }

    /// Small writes that nobody has been sent yet become one chunk, and none takes more memory than
    /// it has bytes: a program that prints a byte at a time is not to fill this one's memory.
    private func append(_ bytes: [UInt8], of stream: UInt8) {
        if endChunk > max(firstUnsent, firstChunk), let last = chunks[chunks.count - 1],
            last.stream == stream, last.bytes.count + bytes.count <= Self.chunkBytes / 8
        {
            chunks[chunks.count - 1]?.bytes += bytes
            keptBytes += bytes.count
            return
        }
        let isSmall = bytes.count < Self.chunkBytes / 2
        // From the memory: an array of an array has the same buffer, with all of its capacity.
        let fitting = isSmall ? bytes.withUnsafeBufferPointer { Array($0) } : bytes
        chunks.append(Chunk(stream: stream, bytes: fitting))
        keptBytes += bytes.count + Self.chunkOverheadBytes
    }

    /// Leaves out the oldest, beyond a limit.
    func trim(limit: Int) {
        while keptBytes > limit, firstChunk < floor, chunkStart < chunks.count - 1 {
            let size = chunks[chunkStart]?.bytes.count ?? 0
            keptBytes -= size + Self.chunkOverheadBytes
            if floor == .max { droppedBytes += UInt64(size) }
            chunks[chunkStart] = nil
            chunkStart += 1
            firstChunk += 1
        }
        if chunkStart > 256, chunkStart > chunks.count / 2 {
            chunks.removeFirst(chunkStart)
            chunkStart = 0
        }
    }

    // MARK: Input

    var wantsInput: Bool { input != nil && pendingInput.first != nil }
    var canTakeInput: Bool { pendingInputBytes < Self.inputLimit }

    func write(_ bytes: ArraySlice<UInt8>) throws(LiveFailure) {
        guard input != nil, !closesInput else {
            throw LiveFailure(
                .failedPrecondition, "the process \(identifier) has no open standard input")
        }
        guard !bytes.isEmpty else { return }
        pendingInput.append(bytes)
        pendingInputBytes += bytes.count
        advanceInput()
    }

    /// Closes standard input once everything is written; a terminal gets an end of file (^D).
    func closeInput() {
        guard input != nil, !closesInput else { return }
        if order.terminal != nil {
            pendingInput.append([4])
            pendingInputBytes += 1
        } else {
            closesInput = true
        }
        advanceInput()
    }

    func advanceInput() {
        guard let descriptor = input else { return }
        while let first = pendingInput.first {
            let count = first.withUnsafeBytes {
                Glibc.write(descriptor.raw, $0.baseAddress, $0.count)
            }
            guard count > 0 else {
                if errno == EAGAIN || errno == EINTR { return }
                dropInput()
                return
            }
            pendingInputBytes -= count
            if count == first.count {
                pendingInput.removeFirst()
            } else {
                pendingInput[0] = first.dropFirst(count)
            }
        }
        if closesInput { input = nil }
    }

    /// Nobody reads it any more.
    private func dropInput() {
        pendingInput = []
        pendingInputBytes = 0
        if order.terminal == nil { input = nil }
    }

    // MARK: The end

    /// Reads what is there, and says whether that is all there will be.
    func drain(limit: Int) -> Bool {
        for index in sources.indices {
            while sources[index].descriptor != nil {
                let before = endChunk
                let kept = keptBytes
                read(index, limit: limit)
                if endChunk == before && keptBytes == kept { break }
                if floor != .max && keptBytes > 4 * Self.keptLimit { return false }
            }
        }
        return sources.allSatisfy { $0.descriptor == nil }
    }

    func finish(at time: Double) {
        for index in sources.indices { sources[index].descriptor = nil }
        dropInput()
        input = nil
        finishedAt = time
    }

    var endEvent: JSONValue {
        let status = waitStatus ?? 0
        let signal = status & 0x7f
        return JSONValue(members: [
            ("exit_code", signal == 0 ? JSONValue((status >> 8) & 0xff) : JSONValue?.none),
            ("signal", signal == 0 ? JSONValue?.none : JSONValue(signal)),
            ("timed_out", isPastDeadline ? .bool(true) : JSONValue?.none),
            ("dropped_bytes", droppedBytes == 0 ? JSONValue?.none : JSONValue(droppedBytes)),
        ])
    }

    var description: JSONValue {
        JSONValue(members: [
            ("pid", JSONValue(identifier)), ("tag", tag.map(JSONValue.string)),
            ("command", .array(order.command.map(JSONValue.string))),
            ("cwd", .string(order.workingDirectory)),
            ("environment", JSONValue(stringMap: order.environment)),
            ("terminal", .bool(order.terminal != nil)), ("started_at", .string(startedAt)),
            ("running", .bool(isRunning)), ("note", note),
            ("end", isRunning ? JSONValue?.none : endEvent),
        ])
    }
}

/// A descriptor that several hold, closed with the last of them.
final class DescriptorBox {
    private let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    var raw: Int32 { descriptor.raw }
}
