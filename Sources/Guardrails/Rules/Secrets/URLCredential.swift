internal import RunModel

/// Passwords in addresses.
struct URLCredential: PatternRule {
    let metadata = RuleMetadata(
        id: "url-credential", category: .secrets, severity: .high, action: .block,
        title: "Password in an address",
        rationale: """
            Addresses end up in logs, error messages and process lists, and this one in the \
            repository's history, with the password in clear.
            """,
        remedy: "Keep the password apart from the address and read it from a secret store.")

    let patterns: [ContentPattern] = [
        ContentPattern(
            "[a-z][a-z0-9+]{2,15}://[A-Za-z0-9._%+-]{1,64}:[^ \\t\\n\"'@/:]{3,128}@[A-Za-z0-9\\[]",
            identity: .text,
            possibleIn: [.test, .testData, .documentation, .sample, .container],
            evidence: { "\($0.prefix(while: { $0 != ":" }))://…:…@… (redacted)" },
            confirm: Self.credential)
    ]

    func message(for match: ContentMatch) -> String { "an address with a password in it" }

    private static func credential(_ candidate: ContentCandidate) -> Range<Int>? {
        // The match ends with the first byte of the host.
        let bytes = candidate.text.bytes
        var end = candidate.end
        while end < candidate.window.upperBound, SecretText.isTokenByte(bytes[end]) { end += 1 }
        var start = candidate.end - 1
        while start > candidate.window.lowerBound, !" \t\"'`(<=,[".utf8.contains(bytes[start - 1]) {
            start -= 1
        }
        let address = String(decoding: bytes[start..<end], as: UTF8.self)
        guard let at = address.lastIndex(of: "@"), let colon = address.firstIndex(of: ":") else {
            return nil
        }
        let user = address[colon..<at].drop { ":/".contains($0) }
            .split(separator: ":", maxSplits: 1)
        let host = address[address.index(after: at)...].lowercased()
        guard user.count == 2 else { return nil }
        let password = String(user[1])
        let lowered = password.lowercased()
        let isDefault =
            [
                "pass", "password", "pw", "pwd", "secret", "test", "root", "admin", "postgres",
                "guest",
                "user", "foo", "bar", "hunter2", "token", "mysql", "redis", "minio",
            ].contains(lowered)
            || lowered == user[0].lowercased()
        let isLocal =
            !host.contains(".") || host.hasPrefix("127.") || host.hasPrefix("0.0.0.0")
            || host.hasPrefix("host.") || host.contains("example.")
        if SecretText.isPlaceholder(password) || isDefault || isLocal { return nil }
        return start..<end
    }

    var examples: [RuleExample] {
        let password = "v9K2" + "mQx7Lr4T"
        return [
            .violating(
                "a database address in code",
                head: [
                    "db.py": ExampleFile("URL = 'postgres://app:\(password)@db1.corp.net/app'\n")
                ]),
            .violating(
                "a registry address in a configuration",
                head: ["pip.ini": ExampleFile("index = https://ci:\(password)@pkg.corp.net/\n")]),
            .clean(
                "a development default",
                head: ["s.py": "URL = 'postgres://postgres:postgres@localhost/app'\n"]),
            .clean(
                "a template", head: ["s.sh": "git clone https://bot:${TOKEN}@git.corp.net/a\n"]),
        ]
    }
}
