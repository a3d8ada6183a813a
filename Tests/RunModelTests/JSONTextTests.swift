import JSONText
import RunModel
import Testing

@Suite struct JSONTextTests {
    @Test(arguments: [
        "null", "true", "[]", "{}", "[1,2.5,-3e+7]", #"{"b":1,"a":[{"c":null}]}"#,
        #""\"\\\b\f\n\r\t\u0001é𝄞""#,
    ])
    func printsWhatItReads(text: String) throws {
        #expect(try JSONValue(parsing: text).text() == text)
    }

    @Test func readsEscapes() throws {
        #expect(try JSONValue(parsing: #""\u00e9\ud834\udd1e\/""#) == .string("é𝄞/"))
    }

    @Test func canonicalFormSortsByCodeUnits() throws {
        let value = try JSONValue(parsing: #" { "b" : 1 , "a" : { "d":2, "c" : 3 } } "#)
        #expect(value.text(.canonical) == #"{"a":{"c":3,"d":2},"b":1}"#)
    }

    @Test(arguments: [
        "", "nul", "[1,]", "{,}", #"{"a":1,"a":2}"#, "01", "1.", "-", "\"\u{01}\"", #""\x""#,
        #""\ud834""#, "[1] 2", #"{"a" 1}"#, "\"abc", "+1", "1e",
    ])
    func refuses(text: String) {
        #expect(throws: JSONSyntaxError.self) { _ = try JSONValue(parsing: text) }
    }

    @Test func deepNestingIsRefused() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONSyntaxError.self) { _ = try JSONValue(parsing: text) }
    }

    @Test func documentsKeepTheOrderOfTheirMembersAndSayNull() throws {
        var report = RunReport(
            command: ["a b", "\u{1b}"], outcome: .exited, startedAt: "t", limits: ResourceLimits(),
            isolation: IsolationReport(network: "none"))
        report.wallMilliseconds = 1.5
        let text = try JSONTextEncoder.encode(report)
        #expect(
            text.hasPrefix(
                #"{"schema":"drydock.run/v1","command":["a b","\u001b"],"outcome":"exited","exit_code":null,"#
            ))
        #expect(text.contains(#""wall_ms":1.5,"usage":{"cpu_user_ms":null,"#))
        #expect(try JSONValue(parsing: text)["isolation"]?["network"] == .string("none"))
    }

    @Test func dictionariesAreSorted() throws {
        let names = (0..<50).map { "k\($0)" }
        let value = Dictionary(uniqueKeysWithValues: names.map { ($0, 1) })
        let text = try JSONTextEncoder.encode(value)
        #expect(text == "{" + names.sorted().map { "\"\($0)\":1" }.joined(separator: ",") + "}")
    }
}
