/// One format of test reports. Adding one is a file in `Formats` and a line in `FormatCatalog`.
package protocol ReportFormat: Sendable {
    /// Stable, in lower case with hyphens; also the prefix of its fixtures' folder.
    var id: String { get }
    /// One line for the documentation: which tools write it.
    var summary: String { get }
    /// Whether a file with this beginning and name is of this format. Of all formats in the
    /// catalogue exactly one recognises any report; a test holds them to it.
    func recognises(_ head: ReportHead) -> Bool
    /// Whether a report of this format tells where it ends. Of one that does not, a part looks
    /// like the whole: only the expected tests show that something is missing.
    var marksEnd: Bool { get }
    /// A parser for one report.
    func makeParser(_ context: ReportContext) -> any ReportParser
}

/// Reads one report from chunks of any size.
package protocol ReportParser {
    /// - Throws: `TestReportError` when the report is refused; the parser is of no use then.
    mutating func consume(_ chunk: Span<UInt8>) throws(TestReportError)
    /// The report so far. An unfinished one comes with `isComplete == false`, not as an error.
    mutating func finish() throws(TestReportError) -> TestReport
}

/// What a parser may know besides the bytes.
package struct ReportContext: Sendable {
    package var limits: ReportLimits
    /// The files of the project, relative to where the runner ran; with them class names become
    /// paths exactly instead of by convention. Empty where unknown.
    package var files: Set<String>

    package init(limits: ReportLimits = .standard, files: Set<String> = []) {
        self.limits = limits
        self.files = files
    }
}

extension ReportFormat {
    package var marksEnd: Bool { true }

    /// Reads a whole report that is in memory.
    package func parse(
        _ bytes: [UInt8], context: ReportContext = ReportContext()
    ) throws(TestReportError) -> TestReport {
        guard bytes.count <= context.limits.inputBytes else {
            throw .tooLarge(id, limit: context.limits.inputBytes)
        }
        var parser = makeParser(context)
        try parser.consume(bytes.span)
        return try parser.finish()
    }
}

extension TestReportError {
    static func tooLarge(_ format: String, limit: Int) -> TestReportError {
        TestReportError(
            .limitExceeded, subject: format, reason: "it is larger than \(limit) bytes",
            remedy: "Have the runner write less output into the report, or split the run")
    }

    static func tooManyResults(_ format: String, limit: Int) -> TestReportError {
        TestReportError(
            .limitExceeded, subject: format, reason: "it lists more than \(limit) executions",
            remedy: "Split the run into several reports")
    }
}

/// The beginning of a file, looked at once for all formats.
package struct ReportHead: Sendable {
    /// How much of a file is enough to recognise it, in bytes.
    package static let length = 64 << 10

    /// The last component of its path.
    package let fileName: String
    /// At most `length` bytes, invalid UTF-8 replaced, without a byte order mark.
    package let text: String
    /// The first byte that is not white space.
    package let firstByte: UInt8?
    /// The local name of the first element, where it looks like XML.
    package let rootElement: String?

    package init(_ bytes: some Collection<UInt8>, fileName: String) {
        self.fileName = fileName.split(separator: "/").last.map(String.init) ?? fileName
        let text = String(decoding: bytes.prefix(Self.length), as: UTF8.self)
        self.text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        firstByte = self.text.utf8.first { !$0.isXMLSpace }
        rootElement =
            firstByte == UInt8(ascii: "<") ? Self.firstElement(Substring(self.text)) : nil
    }

    /// The lines of the beginning, without terminal control sequences.
    package var lines: [Substring] {
        text.split(omittingEmptySubsequences: false) { $0.isNewline }
    }

    private static func firstElement(_ text: Substring) -> String? {
        var rest = text
        while let open = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: open)...]
            let skipped: String? =
                rest.hasPrefix("!--")
                ? "-->" : rest.hasPrefix("?") || rest.hasPrefix("!") ? ">" : nil
            guard let skipped else {
                let name = rest.prefix { $0.isLetter || $0.isNumber || "-_.:".contains($0) }
                return name.split(separator: ":").last.map(String.init)
            }
            guard let end = rest.firstRange(of: skipped) else { return nil }
            rest = rest[end.upperBound...]
        }
        return nil
    }
}
