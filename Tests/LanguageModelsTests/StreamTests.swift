import Foundation
import LanguageModels
import Testing

@Suite struct StreamTests {
    private static func parts(
        _ text: String, _ framing: StreamFraming, step: Int
    ) throws -> [StreamPart] {
        var splitter = StreamSplitter(framing)
        var parts: [StreamPart] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: step) {
            parts += try splitter.add(bytes[start..<min(start + step, bytes.count)])
        }
        return parts + splitter.finish()
    }

    @Test(arguments: 1...9) func eventsComeWholeHoweverTheyAreCut(step: Int) throws {
        let text =
            "\u{feff}: a comment\r\n\r\nevent: one\r\ndata: first\r\ndata:second\r\n\r\n"
            + "id: 4\nretry: 10\ndata: [DONE]\n\ndata\n\nevent: empty\n\ndata: ünï\r\rdata: lost"
        let parts = try Self.parts(text, .serverSentEvents, step: step)
        #expect(
            parts == [
                StreamPart(event: "one", data: Array("first\nsecond".utf8)),
                StreamPart(data: Array("[DONE]".utf8)), StreamPart(data: []),
                StreamPart(data: Array("ünï".utf8)),
            ])
    }

    @Test(arguments: 1...5) func linesComeWholeHoweverTheyAreCut(step: Int) throws {
        let parts = try Self.parts("{\"a\":1}\r\n\n  \n{\"b\":2}\n{\"c\":3}", .lines, step: step)
        #expect(
            parts.map { String(decoding: $0.data, as: UTF8.self) } == [
                #"{"a":1}"#, #"{"b":2}"#, #"{"c":3}"#,
            ])
    }
}
