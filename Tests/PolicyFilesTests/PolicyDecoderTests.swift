import PolicyFiles
import TestSupport
import Testing

/// A small document with every shape that a policy uses.
private struct Sample: Decodable, Equatable {
    enum Mode: String, Decodable, CaseIterable { case fast, careful }

    struct Inner: Decodable, Equatable {
        var memory: ByteSize?
        var numbers: [UInt32]?
        enum CodingKeys: String, CodingKey, CaseIterable { case memory, numbers }
    }

    var name: String
    var mode: Mode?
    var flag: Bool?
    var inner: Inner?
    var table: [String: Int]?
    enum CodingKeys: String, CodingKey, CaseIterable { case name, mode, flag, inner, table }
}

@Suite struct PolicyDecoderTests {
    private func decode(_ text: String) throws -> Sample {
        try PolicyDecoder.decode(from: try PolicyText(name: "sample.yaml", bytes: Array(text.utf8)))
    }

    @Test func everyShapeIsRead() throws {
        let sample = try decode(
            """
            name: "x"   # a comment
            mode: careful
            flag: true
            inner: {memory: 2GiB, numbers: [1, 0x7E020080]}
            table: {a: 1, b: -2}
            """)
        #expect(sample.name == "x" && sample.mode == .careful && sample.flag == true)
        #expect(sample.inner == .init(memory: ByteSize(bytes: 2 << 30), numbers: [1, 0x7E02_0080]))
        #expect(sample.table == ["a": 1, "b": -2])
    }

    /// Text, the place of the complaint, and what it must say.
    static let complaints: [(text: String, place: String, words: String)] = [
        ("name: x\nmodee: fast", "2:1", "unknown key \"modee\"; did you mean mode?"),
        ("name: x\nzzzzzz: 1", "2:1", "valid here: flag, inner, mode, name, table"),
        (
            "name: x\nmode: carefull", "2:7",
            "mode: \"carefull\" is not one of fast, careful; did you"
        ),
        ("name: x\nflag: yes", "2:7", "flag: expected true or false"),
        ("name: x\nflag: \"true\"", "2:7", "expected true or false, found text"),
        ("name: true", "1:7", "name: expected text, found a truth value; write it in quotes"),
        ("name: [x]", "1:7", "expected text, found a list"),
        ("name:", "1:6", "expected text, found nothing"),
        ("mode: fast", "1:1", "\"name\" is missing"),
        ("name: x\ninner:\n  memory: 2GB", "3:11", "inner.memory: \"2GB\" is not a size"),
        ("name: x\ninner: {numbers: [1, two]}", "2:22", "inner.numbers[1]: expected a whole"),
        ("name: x\ninner: {numbers: [4294967296]}", "2:19", "between 0 and 4294967295"),
        ("name: x\ninner: [1]", "2:8", "inner: expected a mapping"),
        ("name: x\nname: y", "1:1", "has name twice"),
        ("name: x\n  bad: y", "2:6", "not valid YAML"),
        ("name: x\n---\nname: y", "2:1", "not valid YAML"),
        ("name: &a x", "1:7", "uses an anchor"),
        ("name: &a x\nmode: *a", "1:7", "uses an anchor"),
        ("name: !!python/object:os.system x", "1:7", "uses the tag"),
        ("? [a]\n: x", "1:3", "has a list as a key"),
    ]

    @Test(arguments: complaints.indices)
    func mistakesNameThePlaceAndTheRemedy(index: Int) {
        let (text, place, words) = Self.complaints[index]
        let error = #expect(throws: PolicyFileError.self) { try decode(text) }
        let message = error?.description ?? ""
        #expect(message.hasPrefix("sample.yaml:\(place): "), "\(message)")
        #expect(message.contains(words), "\(message)")
    }

    @Test func nestingIsBounded() {
        for depth in [33, 900, 5000, 100_000] {
            let text = "name: " + String(repeating: "[", count: depth)
            #expect(throws: PolicyFileError.self) {
                try decode(text + "1" + String(repeating: "]", count: depth))
            }
            #expect(throws: PolicyFileError.self) { try decode(text) }
            #expect(throws: PolicyFileError.self) {
                try decode(String(repeating: "- ", count: depth) + "x")
            }
        }
    }

    @Test func aliasBombsAreRefusedAtOnce() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        text += "? *a60\n: y\n"
        #expect(throws: PolicyFileError.self) { try decode(text) }
    }

    @Test func hugeAndForeignFilesAreRefused() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/huge.yaml"
            let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: PolicyText.sizeBytesMax + 1)
            #expect(throws: PolicyFileError.self) { try PolicyText(name: "x", bytes: bytes) }
            try writeSparse(path, sizeBytes: 100 << 20)
            let error = #expect(throws: PolicyFileError.self) { try PolicyText(path: path) }
            #expect(error?.description.contains("larger than 1 MiB") == true)
        }
        #expect(throws: PolicyFileError.self) { try PolicyText(path: "/dev/zero") }
        #expect(throws: PolicyFileError.self) { try PolicyText(path: "/etc") }
        #expect(throws: PolicyFileError.self) { try PolicyText(path: "/nonexistent.yaml") }
        #expect(throws: PolicyFileError.self) { try PolicyText(name: "x", bytes: [0xFF, 0xFE]) }
        #expect(throws: PolicyFileError.self) { try decode("name: \"a\u{1}\"\nb: \u{0}") }
    }

    @Test func anEmptyFileIsAnEmptyMapping() throws {
        struct Nothing: Decodable {
            var x: Int?
            enum CodingKeys: String, CodingKey, CaseIterable { case x }
        }
        let source = try PolicyText(name: "empty", bytes: Array("# nothing\n".utf8))
        let value: Nothing = try PolicyDecoder.decode(from: source)
        #expect(value.x == nil)
    }
}
