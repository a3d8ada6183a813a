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

    /// Cut anywhere, a report is refused or says that it is not complete; and it never shows a test
    /// that the whole one does not. Where the format has no end mark, a part may look complete, but
    /// then it shows what the whole one shows up to there.
    @Test(arguments: Fixture.all)
    func everyTruncationIsNoticed(_ fixture: Fixture) throws {
        let bytes = try fixture.bytes()
        let format = try #require(FormatCatalog.format(fixture.format))
        let whole = try format.parse(bytes).results.map(Ending.init)
        // Every byte of what fits in a second of a debug build, and of the rest a sample.
        let step = max(1, bytes.count / 2000)
        let unnoticed = stride(from: 0, to: bytes.count, by: step).filter { length in
            guard let cut = try? format.parse(Array(bytes[..<length])), cut.isComplete else {
                return false
            }
            let endings = cut.results.map(Ending.init)
            return format.marksEnd ? endings != whole : !whole.starts(with: endings)
        }
        #expect(unnoticed.isEmpty, "complete after these of \(bytes.count) bytes")
    }

    private struct Ending: Equatable {
        var id: String
        var status: TestStatus

        init(_ result: TestResult) {
            id = result.id
            status = result.status
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
