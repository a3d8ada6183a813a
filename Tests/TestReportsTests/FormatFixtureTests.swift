import Foundation
import RunModel
import Testing

@testable import TestReports

/// Every format against real output of its tools.
@Suite struct FormatFixtureTests {
    @Test(arguments: Fixture.all)
    func isReadAsExpected(_ fixture: Fixture) throws {
        let report = try FormatCatalog.read(try fixture.bytes(), fileName: fixture.name)
        #expect(report.format == fixture.format)
        let transcript = report.transcript
        #expect(try fixture.expectation(replacing: transcript) == transcript)
    }

    @Test(arguments: Fixture.all)
    func isRecognisedByItsFormatOnly(_ fixture: Fixture) throws {
        let head = ReportHead(try fixture.bytes(), fileName: fixture.name)
        #expect(FormatCatalog.formats(recognising: head).map(\.id) == [fixture.format])
    }

    /// The same whatever the size of the chunks.
    @Test(arguments: Fixture.all)
    func chunksDoNotMatter(_ fixture: Fixture) throws {
        let bytes = try fixture.bytes()
        let format = try #require(FormatCatalog.format(fixture.format))
        let whole = try format.parse(bytes)
        for size in [1, 7, 4096] {
            var parser = format.makeParser(ReportContext())
            var start = 0
            while start < bytes.count {
                let chunk = Array(bytes[start..<min(start + size, bytes.count)])
                try parser.consume(chunk.span)
                start += size
            }
            #expect(try parser.finish() == whole, "in chunks of \(size)")
        }
    }

    /// Cut anywhere, a report is refused or says that it is not complete; it never shows a test
    /// that the whole one does not, and never as complete with fewer.
    @Test(arguments: Fixture.all)
    func everyTruncationIsNoticed(_ fixture: Fixture) throws {
        let bytes = try fixture.bytes()
        let format = try #require(FormatCatalog.format(fixture.format))
        let whole = try format.parse(bytes)
        // Every byte of what fits in a second of a debug build, and of the rest a sample.
        let step = max(1, bytes.count / 3000)
        for length in stride(from: 0, to: bytes.count, by: step) {
            guard let cut = try? format.parse(Array(bytes[..<length])), cut.isComplete else {
                continue
            }
            #expect(
                cut.results.map(\.id) == whole.results.map(\.id),
                "complete after \(length) of \(bytes.count) bytes")
            #expect(cut.results.map(\.status) == whole.results.map(\.status))
        }
    }

    @Test func everyFormatHasAFixture() {
        let covered = Set(Fixture.all.map(\.format))
        for format in FormatCatalog.all {
            #expect(covered.contains(format.id), "Fixtures/\(format.id) is missing")
        }
    }

    @Test func theCatalogueIsSortedAndUnique() {
        let ids = FormatCatalog.all.map(\.id)
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == ids.count)
    }
}
