internal import RunModel

/// Tokens whose shape names the provider that issued them.
struct ProviderToken: PatternRule {
    let metadata = RuleMetadata(
        id: "provider-token", category: .secrets, severity: .critical, action: .block,
        title: "Access token of a provider",
        rationale: """
            A token in a repository is public to everyone who will ever see its history; robots \
            find it within minutes.
            """,
        remedy: "Revoke the token now, then read it from the environment or a secret store.")

    let patterns = TokenShape.all.map { shape in
        ContentPattern(
            shape.expression, identity: .text, evidence: SecretText.redacted,
            confirm: { candidate in
                let range = SecretText.token(in: candidate, where: Self.isPart)
                let token = Array(candidate.text.bytes[range])
                if let checksum = shape.checksum, checksum.holds(token) { return range }
                let text = String(decoding: token, as: UTF8.self)
                return SecretText.entropy(token) >= shape.entropyMin
                    && !SecretText.isPlaceholder(text)
                    ? range : nil
            })
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        SecretText.isTokenByte(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "+")
    }

    func message(for match: ContentMatch) -> String {
        "a token of the kind \(TokenShape.all[match.pattern].provider)"
    }

    var examples: [RuleExample] {
        // Assembled, so that scanners of this repository do not take them for real ones.
        let aws = "AKIA" + "Q3EGTRV7XKDM2HWZ"
        let github = "ghp_" + "R7mKx2VqLw9ZtB4nYc8DfG3hJs6PaE1oU5iW"
        let slack = "xoxb-" + "290183746152-QwErTyUiOpAsDfGhJkLz"
        return [
            .violating(
                "a key is written into the settings", base: ["s.py": "KEY = env('KEY')\n"],
                head: ["s.py": ExampleFile("KEY = '\(aws)'\n")]),
            .violating("in a workflow", head: ["ci.yml": ExampleFile("env:\n  T: \(github)\n")]),
            .violating(
                "a new token on a line that had another",
                base: ["a.env": ExampleFile("T=\(slack)\n")],
                head: ["a.env": ExampleFile("T=\(slack)Zw8\n")]),
            .clean(
                "the example of the provider's manual",
                head: [
                    "README.md":
                        "AKIAIOSFODNN7EXAMPLE and ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
                ]
            ),
            .clean(
                "a token moves to another file: it is as public as before",
                base: ["a.py": ExampleFile("a = 1\nb = 2\nK = '\(aws)'\n"), "b.py": "x = 1\n"],
                head: ["a.py": "a = 1\nb = 2\n", "b.py": ExampleFile("x = 1\nK = '\(aws)'\n")]),
        ]
    }
}
