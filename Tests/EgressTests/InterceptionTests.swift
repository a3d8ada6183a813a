import Foundation
import RunModel
import TestSupport
import Testing

@testable internal import Egress

/// TLS opened at the gateway, with a real server behind and curl before it.
@Suite(.serialized) struct InterceptionTests {
    @Test func methodsAndPathsAreJudgedInsideTLS() async throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        let port = server.port
        let allow =
            "web.test:\(port);method=GET;path=/echo,web.test:\(port);method=POST;path=/echo/in/"
        try await Stage.with(allow, ports: [port], trusting: server.authority) { stage in
            let site = "https://web.test:\(port)"
            #expect(try stage.curl(site + "/echo/a?q=1").contains("GET /echo/a?q=1 HTTP/1.1"))
            #expect(try stage.curl("-d", "body", site + "/echo/in/").hasSuffix("body"))
            for refused in [
                ["-X", "DELETE", site + "/echo"], ["-d", "x", site + "/echo"], [site + "/other"],
                [site + "/echoes"], ["--path-as-is", site + "/echo/../other"],
                ["--path-as-is", site + "/echo/%2e%2e/other"],
                ["--path-as-is", site + "/echo//x"],
            ] {
                let answer = try stage.network.run(
                    ["curl", "-sS", "-m", "5", "--cacert", stage.authority] + refused)
                #expect(
                    answer.contains("drydock: refused: no rule allows"), "\(refused): \(answer)")
            }
            #expect(server.requests.count == 2, "\(server.requests)")
            #expect(stage.log.count { $0.verdict == "refused" } == 7, "\(stage.log)")
            #expect(
                stage.log.contains { $0.rule.contains("GET /echo/a: 200") && $0.bytesIn > 0 },
                "the query is not in the report: \(stage.log)")
        }
    }

    @Test func clientsKeepTheirConnectionAndEveryFramingPasses() async throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        let site = "https://web.test:\(server.port)"
        try await Stage.with(
            "web.test:\(server.port);tls=intercept", ports: [server.port],
            trusting: server.authority
        ) { stage in
            let answer = try stage.network.run([
                "curl", "-sS", "-v", "-m", "10", "--cacert", stage.authority, site + "/chunked",
                site + "/open", site + "/bytes/10", site + "/missing",
            ])
            #expect(answer.contains("one two three"), "\(answer)")
            #expect(answer.contains("until the end"))
            #expect(answer.contains("xxxxxxxxxx"))
            #expect(answer.contains("404"))
            #expect(answer.contains("Re-using existing connection"), "\(answer)")
            #expect(
                try stage.curl("-I", site + "/bytes/77").lowercased().contains("content-length: 77")
            )
            #expect(try stage.curl("-0", site + "/chunked").hasSuffix("one two three"))
            let large = try stage.curl(
                "-w", "%{size_download}", "-o", "/dev/null", site + "/bytes/30000000")
            #expect(large == "30000000")
            let up = try stage.network.run([
                "sh", "-c",
                "head -c 3000000 /dev/zero | tr '\\0' a | curl -sS -m 10 --cacert \(stage.authority) -H 'Transfer-Encoding: chunked' --data-binary @- \(site)/echo | tail -c 3000000 | tr -d a | wc -c",
            ])
            #expect(up.trimmingCharacters(in: .whitespacesAndNewlines) == "0", "\(up)")
        }
    }

    /// Half an answer must not look whole.
    @Test func aCutAnswerIsAnError() async throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        try await Stage.with(
            "web.test:\(server.port);tls=intercept", ports: [server.port],
            trusting: server.authority
        ) { stage in
            let answer = try stage.curl("https://web.test:\(server.port)/cut")
            #expect(answer.contains("curl: (18)") || answer.contains("curl: (56)"), "\(answer)")
            #expect(stage.log.contains { $0.rule.contains("closed before its answer") })
        }
    }

    /// What the host does not trust, the sandbox does not get: by authority and by name.
    @Test func serversAreVerifiedStrictly() async throws {
        let server = try TestServer(tls: true)
        let misnamed = try TestServer(tls: true, name: "else.test")
        defer {
            server.stop()
            misnamed.stop()
        }
        try await Stage.with("web.test:\(server.port);tls=intercept", ports: [server.port]) {
            let answer = try $0.curl("https://web.test:\(server.port)/echo")
            #expect(answer.contains("not one that this host trusts"), "\(answer)")
            #expect(server.requests.isEmpty)
        }
        try await Stage.with(
            "web.test:\(misnamed.port);tls=intercept", ports: [misnamed.port],
            trusting: misnamed.authority
        ) {
            let answer = try $0.curl("https://web.test:\(misnamed.port)/echo")
            #expect(answer.contains("drydock: refused"), "\(answer)")
            #expect(misnamed.requests.isEmpty)
        }
    }

    /// Threat 63: inside opened TLS the name must be the one it was opened for, request by request.
    @Test func anotherHostInsideTLSIsRefused() async throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        try await Stage.with(
            "*.web.test:\(server.port);tls=intercept,web.test:\(server.port);tls=intercept",
            ports: [server.port], trusting: server.authority
        ) { stage in
            for host in [
                "evil.test", "a.web.test", "web.test.", "web.test:80", "WEB.TEST@evil.test",
            ] {
                let answer = try stage.curl(
                    "-H", "Host: \(host)", "https://web.test:\(server.port)/echo")
                #expect(answer.contains("drydock: refused"), "\(host): \(answer)")
            }
            #expect(server.requests.isEmpty, "\(server.requests)")
            // HTTP/2, whose streams could each name another, is not spoken.
            let version = try stage.curl(
                "--http2", "-o", "/dev/null", "-w", "%{http_version}",
                "https://web.test:\(server.port)/echo")
            #expect(version == "1.1")
        }
    }

    @Test func aSecretIsPutInAtTheEdge() async throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        let secret = "s3cret-\(UUID().uuidString)"
        let token = try EdgeCredential(
            name: "token", hosts: ["web.test"], prefix: "Bearer ", secret: secret)
        let basic = try EdgeCredential(
            name: "basic", hosts: ["*.web.test"], username: "user", secret: secret)
        try await Stage.with(
            "web.test:\(server.port);credential=token,a.web.test:\(server.port);credential=basic,"
                + "other.test:\(server.port);credential=token", ports: [server.port],
            trusting: server.authority
        ) {
            $0.credentials.named = ["token": token, "basic": basic]
        } _: { stage in
            // The server tells its request back: the secret must not get inside even so.
            let answer = try stage.curl(
                "-H", "Authorization: Bearer \(token.placeholder)",
                "https://web.test:\(server.port)/echo")
            #expect(answer.contains("transfer closed"), "\(answer)")
            #expect(stage.log.contains { $0.rule.contains("holds credential token") })
            #expect(try stage.curl("https://web.test:\(server.port)/bytes/3") == "xxx")
            let other = try stage.curl("https://a.web.test:\(server.port)/echo")
            #expect(stage.log.contains { $0.rule.contains("holds credential basic") }, "\(other)")
            // Not for a host that it does not name, whatever the rule says.
            let foreign = try stage.curl("-k", "https://other.test:\(server.port)/echo")
            #expect(foreign.contains("is not for other.test"), "\(foreign)")
            for text in [answer, other, foreign, "\(stage.log)", "\(token)", "\(basic)"] {
                #expect(!text.contains(secret))
            }
            #expect(server.requests.count == 3)
        }
    }

    /// However a secret is cut into pieces, not even most of it comes through.
    @Test func aSecretInPiecesIsFound() {
        let secret = Array("abcabd".utf8)
        for size in 1...7 {
            var scanner = SecretScanner([secret])
            let text = Array("xxabcabcabdyy".utf8)
            var passed: [UInt8] = []
            var isFound = false
            for start in stride(from: 0, to: text.count, by: size) where !isFound {
                if let part = scanner.pass(text[start..<min(start + size, text.count)]) {
                    passed += part
                } else {
                    isFound = true
                }
            }
            #expect(isFound && passed.count <= 5, "\(String(decoding: passed, as: UTF8.self))")
            var clean = SecretScanner([secret])
            let whole = (clean.pass(Array("abcab".utf8)[...]) ?? []) + clean.finish()
            #expect(Array(whole) == Array("abcab".utf8))
        }
    }

    /// The clients' own ways to find roots, each with the run's bundle.
    @Test func clientsTrustTheRunsAuthority() async throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        try await Stage.with(
            "web.test:\(server.port);tls=intercept", ports: [server.port],
            trusting: server.authority
        ) { stage in
            let bundle = stage.authority
            let url = "https://web.test:\(server.port)/echo"
            let python = try stage.network.run([
                "env", "SSL_CERT_FILE=\(bundle)", "python3", "-c",
                "import urllib.request as u; print(u.urlopen('\(url)').read())",
            ])
            #expect(python.contains("GET /echo"), "\(python)")
            let openssl = try stage.network.run([
                "sh", "-c",
                "openssl x509 -in \(bundle) -noout -text; echo | timeout 5 openssl s_client -connect web.test:\(server.port) -servername web.test -CAfile \(bundle) -verify_return_error -x509_strict 2>&1",
            ])
            #expect(openssl.contains("Verify return code: 0"), "\(openssl)")
        }
    }
}
