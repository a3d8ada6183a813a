internal import RunModel

/// Private keys in the forms that tools write.
struct PrivateKey: PatternRule {
    let metadata = RuleMetadata(
        id: "private-key", category: .secrets, severity: .critical, action: .block,
        title: "Private key",
        rationale: "Whoever has read access to the repository, now or later, can act as its owner.",
        remedy: "Replace the key everywhere it is trusted; tests make theirs when they run.")

    let patterns: [ContentPattern] = [
        ContentPattern(
            "-----BEGIN ((RSA|DSA|EC|OPENSSH|ENCRYPTED|PGP|ANY|SSH2 ENCRYPTED) )?PRIVATE KEY( BLOCK)?-----",
            identity: .text, possibleIn: [.test, .testData, .documentation, .sample],
            evidence: { _ in "-----BEGIN … PRIVATE KEY-----" }, confirm: Self.hasBody),
        ContentPattern(
            "PuTTY-User-Key-File-[23]:", identity: .text, possibleIn: [.test, .testData]),
    ]

    func message(for match: ContentMatch) -> String { "a private key" }

    /// A header alone, as in code that looks for keys, is none: a line of Base64 has to follow, on
    /// the next lines or after an escaped newline.
    private static func hasBody(_ candidate: ContentCandidate) -> Range<Int>? {
        let base64: (UInt8) -> Bool = { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F, 0x3D: true
            default: false
            }
        }
        let following = candidate.text.bytes[candidate.end...].prefix(600)
        var run = 0
        for byte in following {
            run = base64(byte) ? run + 1 : 0
            if run >= 40 { return candidate.wholeLine }
        }
        return nil
    }

    var examples: [RuleExample] {
        let body = "MIIEpAIBAAKCAQEA1b9cG7Qx0mVn3kYtR8sLwPzJfHdUeWqN5oXiKaTgBvCyMlZr"
        let begin = "-----BEGIN RSA " + "PRIVATE KEY-----"
        return [
            .violating("a key file", head: ["id_rsa": ExampleFile("\(begin)\n\(body)\n")]),
            .violating(
                "a key in code", head: ["k.go": ExampleFile("var k = \"\(begin)\\n\(body)\"\n")]),
            .clean(
                "code that looks for keys",
                head: ["scan.py": ExampleFile("if '\(begin)' in text:\n    found()\n")]),
            .clean("a public key", head: ["k.pem": "-----BEGIN PUBLIC KEY-----\nMIIB\n"]),
        ]
    }
}
