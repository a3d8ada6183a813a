/// Receives the lines of a log.
protocol LogLineHandler {
    /// - Parameters:
    ///   - line: raw, without its line feed; valid during the call only.
    ///   - isNotable: whether a signature, or a mark of the CI system, stands in it.
    mutating func line(_ line: Span<UInt8>, isNotable: Bool)
}

/// Cuts a log into lines and looks for signatures in the same pass over its bytes.
struct LogLineScanner {
    /// Longer lines are cut here. In bytes.
    static let longestLine = 64 << 10

    private let matcher: SignatureMatcher
    private var state: UInt16 = 0
    private var isNotable = false
    /// The beginning of a line of which the end has not come yet.
    private var unfinished: [UInt8] = []

    init(_ matcher: SignatureMatcher) {
        self.matcher = matcher
    }

    mutating func consume(_ chunk: Span<UInt8>, _ handler: inout some LogLineHandler) {
        var state = self.state
        var isNotable = self.isNotable
        var start = 0
        var index = 0
        while index < chunk.count {
            // The line's end is found with the signatures: one load of each byte.
            let end = matcher.withTables { transitions, classes, classCount in
                while index < chunk.count {
                    let byte = chunk[index]
                    if byte == UInt8(ascii: "\n") { return true }
                    let symbol = Int(classes[Int(byte)])
                    state = transitions[Int(state & 0x7FFF) * classCount + symbol]
                    isNotable = isNotable || state & SignatureMatcher.signals != 0
                    index += 1
                }
                return false
            }
            guard end else { break }
            emit(chunk.extracting(start..<index), isNotable, &handler)
            index += 1
            start = index
            state = 0
            isNotable = false
        }
        keep(chunk.extracting(start..<chunk.count))
        self.state = state
        self.isNotable = isNotable
    }

    private mutating func emit(
        _ rest: Span<UInt8>, _ isNotable: Bool, _ handler: inout some LogLineHandler
    ) {
        guard !unfinished.isEmpty else {
            handler.line(
                rest.count > Self.longestLine ? rest.extracting(first: Self.longestLine) : rest,
                isNotable: isNotable)
            return
        }
        keep(rest)
        handler.line(unfinished.span, isNotable: isNotable)
        unfinished.removeAll(keepingCapacity: true)
    }

    private mutating func keep(_ part: Span<UInt8>) {
        let room = min(part.count, max(0, Self.longestLine - unfinished.count))
        // SAFETY: the pointer is read within the closure only; the array copies it.
        part.withUnsafeBufferPointer { unfinished.append(contentsOf: $0.prefix(room)) }
    }

    /// The last line, when it has no end.
    mutating func finish(_ handler: inout some LogLineHandler) {
        guard !unfinished.isEmpty else { return }
        handler.line(unfinished.span, isNotable: isNotable)
        unfinished.removeAll()
    }
}
