/// Makes a report of lines.
protocol LineReportBuilder {
    /// - Parameter line: without its end and without terminal control sequences, invalid UTF-8
    ///   replaced, cut at `LineSplitter.longestLine`.
    mutating func line(_ line: String) throws(TestReportError)
    /// - Parameter endsInLine: whether the input ends without a line feed, so that the last line
    ///   may not be whole.
    mutating func report(endsInLine: Bool) throws(TestReportError) -> TestReport
}

/// Joins the splitting into lines and one format's builder.
struct LineReportParser<Builder: LineReportBuilder>: ReportParser {
    private var builder: Builder
    private var splitter = LineSplitter()
    private var consumedBytes = 0
    private let subject: String
    private let limits: ReportLimits

    init(_ builder: Builder, format: String, limits: ReportLimits) {
        self.builder = builder
        self.limits = limits
        subject = format
    }

    mutating func consume(_ chunk: Span<UInt8>) throws(TestReportError) {
        consumedBytes += chunk.count
        guard consumedBytes <= limits.inputBytes else {
            throw .tooLarge(subject, limit: limits.inputBytes)
        }
        for index in chunk.indices {
            if let line = splitter.take(chunk[index]) { try builder.line(line) }
        }
    }

    mutating func finish() throws(TestReportError) -> TestReport {
        let rest = splitter.finish()
        if let rest { try builder.line(rest) }
        return try builder.report(endsInLine: rest != nil)
    }
}

/// Cuts bytes into lines and drops what only a terminal understands.
struct LineSplitter {
    /// Longer lines are cut here; their rest is dropped. In bytes.
    static let longestLine = 1 << 20

    private enum Escape {
        case none, introduced, control, command
    }

    private var line: [UInt8] = []
    private var escape = Escape.none
    private var isStarted = false

    /// - Returns: a line when this byte ended one.
    mutating func take(_ byte: UInt8) -> String? {
        if byte == UInt8(ascii: "\n") { return flush() }
        isStarted = true
        switch escape {
        case .none where byte == 0x1B:
            escape = .introduced
        case .none where byte == UInt8(ascii: "\r"):
            // A progress line that is written over, or the end of a Windows line.
            line.append(byte)
        case .none where line.count < Self.longestLine:
            line.append(byte)
        case .none:
            break
        case .introduced:
            // ECMA-48: CSI, OSC, or a sequence of two bytes.
            escape =
                byte == UInt8(ascii: "[") ? .control : byte == UInt8(ascii: "]") ? .command : .none
        case .control:
            if (0x40...0x7E).contains(byte) { escape = .none }
        case .command:
            if byte == 0x07 || byte == UInt8(ascii: "\\") { escape = .none }
        }
        return nil
    }

    /// The last line, when it has no end.
    mutating func finish() -> String? {
        isStarted ? flush() : nil
    }

    private mutating func flush() -> String {
        escape = .none
        isStarted = false
        defer { line.removeAll(keepingCapacity: true) }
        while line.last == UInt8(ascii: "\r") { line.removeLast() }
        if let overwritten = line.lastIndex(of: UInt8(ascii: "\r")) {
            return String(decoding: line[(overwritten + 1)...], as: UTF8.self)
        }
        return String(decoding: line, as: UTF8.self)
    }
}
