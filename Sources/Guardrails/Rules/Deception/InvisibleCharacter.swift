internal import RunModel

/// Characters that take no space: text that a reader does not see and a program does.
struct InvisibleCharacter: PatternRule {
    let metadata = RuleMetadata(
        id: "invisible-character", category: .deception, severity: .high, action: .block,
        title: "Invisible character",
        rationale: """
            Invisible characters make two names look like one, hide data in plain sight, and carry \
            instructions to agents that a human reviewer cannot read.
            """,
        remedy: "Remove the character, or write it as an escape sequence.")

    let patterns = [
        // Zero-width space, word joiner, invisible operators, byte order mark within a text.
        text(
            "\\xE2\\x80\\x8B|\\xE2\\x81[\\xA0-\\xA4]|\\xEF\\xBB\\xBF|\\xE1\\xA0\\x8E",
            possibleIn: [.testData, .documentation], confirm: Self.notAtStart),
        // Joiners are right between letters of scripts that join, and in emoji.
        text("\\xE2\\x80[\\x8C\\x8D]", confirm: Self.betweenASCII),
        // Hangul fillers: letters without a shape.
        text("\\xE3\\x85\\xA4|\\xEF\\xBE\\xA0|\\xE1\\x85[\\x9F\\xA0]"),
        // Tags (U+E0000...) and variation selectors supplement: whole hidden sentences.
        text("\\xF3\\xA0[\\x80-\\x87][\\x80-\\xBF]", confirm: Self.notAFlag),
    ]

    private static func text(
        _ expression: String, possibleIn: PathTraits = [.testData],
        confirm: @escaping @Sendable (ContentCandidate) -> Range<Int>? = { $0.wholeLine }
    ) -> ContentPattern {
        ContentPattern(
            expression, possibleIn: possibleIn, evidence: InvisibleText.escaped,
            confirm: { $0.isReadable ? confirm($0) : nil })
    }

    func message(for match: ContentMatch) -> String { "the line holds a character nobody sees" }

    private static func notAtStart(_ candidate: ContentCandidate) -> Range<Int>? {
        // A byte order mark may begin a file.
        candidate.end == 3 && candidate.text.bytes.starts(with: [0xEF, 0xBB, 0xBF])
            ? nil : candidate.wholeLine
    }

    private static func betweenASCII(_ candidate: ContentCandidate) -> Range<Int>? {
        let bytes = candidate.text.bytes
        let before = candidate.end - 4
        let isASCIIBefore = before < candidate.window.lowerBound || bytes[before] < 0x80
        let isASCIIAfter =
            candidate.end >= candidate.window.upperBound || bytes[candidate.end] < 0x80
        return isASCIIBefore && isASCIIAfter ? candidate.wholeLine : nil
    }

    /// Flags of regions are a black flag and tags (Unicode Technical Standard 51).
    private static func notAFlag(_ candidate: ContentCandidate) -> Range<Int>? {
        let flag: [UInt8] = [0xF0, 0x9F, 0x8F, 0xB4]
        let before = candidate.before.suffix(40)
        return before.count >= 4
            && before.indices.dropLast(3).contains { before[$0..<($0 + 4)].elementsEqual(flag) }
            ? nil : candidate.wholeLine
    }

    var examples: [RuleExample] {
        [
            .violating("two names that look the same", head: ["a.py": "is_ad\u{200B}min = True\n"]),
            .violating(
                "a hidden sentence for agents",
                head: [
                    "AGENTS.md": "Be nice.\u{E0049}\u{E0067}\u{E006E}\u{E006F}\u{E0072}\u{E0065}\n"
                ]),
            .violating(
                "a NUL byte does not make it unseen",
                head: [
                    "NOTES.md": ExampleFile(bytes: Array("# Notes\0\nis_ad\u{200B}min\n".utf8))
                ]),
            .violating("a filler as a name", head: ["a.js": "const { a, \u{3164} } = req.query\n"]),
            .clean("an emoji of several people", head: ["a.md": "👨‍👩‍👧 family\n"]),
            .clean("Persian", head: ["fa.json": "{\"a\": \"می\u{200C}خواهم\"}\n"]),
            .clean(
                "a library whose bytes look like one",
                head: [
                    "lib/x.so": ExampleFile(bytes: Array("\u{7F}ELF\0\0x\u{200B}y\u{3164}".utf8))
                ]
            ),
            .clean("a byte order mark", head: ["a.cs": "\u{FEFF}using System;\n"]),
        ]
    }
}
