import Testing

@testable import Verification

@Suite struct SecretRedactionTests {
    @Test(arguments: [
        ("GITHUB_TOKEN", "x"), ("DB_PASSWORD", "y"), ("AWS_SECRET_ACCESS_KEY", "z"),
        ("WHATEVER", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("DATABASE_URL", "postgres://user:hunter2@db/name"),
        ("SOME", "AKIAABCDEFGHIJKLMNOP"),
    ])
    func secretsAreKnownByNameOrShape(_ name: String, _ value: String) {
        #expect(SecretRedaction.isSecret(name: name, value: value))
    }

    @Test(arguments: [
        ("LANG", "C.UTF-8"), ("CI", "true"), ("MONKEY", "banana"), ("KEYBOARD", "us"),
        ("URL", "https://example.org/path"), ("PYTHONHASHSEED", "0"),
    ])
    func othersAreNot(_ name: String, _ value: String) {
        #expect(!SecretRedaction.isSecret(name: name, value: value))
    }

    @Test func valuesAndShapesGoFromLogs() {
        let redaction = SecretRedaction(secrets: ["correct horse", "1"])
        let log = """
            password is correct horse, 1 of 1
            Authorization: Bearer abcdefghijkl
            https://me:pw@example.org/x glpat-abcdefghijklmnop1234
            eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abc-def
            """
        let text = redaction.redact(log)
        for secret in ["correct horse", "abcdefghijkl", "me:pw", "glpat-", "eyJ"] {
            #expect(!text.contains(secret), "\(secret)")
        }
        // A value as short as that would take half of the log with it.
        #expect(text.contains("1 of 1"))
        #expect(text.contains("example.org/x"))
    }

    @Test func bytesThatAreNoTextStay() {
        let redaction = SecretRedaction(secrets: ["topsecret"])
        let bytes: [UInt8] = [0xff, 0xfe, 10] + Array("a topsecret".utf8)
        #expect(redaction.redact(bytes) == [0xff, 0xfe, 10] + Array("a REDACTED".utf8))
        #expect(redaction.redact([UInt8]()) == [])
    }
}
