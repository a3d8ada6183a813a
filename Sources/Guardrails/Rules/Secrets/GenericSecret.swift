internal import RunModel

/// Random text given to a name that says it is a secret.
struct GenericSecret: PatternRule {
    let metadata = RuleMetadata(
        id: "generic-secret", category: .secrets, severity: .high, action: .review,
        title: "Likely secret in a literal",
        rationale: """
            A literal of high entropy assigned to a name such as `api_key` or `password` is a \
            credential more often than not.
            """,
        remedy: "Read it from the environment or a secret store; if it is none, name it otherwise.")

    private static let files = FileFilter.sourceCode.union(.yaml).union(.terraform)
        .union(
            FileFilter(extensions: [
                "json", "toml", "ini", "cfg", "conf", "properties", "env", "xml",
            ])
        )
        .excluding([.test, .testData, .documentation, .sample, .lockFile, .vendored, .generated])

    let patterns: [ContentPattern] = [
        ContentPattern(
            "(passw(or)?d|secret|api_?key|access_?key|auth_?token|private_?key|client_?secret|credential)[a-z0-9_]{0,20}[\"']?[ \\t]{0,4}(=>|:=|=|:)[ \\t]{0,4}[\"'][A-Za-z0-9+/_.~=-]{16}",
            ignoresCase: true, files: Self.files, identity: .text, certainty: .possible,
            evidence: SecretText.redacted, confirm: Self.literal)
    ]

    func message(for match: ContentMatch) -> String {
        "a literal that looks random has a name that says secret"
    }

    private static func literal(_ candidate: ContentCandidate) -> Range<Int>? {
        let range = SecretText.token(in: candidate) {
            SecretText.isTokenByte($0) || "+/=~".utf8.contains($0)
        }
        let token = candidate.text.bytes[range]
        let text = String(decoding: token, as: UTF8.self)
        let hasDigit = token.contains { (0x30...0x39).contains($0) }
        let hasLetter = token.contains { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
        let isPath = text.contains("/") && text.contains(".") || text.contains("://")
        let isDotted = text.split(separator: ".").count > 3
        guard hasDigit, hasLetter, !isPath, !isDotted, token.count <= 200,
            SecretText.entropy(token) >= 3.6, !SecretText.isPlaceholder(text)
        else { return nil }
        return range
    }

    var examples: [RuleExample] {
        let value = "q8Zr2Lm0" + "VxT5kWn7Yb3C"
        return [
            .violating(
                "a key in a settings module",
                head: ["settings.py": ExampleFile("API_KEY = \"\(value)\"\n")]),
            .violating(
                "a password in a chart",
                head: ["values.yaml": ExampleFile("dbPassword: \"\(value)\"\n")]),
            .clean("from the environment", head: ["s.py": "API_KEY = os.environ['API_KEY']\n"]),
            .clean(
                "the name of a message key",
                head: ["s.js": "const passwordKey = 'form.password.label'\n"]),
            .clean(
                "in a test", head: ["tests/test_a.py": ExampleFile("API_KEY = \"\(value)\"\n")]),
        ]
    }
}
