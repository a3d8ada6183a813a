internal import RunModel

/// Long encoded literals and minified lines in source code.
struct EncodedBlob: PatternRule {
    let metadata = RuleMetadata(
        id: "encoded-blob", category: .deception, severity: .medium, action: .block,
        title: "Encoded or minified content in source code",
        rationale: """
            Encoded text cannot be reviewed. Decoded and run on the same line, it is the usual \
            form of a planted payload.
            """,
        remedy: "Keep data in data files, and generated output out of the repository.",
        languages: ["source code"])

    private static let files = FileFilter.sourceCode
        .excluding([.documentation, .test, .testData, .vendored, .generated, .lockFile])

    let patterns = [
        ContentPattern(
            "(eval|exec|Function|atob|b64decode|frombase64|FromBase64String|base64[ \\t]+(-d|--decode)|unhexlify|fromhex|decompress|loads)[^\\n]{0,80}[\"'][A-Za-z0-9+/=]{80}",
            ignoresCase: true, files: files.union(.shellLike), evidence: Self.shortened),
        ContentPattern(
            "(^|[^A-Za-z0-9+/=])[A-Za-z0-9+/]{400}", files: files, certainty: .possible,
            evidence: Self.shortened, confirm: Self.literal),
        ContentPattern(
            "(\\\\x[0-9a-fA-F]{2}){60}|(\\\\u[0-9a-fA-F]{4}){40}", files: files,
            certainty: .possible, evidence: Self.shortened),
        ContentPattern(
            "(0x[0-9a-fA-F]{1,2},[ ]?){200}", files: files, certainty: .possible,
            evidence: Self.shortened),
        ContentPattern(
            "^[^\\n]{3000}", files: files, certainty: .possible, evidence: Self.shortened,
            confirm: Self.minified),
    ]

    func message(for match: ContentMatch) -> String {
        match.pattern == 0
            ? "an encoded text is decoded where it stands" : "content that cannot be read"
    }

    private static func shortened(_ text: String) -> String {
        "\(text.drop { $0 == " " }.prefix(60))…"
    }

    /// Pictures and fonts written into a page are data that browsers show, not code.
    private static func literal(_ candidate: ContentCandidate) -> Range<Int>? {
        let before = String(decoding: candidate.before.prefix(2_000), as: UTF8.self)
        let isData = ["data:image", "data:font", "data:application/font", "sha512-", "integrity"]
            .contains { before.contains($0) }
        let run = candidate.before.suffix(400)
        return isData || SecretText.entropy(run) < 4 ? nil : candidate.wholeLine
    }

    private static func minified(_ candidate: ContentCandidate) -> Range<Int>? {
        let blanks = candidate.before.count { $0 == 0x20 }
        return blanks * 12 < candidate.before.count ? candidate.wholeLine : nil
    }

    var examples: [RuleExample] {
        var state: UInt32 = 7
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let noise = String(
            (0..<500).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return alphabet[Int(state >> 24) % 64]
            })
        return [
            .violating(
                "a payload that is decoded and run",
                head: ["a.py": ExampleFile("exec(b64decode('\(noise.prefix(120))'))\n")]),
            .violating("a literal", head: ["a.js": ExampleFile("const d = \"\(noise)\"\n")]),
            .violating(
                "escapes",
                head: ["a.js": ExampleFile("x = '\(String(repeating: "\\x41", count: 80))'\n")]),
            .clean(
                "a picture",
                head: ["a.js": ExampleFile("const i = 'data:image/png;base64,\(noise)'\n")]),
            .clean("test data", head: ["tests/data/a.py": ExampleFile("D = '\(noise)'\n")]),
        ]
    }
}
