/// What a scanner tells of a document. Ranges are into `bytes` and valid during the call only.
protocol XMLHandler {
    mutating func start(_ tag: XMLTag, in bytes: Span<UInt8>) throws(TestReportError)
    mutating func end(_ name: XMLName) throws(TestReportError)
    /// Character data; a run may come in pieces.
    ///
    /// - Parameter isLiteral: from a CDATA section: what looks like a reference is none.
    mutating func text(_ bytes: Span<UInt8>, isLiteral: Bool)
}

/// A strict, bounded, streaming scanner for the XML that test runners write (XML 1.0,
/// https://www.w3.org/TR/xml/).
///
/// Nothing is expanded and nothing is fetched: a DOCTYPE with declarations is refused, one without
/// is passed over, references other than the predefined ones stay text. Foundation's parser is no
/// alternative for hostile input: it hands DTDs to libxml2.
struct XMLScanner<Handler: XMLHandler> {
    var handler: Handler
    private let subject: String
    private let limits: ReportLimits
    /// What was given and not yet scanned.
    private var buffer: [UInt8] = []
    /// Nothing is scanned before the buffer has this size, so that an unfinished tag is looked at a
    /// logarithmic number of times however small the chunks are.
    /// The first three may be a byte order mark.
    private var worthScanning = 4
    private var cursor = XMLCursor()

    init(_ handler: Handler, subject: String, limits: ReportLimits) {
        self.handler = handler
        self.subject = subject
        self.limits = limits
        cursor.subject = subject
        cursor.depthLimit = limits.depth
    }

    /// Whether the root element was closed.
    var isComplete: Bool { cursor.rootClosed && cursor.open.isEmpty && buffer.isEmpty }

    mutating func consume(_ chunk: Span<UInt8>) throws(TestReportError) {
        let piece = 256 << 10
        var start = 0
        while start < chunk.count {
            let end = min(start + piece, chunk.count)
            try take(chunk.extracting(start..<end))
            start = end
        }
    }

    private mutating func take(_ piece: Span<UInt8>) throws(TestReportError) {
        guard cursor.baseOffset + buffer.count + piece.count <= limits.inputBytes else {
            throw .tooLarge(subject, limit: limits.inputBytes)
        }
        // SAFETY: the pointer is read within the closure only; the array copies it.
        piece.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
        guard buffer.count >= worthScanning else { return }
        try scan(isFinal: false)
    }

    /// Scans the rest.
    mutating func finish() throws(TestReportError) {
        try scan(isFinal: true)
    }

    private mutating func scan(isFinal: Bool) throws(TestReportError) {
        // The array is moved out so that its span does not borrow `self` while the handler changes.
        let bytes = buffer
        buffer = []
        let used = try cursor.scan(bytes.span, isFinal: isFinal, handler: &handler)
        cursor.baseOffset += used
        buffer = bytes
        buffer.removeFirst(used)
        guard buffer.count <= limits.tokenBytes else {
            throw TestReportError(
                .limitExceeded, subject: subject,
                reason: "one tag is longer than \(limits.tokenBytes) bytes",
                offset: cursor.baseOffset,
                remedy: "Have the runner shorten messages, or keep output out of attributes")
        }
        worthScanning = 2 * buffer.count
    }
}
