import RunModel
import Testing

@testable import TestReports

/// Reports come from the process under test: whatever they hold, reading ends, within bounds, with
/// a report or a clear refusal.
@Suite struct HostileInputTests {
    private func junit(
        _ text: String, limits: ReportLimits = .standard
    ) throws(TestReportError) -> TestReport {
        try JUnitXML().parse(Array(text.utf8), context: ReportContext(limits: limits))
    }

    @Test func entityDeclarationsAreRefused() {
        let bomb = """
            <?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY b "&lol;&lol;">]>
            <testsuite tests="1"><testcase name="&b;"/></testsuite>
            """
        #expect(throws: TestReportError.self) { try junit(bomb) }
        let error = #expect(throws: TestReportError.self) { try junit(bomb) }
        #expect(error?.code == .forbidden)
    }

    @Test func externalEntitiesAreNotRead() throws {
        let text = """
            <!DOCTYPE testsuite SYSTEM "file:///etc/passwd">
            <testsuite><testcase name="a"><failure>&xxe;</failure></testcase></testsuite>
            """
        let report = try junit(text)
        #expect(report.results.first?.output == "&xxe;")
    }

    @Test func onlyPredefinedEntitiesAreDecoded() throws {
        let report = try junit(
            "<testsuite><testcase name='&lt;&#65;&#x42;&amp;&quot;&apos;&gt;&#xD800;&#x110000;&no;'/></testsuite>"
        )
        #expect(report.results.first?.id == "<AB&\"'>&#xD800;&#x110000;&no;")
    }

    /// What pytest writes when it fails itself: the tests that it had not run are missing, and the one
    /// that ran then has no name.
    @Test func aRunnerThatFailedItselfGivesNoWholeReport() throws {
        let report = try junit(
            """
            <testsuites name="pytest tests"><testsuite name="pytest" errors="1" tests="2">
            <testcase classname="tests.test_a" name="test_one" time="0.001" />
            <testcase time="0.000" /><testcase classname="pytest" name="internal" time="0.000">
            <error message="internal error">Traceback</error></testcase></testsuite></testsuites>
            """)
        #expect(report.results.map(\.id) == ["tests/test_a.py::test_one"])
        #expect(!report.isComplete)
    }

    @Test func depthIsBounded() {
        let deep = String(repeating: "<testsuite>", count: 200_000)
        let error = #expect(throws: TestReportError.self) { try junit(deep) }
        #expect(error?.code == .limitExceeded)
    }

    @Test func aTagWithoutEndIsRefused() {
        var limits = ReportLimits()
        limits.tokenBytes = 100_000
        let endless = "<testsuite><testcase name=\"" + String(repeating: "a", count: 1_000_000)
        let error = #expect(throws: TestReportError.self) { try junit(endless, limits: limits) }
        #expect(error?.code == .limitExceeded)
    }

    @Test func theNumberOfResultsIsBounded() {
        var limits = ReportLimits()
        limits.results = 10
        let many =
            "<testsuite>" + String(repeating: "<testcase name='a'/>", count: 11) + "</testsuite>"
        let error = #expect(throws: TestReportError.self) { try junit(many, limits: limits) }
        #expect(error?.code == .limitExceeded)
    }

    @Test(arguments: FormatCatalog.all.map(\.id))
    func theInputIsBounded(_ id: String) throws {
        var limits = ReportLimits()
        limits.inputBytes = 1000
        let format = try #require(FormatCatalog.format(id))
        var parser = format.makeParser(ReportContext(limits: limits))
        let chunk = [UInt8](repeating: UInt8(ascii: " "), count: 600)
        try parser.consume(chunk.span)
        let error = #expect(throws: TestReportError.self) { try parser.consume(chunk.span) }
        #expect(error?.code == .limitExceeded)
    }

    @Test func textsKeepBeginningAndEnd() throws {
        var limits = ReportLimits()
        limits.textBytes = 1000
        let body = "first cause\n" + String(repeating: "x", count: 100_000) + "\nlast words"
        let report = try junit(
            "<testsuite><testcase name='a'><failure>\(body)</failure></testcase></testsuite>",
            limits: limits)
        let output = try #require(report.results.first?.output)
        #expect(output.utf8.count < 1200)
        #expect(output.hasPrefix("first cause"))
        #expect(output.hasSuffix("last words"))
    }

    @Test func allTextsTogetherAreBounded() throws {
        var limits = ReportLimits()
        limits.totalTextBytes = 1000
        let cases = (0..<100).map {
            "<testcase name='\($0)'><failure>\(String(repeating: "y", count: 100))</failure></testcase>"
        }
        let report = try junit(
            "<testsuite>\(cases.joined())</testsuite>", limits: limits)
        #expect(report.results.count == 100)
        #expect(report.results.compactMap(\.output).map(\.utf8.count).reduce(0, +) <= 1000)
        #expect(report.problems.contains { $0.code == .textDropped })
    }

    @Test func invalidEncodingAndControlCharactersAreTolerated() throws {
        let bytes =
            Array("<testsuite><testcase name=\"a".utf8) + [0xFF, 0xC3, 0x01]
            + Array("\"/></testsuite>".utf8)
        let report = try JUnitXML().parse(bytes)
        #expect(report.results.first?.id == "a\u{FFFD}\u{FFFD}\u{01}")
        #expect(report.isComplete)
    }

    @Test(arguments: [
        "<testsuite><testcase name='a'></testsuite>",
        "<testsuite></testsuite><testsuite/>",
        "<testsuite/>trailing",
        "<testsuite><testcase name=a/></testsuite>",
        "<testsuite><testcase name='a' name='b'/></testsuite>",
        "<testsuite><testcase name='<'/></testsuite>",
        "<testsuite><testcase/ name='a'></testsuite>",
        "<testsuite><testcase name='a'file='b'/></testsuite>",
        "<testsuite><!ELEMENT a></testsuite>",
    ])
    func whatIsNotWellFormedIsRefused(_ text: String) {
        let error = #expect(throws: TestReportError.self) { try junit(text) }
        #expect(error?.code == .malformed)
    }

    @Test func hugeTotalsDoNotTrap() throws {
        let most = "9223372036854775807"
        let suite = "<testsuite tests=\"\(most)\" failures=\"\(most)\" errors=\"\(most)\"/>"
        let report = try junit("<testsuites>\(suite)\(suite)</testsuites>")
        #expect(report.results.isEmpty)
        #expect(!report.problems.isEmpty)
    }

    @Test func nothingIsReadFromNothing() {
        let error = #expect(throws: TestReportError.self) {
            try FormatCatalog.read(Array(" \n".utf8), fileName: "junit.xml")
        }
        #expect(error?.code == .empty)
    }

    @Test(arguments: ["hello\n", "{}", "[]", "<html></html>", "\u{0}\u{1}\u{2}"])
    func whatNobodyRecognisesIsRefused(_ text: String) {
        let error = #expect(throws: TestReportError.self) {
            try FormatCatalog.read(Array(text.utf8), fileName: "report")
        }
        #expect(error?.code == .unknownFormat)
    }

    /// Mutations of real reports: none may trap, whatever comes out.
    @Test(arguments: Fixture.all)
    func mutationsAreSurvived(_ fixture: Fixture) throws {
        let original = try fixture.bytes()
        let format = try #require(FormatCatalog.format(fixture.format))
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33)
        }
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<(1 + next() % 8) {
                let position = next() % bytes.count
                switch next() % 3 {
                case 0: bytes[position] = UInt8(truncatingIfNeeded: next())
                case 1: bytes.remove(at: position)
                default: bytes.insert(contentsOf: bytes.prefix(next() % 40), at: position)
                }
            }
            let report = try? format.parse(bytes)
            #expect((report?.results.count ?? 0) < 10_000)
        }
    }
}
