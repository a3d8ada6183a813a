import Foundation
import Testing

/// The service as a process: start, keys, bad clients, end.
@Suite struct ServerTests {
    @Test func answersWithAKeyAndNotWithout() throws {
        let service = try BuiltService()
        let client = TestClient(service)
        #expect(try client.send("GET", "/healthz").status == 200)
        #expect(try client.send("GET", "/readyz").status == 200)
        let stranger = TestClient(address: service.address, key: nil)
        #expect(try stranger.send("GET", "/healthz").status == 200)
        let refused = try stranger.send("GET", "/metrics")
        #expect(refused.status == 401)
        #expect(refused.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
        #expect(refused.object["code"] as? String == "unauthenticated")
        let bearer = try stranger.send(
            "GET", "/metrics", headers: ["Authorization: Bearer \(service.key)"])
        #expect(bearer.status == 200)
        #expect(bearer.body.contains("drydock_http_requests_total{method=\"GET\""))
        for key in ["", "e2b_", "x", service.key + "0", String(service.key.dropLast()) + "z"] {
            #expect(try TestClient(service, key: key).send("GET", "/metrics").status == 401)
        }
        #expect(service.stop() == 0)
    }

    @Test func keysAreScopedRotatedExpiredAndRevoked() async throws {
        let service = try BuiltService()
        let data = service.directory
        let reader = try BuiltService.makeKey(
            data: data, ["--name", "reader", "--scope", "read", "--tenant", "other"])
        let forbidden = try TestClient(service, key: reader).send("GET", "/metrics")
        #expect(forbidden.status == 403)
        #expect((forbidden.object["message"] as? String)?.contains("metrics") == true)
        let short = try BuiltService.makeKey(data: data, ["--name", "short", "--expires", "1ms"])
        let expired = try TestClient(service, key: short).send("GET", "/metrics")
        #expect(expired.status == 401 && expired.body.contains("expired"))

        let listed = try BuiltService.run(["keys", "list", "--data", data, "--format", "json"])
        for secret in [service.key, reader, short] {
            #expect(!listed.output.contains(secret.suffix(48)))
        }
        let listing = try #require(
            JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [String: Any])
        let keys = try #require(listing["keys"] as? [[String: Any]])
        #expect(keys.count == 3)
        let id = try #require(
            keys.first { $0["name"] as? String == "test" }?["id"] as? String)
        let rotated = try BuiltService.run(["keys", "rotate", id, "--data", data])
        let successor = rotated.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try TestClient(service, key: successor).send("GET", "/metrics").status == 200)
        #expect(try TestClient(service).send("GET", "/metrics").status == 200)
        #expect(try BuiltService.run(["keys", "revoke", id, "--data", data]).status == 0)
        try await Task.sleep(for: .milliseconds(1100))
        let revoked = try TestClient(service).send("GET", "/metrics")
        #expect(revoked.status == 401 && revoked.body.contains("revoked"))
        #expect(try BuiltService.run(["keys", "revoke", "key-none", "--data", data]).status == 2)
        let both = try BuiltService.run(
            [
                "keys", "create", "--data", data, "--name", "x", "--scope", "approve", "--scope",
                "run",
            ])
        #expect(both.status == 2)
    }

    /// A copy of the store gives nobody a key.
    @Test func secretsAreNotKept() throws {
        let service = try BuiltService()
        _ = try TestClient(service).send("GET", "/metrics")
        for name in try FileManager.default.contentsOfDirectory(atPath: service.directory) {
            let bytes =
                FileManager.default.contents(atPath: service.directory + "/" + name) ?? Data()
            #expect(bytes.range(of: Data(service.key.suffix(48).utf8)) == nil, "\(name)")
        }
    }

    @Test(arguments: [
        (["--listen", "0.0.0.0:0"], "in the clear"),
        (["--listen", "0.0.0.0:0", "--behind-proxy"], "no key yet"),
        (["--listen", "example.org:1"], "in the clear"),
        (["--listen", "nonsense"], "no address"),
        (["--listen", "127.0.0.1:99999"], "no address"),
        (["--tls-certificate", "/nowhere"], "both a certificate and its key"),
        (["--tls-certificate", "/nowhere", "--tls-key", "/nowhere"], "cannot be used"),
        (["--store", "postgres://localhost/drydock"], "not in this version"),
        (["--store", "mysql"], "is no store"),
    ])
    func refusesToStart(options: [String], message: String) throws {
        let data = NSTemporaryDirectory() + "drydock-refused-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: data) }
        let ended = try BuiltService.run(["serve", "--data", data] + options)
        #expect(ended.status == 2)
        #expect(ended.errors.contains(message), "\(ended.errors)")
    }

    @Test func wrongPathsAndMethodsAreSaidPlainly() throws {
        let service = try BuiltService()
        let client = TestClient(service)
        let missing = try client.send("GET", "/nothing/here")
        #expect(missing.status == 404)
        #expect(missing.object["code"] as? String == "not_found")
        #expect(missing.object["request_id"] as? String == missing.headers["x-request-id"])
        let wrong = try client.send("DELETE", "/healthz")
        #expect(wrong.status == 405)
        #expect(wrong.headers["allow"]?.contains("GET") == true)
        for path in ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/healthz/..%2f.."] {
            #expect(try client.send("GET", path).status == 404, "\(path)")
        }
        let named = try client.send("GET", "/healthz", headers: ["X-Request-ID: mine-1"])
        #expect(named.headers["x-request-id"] == "mine-1")
        #expect(service.log.contains("\"request_id\":\"mine-1\""))
        let hostile = try client.send("GET", "/healthz", headers: ["X-Request-ID: a b\"c"])
        #expect(hostile.headers["x-request-id"] != "a b\"c")
    }

    /// RFC 9112, 6.3: what could be read in two ways is refused, and the connection ends.
    @Test(arguments: [
        "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
        "GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
        "NONSENSE\r\n\r\n",
    ])
    func requestsThatCouldBeReadInTwoWaysAreRefused(request: String) throws {
        let service = try BuiltService()
        let client = try RawClient(port: service.port)
        let answer = client.send(request).readAll()
        #expect(answer.hasPrefix("HTTP/1.1 400") || answer.isEmpty, "\(answer)")
        #expect(answer.components(separatedBy: "HTTP/1.1 ").count <= 2, "two answers: \(answer)")
        #expect(!answer.contains("drydock_http") && !answer.contains("unauthenticated"))
        #expect(try TestClient(service).send("GET", "/healthz").status == 200)
    }

    @Test func idleConnectionsDoNotKeepOthersOut() throws {
        let service = try BuiltService()
        var idle: [RawClient] = []
        for index in 0..<1500 {
            guard let client = try? RawClient(port: service.port) else { break }
            if index % 2 == 0 { client.send("GET /healthz HTTP/1.1\r\nHost: ") }
            idle.append(client)
        }
        #expect(idle.count > 500)
        // No child process here: Foundation's goes through all descriptors of this one, and has crashed.
        let answer = try RawClient(port: service.port).send(
            "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        ).readAll()
        #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
    }

    @Test func sigtermEndsIt() throws {
        let service = try BuiltService()
        let idle = try RawClient(port: service.port)
        #expect(service.stop() == 0)
        #expect(idle.readAll().isEmpty)
    }
}
