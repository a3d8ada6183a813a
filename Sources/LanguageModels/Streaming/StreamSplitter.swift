/// One part of a streamed answer.
package struct StreamPart: Sendable, Equatable {
    /// The event's name; empty where the stream has none.
    package var event: String
    package var data: [UInt8]

    package init(event: String = "", data: [UInt8]) {
        self.event = event
        self.data = data
    }
}

/// Splits bytes into the parts of a stream, however they were cut into packets.
///
/// Server-sent events as in the HTML standard, 9.2.6: fields until an empty line, three kinds of
/// line end, comments, a leading byte order mark. Lines: one JSON document each.
package struct StreamSplitter: Sendable {
    /// Larger parts end the stream: no provider sends any.
    package static let partByteLimit = 8 << 20

    private let framing: StreamFraming
    private var line: [UInt8] = []
    private var hasCarriageReturn = false
    private var isFirstLine = true
    private var event = ""
    private var data: [UInt8]?

    package init(_ framing: StreamFraming) { self.framing = framing }

    package struct TooLarge: Error {}

    package mutating func add(_ bytes: some Sequence<UInt8>) throws(TooLarge) -> [StreamPart] {
        var parts: [StreamPart] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n") where hasCarriageReturn:
                // The second half of CR LF.
                hasCarriageReturn = false
            case UInt8(ascii: "\n"): endLine(&parts)
            case UInt8(ascii: "\r") where framing == .serverSentEvents:
                hasCarriageReturn = true
                endLine(&parts)
            default:
                hasCarriageReturn = false
                guard line.count + (data?.count ?? 0) < Self.partByteLimit else { throw TooLarge() }
                line.append(byte)
            }
        }
        return parts
    }

    /// What is left when the stream has ended: a last line without an end counts for NDJSON, an
    /// event without its empty line does not.
    package mutating func finish() -> [StreamPart] {
        guard framing == .lines, !line.isEmpty else { return [] }
        var parts: [StreamPart] = []
        endLine(&parts)
        return parts
    }

    private mutating func endLine(_ parts: inout [StreamPart]) {
        defer { line.removeAll(keepingCapacity: true) }
        guard framing == .serverSentEvents else {
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.contains(where: { $0 > 0x20 }) { parts.append(StreamPart(data: line)) }
            return
        }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else {
            if let data { parts.append(StreamPart(event: event, data: data)) }
            (event, data) = ("", nil)
            return
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == 0x20 { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data": data = data.map { $0 + [UInt8(ascii: "\n")] + value } ?? Array(value)
        case "event": event = String(decoding: value, as: UTF8.self)
        default: return
        }
    }
}
