import Foundation
import Testing

@testable import TestReports

@Suite struct LogReductionTests {
    /// A log of `Fixtures/logs` and what is known of it.
    struct Labelled: Sendable, CustomTestStringConvertible {
        struct Label: Decodable, Sendable {
            var `class`: FailureClass?
            var cause: String?
            var tests: [String]
            var step: String?
            var command: String?
        }

        let name: String
        var testDescription: String { name }

        static let directory = Fixture.directory.appendingPathComponent("logs")

        static let all: [Labelled] = {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
            return names.filter { $0.hasSuffix(".log") }.sorted()
                .map { Labelled(name: String($0.dropLast(4))) }
        }()

        func bytes() throws -> [UInt8] {
            [UInt8](try Data(contentsOf: Self.directory.appendingPathComponent("\(name).log")))
        }

        func label() throws -> Label {
            let file = Self.directory.appendingPathComponent("\(name).label")
            return try JSONDecoder().decode(Label.self, from: try Data(contentsOf: file))
        }
    }

    @Test(arguments: Labelled.all)
    func theLabelledCauseIsFound(_ log: Labelled) throws {
        let label = try log.label()
        let summary = LogReducer.reduce(try log.bytes())
        #expect(summary.failure == label.class)
        if let cause = label.cause {
            #expect(summary.excerpt.contains { $0.text.contains(cause) })
        } else {
            #expect(summary.cause == nil)
        }
        #expect(summary.tests == label.tests)
        if let step = label.step { #expect(summary.step == step) }
        if let command = label.command { #expect(summary.command == command) }
        #expect(!summary.excerpt.contains { $0.text.contains("\u{1B}") })
    }

    @Test func theCorpusIsThere() {
        #expect(Labelled.all.count >= 33)
    }

    @Test func chunksDoNotMatter() throws {
        for log in Labelled.all {
            let bytes = try log.bytes()
            var reducer = LogReducer()
            for byte in bytes { reducer.consume([byte].span) }
            #expect(reducer.finish() == LogReducer.reduce(bytes), "\(log.name)")
        }
    }

    /// Warnings that every green run shows too neither stand in the excerpt nor decide the class.
    @Test func whatGreenLogsShowIsNotNew() throws {
        func log(_ end: String) -> [UInt8] {
            let lines = (0..<200).map { number in
                number % 20 == 0
                    ? "WARN request \(number) failed: connection refused, no space left on device"
                    : "INFO request \(number) took \(number % 7) ms"
            }
            return Array((lines.joined(separator: "\n") + "\n" + end).utf8)
        }
        let red = log("ValueError: unexpected configuration, sky is green\n1 failed\n")
        var green = LogTemplates()
        green.learn(log("12 passed\n"))
        green.learn(log("13 passed\n"))
        let blind = LogReducer.reduce(red)
        #expect(blind.failure == .disk)
        let informed = LogReducer.reduce(red, green: green)
        #expect(informed.failure != .disk)
        #expect(informed.cause?.text.hasPrefix("ValueError") == true)
        #expect(
            informed.novel.map(\.text) == [
                "ValueError: unexpected configuration, sky is green", "1 failed",
            ])
    }

    /// A wildcard that green runs taught does not swallow a failure.
    @Test func aFailureIsNewAlthoughItsLineLooksGreen() {
        var green = LogTemplates()
        green.learn(Array("test alpha case one ... ok\ntest alpha case one ... ignored\n".utf8))
        let red = LogReducer.reduce(
            Array("test alpha case one ... FAILED\n".utf8), green: green)
        #expect(red.novel.map(\.text) == ["test alpha case one ... FAILED"])
    }

    @Test(arguments: [
        ("2024-01-01T00:00:00.1234567Z hello", "hello"),
        ("2024-01-01T00:00:00.123456Z 00O hello", "hello"),
        ("2024-01-01T00:00:00.123456Z 01E+hello", "hello"),
        ("[2024-01-01 00:00:00] hello", "hello"),
        ("[12:34:56] hello", "hello"),
        ("12:34:56.789 hello", "hello"),
        ("build\tRun tests\t2024-01-01T00:00:00.1234567Z hello", "hello"),
        ("\u{1B}[31;1mred\u{1B}[0m text", "red text"),
        ("10%\r50%\rdone\r", "done"),
        ("1.2.3 is a version", "1.2.3 is a version"),
        ("a\tb\tc", "a\tb\tc"),
        ("", ""),
        ("\u{1B}", ""),
        ("\u{1B}[", ""),
    ])
    func linesAreCleaned(_ raw: String, _ expected: String) {
        var content: [UInt8] = []
        let bytes = Array(raw.utf8)
        LogLineCleaner.clean(bytes.span, into: &content)
        #expect(String(decoding: content, as: UTF8.self) == expected)
    }

    @Test func theMatcherFindsWhatASearchFinds() {
        let words = ["he", "she", "his", "hers", "usher"]
        let matcher = SignatureMatcher(words)
        let text = Array("uSHERs hishe".utf8)
        var state: UInt16 = 0
        var found: Set<String> = []
        for byte in text {
            state = matcher.step(state, byte)
            if state & SignatureMatcher.signals != 0 {
                found.formUnion(matcher.signatures(at: state).map { words[$0] })
            }
        }
        #expect(found == ["he", "she", "his", "hers", "usher"])
    }

    @Test func hostileLogsAreBounded() {
        var log = Array(repeating: UInt8(ascii: "e"), count: 3_000_000)
        log += Array(String(repeating: "error: \(log.count) cannot\n", count: 20_000).utf8)
        log += [0xFF, 0x1B, 0x5B, 0x0D, 0x00]
        let summary = LogReducer.reduce(log)
        #expect(summary.excerpt.count <= 160)
        #expect(summary.excerpt.map(\.text.utf8.count).reduce(0, +) <= 32 << 10)
    }

    @Test func anEmptyLogHasNoCause() {
        let summary = LogReducer.reduce([])
        #expect(summary.failure == nil)
        #expect(summary.cause == nil)
        #expect(summary.lines == 0)
    }
}
