import Foundation
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite struct SecretTests {
    @Test func everyFormIsTakenOut() {
        let secret = "sk-ant/very+secret=value"
        let redaction = SecretRedaction(["Bearer \(secret)", secret])
        let forms = [
            secret, Data(secret.utf8).base64EncodedString(), "sk%2Dant%2Fvery%2Bsecret%3Dvalue",
            "Bearer \(secret)",
        ]
        for form in forms {
            let text = redaction.text("before \(form) after")
            #expect(!text.contains(form) && text.contains("after"), "\(form)")
        }
        #expect(SecretRedaction(["", "ab"]).text("ab c") == "ab c")
    }

    @Test func errorsAndRecordsHaveNone() async throws {
        let secret = "ghp_0123456789abcdef0123"
        let records = Mutex<[WebTry]>([])
        var options = WebClientOptions()
        options.pause = { _ in }
        options.observe = { record in records.withLock { $0.append(record) } }
        let client = try WebClient(options)
        var request = WebRequest(.get, "http://127.0.0.1:9/repos/\(secret)?access_token=\(secret)")
        request.set("Authorization", "token \(secret)")
        request.timeoutMilliseconds = 5_000
        let error = await #expect(throws: WebError.self) { try await client.send(request) }
        #expect(error.map { !"\($0)".contains(secret) } ?? false)
        let seen = records.withLock { $0 }
        #expect(seen.count == 4 && !seen.contains { "\($0)".contains(secret) })
    }

    @Test func proxySettings() throws {
        let proxy = try #require(
            try ProxySettings.from(environment: [
                "https_proxy": "http://me:pass%40word@proxy.example:3128",
                "NO_PROXY": "example.org, .internal.example,10.0.0.1",
            ]))
        #expect(proxy.host == "proxy.example" && proxy.port == 3128)
        #expect(proxy.credentials == "me:pass@word")
        for host in [
            "127.0.0.1", "localhost", "::1", "example.org", "a.example.org",
            "x.internal.example", "10.0.0.1",
        ] { #expect(!proxy.covers(host), "\(host)") }
        for host in ["example.com", "notexample.org", "10.0.0.2"] { #expect(proxy.covers(host)) }
        #expect(try ProxySettings.from(environment: ["HTTP_PROXY": "http://a"]) == nil)
        #expect(throws: WebError.self) { try ProxySettings(url: "socks5://a:1") }
    }

    /// Through a proxy that answers CONNECT, and with its credentials.
    @Test func connectionsGoThroughTheProxy() async throws {
        let proxy = try ScriptedServer { request, _ in
            .answer(request.method == "CONNECT" ? 407 : 500)
        }
        var options = WebClientOptions()
        options.proxy = try ProxySettings(url: "http://name:pass-word-1@127.0.0.1:\(proxy.port)")
        options.retry = .never
        let error = await #expect(throws: WebError.self) {
            try await WebClient(options).send(WebRequest(.get, "https://models.example/v1"))
        }
        #expect(error?.kind == .proxy, "\(String(describing: error))")
        let seen = try #require(proxy.requests.first)
        #expect(seen.method == "CONNECT" && seen.target == "models.example:443")
        #expect(
            seen.header("proxy-authorization")
                == "Basic " + Data("name:pass-word-1".utf8).base64EncodedString())
    }

    @Test func retryAfterIsSecondsOrADate() {
        let now = Date(timeIntervalSince1970: 1_000_000_000)
        func wait(_ value: String) -> Int? {
            RetryPolicy.retryAfterMilliseconds(
                WebHead(status: 429, headers: [.init(name: "Retry-After", value: value)]), now: now)
        }
        #expect(wait("2") == 2_000)
        #expect(wait("1.5") == 1_500)
        #expect(wait("Sun, 09 Sep 2001 01:46:50 GMT") == 10_000)
        #expect(wait("Sun, 09 Sep 2001 01:46:00 GMT") == 0)
        for bad in ["-1", "soon", "nan", "1e99"] { #expect(wait(bad) == nil, "\(bad)") }
    }
}
