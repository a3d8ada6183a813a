internal import RunModel

/// Characters that change the direction of text (CVE-2021-42574, "Trojan Source").
struct BidirectionalText: PatternRule {
    let metadata = RuleMetadata(
        id: "bidirectional-text", category: .deception, severity: .critical, action: .block,
        title: "Text direction control character",
        rationale: """
            Direction overrides, embeddings and isolates make an editor show code in another order \
            than the compiler reads it, so a reviewer approves something else than what runs \
            (CVE-2021-42574).
            """,
        remedy: "Remove the character, or write it as an escape sequence of the language.")

    // U+202A...U+202E and U+2066...U+2069 in UTF-8; U+061C, U+200E and U+200F are marks that
    // ordinary Arabic and Hebrew prose uses.
    let patterns: [ContentPattern] = [
        text("\\xE2\\x80[\\xAA-\\xAE]"), text("\\xE2\\x81[\\xA6-\\xA9]"),
    ]

    private static func text(_ expression: String) -> ContentPattern {
        ContentPattern(
            expression, evidence: InvisibleText.escaped,
            confirm: { $0.isReadable ? $0.wholeLine : nil })
    }

    func message(for match: ContentMatch) -> String {
        "the line holds a character that reorders the text around it"
    }

    var examples: [RuleExample] {
        [
            .violating(
                "an override hides that a check is a comment",
                base: ["access.py": "def allow(user):\n    return user.admin\n"],
                head: [
                    "access.py":
                        "def allow(user):\n    # \u{202E} nimda.resu \u{2066} return True\n    return True\n"
                ]),
            .violating(
                "an isolate in a new file",
                head: ["main.go": "package main\n// \u{2066}begin admin\u{2069}\n"]),
            .clean(
                "Arabic text in a translation",
                head: ["ar.json": "{\"greeting\": \"مرحبا\"}\n"]),
            .clean(
                "a library whose bytes look like one",
                head: ["lib/x.so": ExampleFile(bytes: Array("\u{7F}ELF\0\0\u{202E}".utf8))]),
            .clean(
                "the character as an escape",
                head: ["strip.py": "BIDI = \"\\u202e\"\n"]),
        ]
    }
}
