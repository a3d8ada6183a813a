import Foundation
import HTTPTransport
import TestSupport
import Testing

/// A service with a certificate of the operator's own authority, served by openssl.
@Suite struct AuthorityTests {
    @Test func ownAuthoritiesAreTrustedWhereTheyAreNamed() async throws {
        try await withTemporaryDirectory { folder in try await Self.check(folder) }
    }

    private static func check(_ folder: String) async throws {
        let script = """
            cd '\(folder)' && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem \
              -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
            exec openssl s_server -accept 127.0.0.1:0 -key key.pem -cert cert.pem -www -naccept 4
            """
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/bin/sh")
        server.arguments = ["-c", script]
        let output = Pipe()
        server.standardOutput = output
        server.standardError = output
        server.standardInput = Pipe()
        try server.run()
        defer { server.terminate() }
        var text = ""
        while !text.contains("ACCEPT ") || text.last != "\n" {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            text += String(decoding: data, as: UTF8.self)
        }
        let match = try #require(text.firstMatch(of: #/ACCEPT 127\.0\.0\.1:(\d+)/#), "\(text)")
        let url = "https://127.0.0.1:\(match.1)/"
        let error = await #expect(throws: WebError.self) {
            try await WebClient().send(WebRequest(.get, url))
        }
        #expect(error?.kind == .untrusted, "\(String(describing: error))")
        #expect(error?.tries == 1)
        var options = WebClientOptions()
        options.authorityFiles = [folder + "/cert.pem"]
        #expect(try await WebClient(options).send(WebRequest(.get, url)).status == 200)
        options.authorityFiles = [folder + "/missing.pem"]
        #expect(throws: WebError.self) { try WebClient(options) }
    }
}
