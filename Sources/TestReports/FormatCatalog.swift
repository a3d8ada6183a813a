/// All formats, by id. Adding one is a file in `Formats` and a line here.
package enum FormatCatalog {
    package static let all: [any ReportFormat] = [
        BazelEvents(),
        CTestConsole(),
        GoTestJSON(),
        JestJSON(),
        JUnitXML(),
        JUnitConsole(),
        LibtestConsole(),
        LibtestJSON(),
        MochaJSON(),
        NodeConsole(),
        NUnitXML(),
        PytestConsole(),
        PytestJSON(),
        RSpecJSON(),
        ScoreJSON(),
        SwiftConsole(),
        TestAnythingProtocol(),
        TRX(),
        UnittestConsole(),
        XUnitNetXML(),
    ]

    /// The format with this id.
    package static func format(_ id: String) -> (any ReportFormat)? {
        all.first { $0.id == id }
    }

    /// The formats that recognise this beginning; a fixture test keeps it at one.
    package static func formats(recognising head: ReportHead) -> [any ReportFormat] {
        all.filter { $0.recognises(head) }
    }

    /// Reads a report of a format that is found by looking at it.
    ///
    /// - Parameter fileName: where it was found; only the last component counts.
    /// - Throws: `TestReportError`; `unknownFormat` when nothing, or more than one thing,
    ///   recognises it.
    package static func read(
        _ bytes: [UInt8], fileName: String, context: ReportContext = ReportContext()
    ) throws(TestReportError) -> TestReport {
        guard bytes.contains(where: { !$0.isXMLSpace }) else {
            throw TestReportError(
                .empty, subject: fileName, reason: "the file is empty",
                remedy: "See whether the runner was stopped before it wrote its report")
        }
        let candidates = formats(recognising: ReportHead(bytes, fileName: fileName))
        guard let format = candidates.first, candidates.count == 1 else {
            let reason =
                candidates.isEmpty
                ? "no known format begins like this"
                : "it looks like \(candidates.map(\.id).joined(separator: " and like "))"
            throw TestReportError(
                .unknownFormat, subject: fileName, reason: reason,
                remedy: "Known formats: \(all.map(\.id).joined(separator: ", "))")
        }
        return try format.parse(bytes, context: context)
    }
}
