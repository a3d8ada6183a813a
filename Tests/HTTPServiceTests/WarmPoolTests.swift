import Foundation
import Testing

/// Sandboxes that are ready before they are asked for.
@Suite(.serialized) struct WarmPoolTests {
    private static let body = #"{"templateID":"base","timeout":60,"envVars":{"WHOSE":"mine"}}"#

    private func ready(_ client: TestClient) throws -> Int {
        let text = try client.send("GET", "/metrics").body
        let line = text.split(separator: "\n").first { $0.hasPrefix("drydock_sandboxes_ready ") }
        return Int(Double(line?.split(separator: " ").last ?? "") ?? -1)
    }

    private func waitForReady(_ client: TestClient) throws {
        for _ in 0..<100 {
            if try ready(client) > 0 { return }
            Thread.pause(0.1)
        }
        Issue.record("nothing was made in advance")
    }

    private func list(_ client: TestClient) throws -> [String] {
        let items = try client.send("GET", "/v2/sandboxes").json as? [[String: Any]]
        return (items ?? []).compactMap { $0["sandboxID"] as? String }
    }

    /// It is made after the first request for its kind, is nobody's until it is given away, once, and
    /// is then like one that was made for the request.
    @Test func aReadyOneIsGivenAwayOnce() throws {
        let service = try BuiltService()
        let client = TestClient(service)
        #expect(try ready(client) == 0)
        let first = try client.send("POST", "/v2/sandboxes", body: Self.body)
        #expect(first.status == 201)
        try waitForReady(client)
        let one = try #require(first.object["sandboxID"] as? String)
        #expect(try list(client) == [one])
        // Its limits are no tenant's yet.
        _ = try BuiltService.run(
            ["keys", "quota", "default", "--data", service.directory, "--sandboxes", "2"])
        let asked = Date()
        let second = try client.send("POST", "/v2/sandboxes", body: Self.body)
        #expect(second.status == 201, "\(second.body)")
        let two = try #require(second.object["sandboxID"] as? String)
        #expect(try Set(list(client)) == [one, two] && one != two)
        let shown = try client.send("GET", "/sandboxes/\(two)").object
        let started = try #require(shown["startedAt"] as? String)
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        let time = try #require(formatter.date(from: started), "\(started)")
        #expect(time < asked, "it was started at \(started), after it was asked for")
        let end = try #require(shown["endAt"] as? String)
        #expect(try #require(formatter.date(from: end)).timeIntervalSince(asked) > 50)
        for identifier in [one, two] {
            let printed = try client.send(
                "POST", "/process.Process/Start",
                body: message(
                    #"{"process":{"cmd":"/bin/sh","args":["-c","echo $WHOSE $E2B_SANDBOX_ID; ls -A /home/user /tmp | grep -v :"]}}"#
                ),
                headers: [
                    "E2b-Sandbox-Id: \(identifier)", "Content-Type: application/connect+json",
                ]
            ).body
            let text = Data("mine \(identifier)\n".utf8).base64EncodedString().dropLast(4)
            #expect(printed.contains(text), "\(printed)")
        }
        #expect(try client.send("POST", "/v2/sandboxes", body: Self.body).status == 429)
    }

    /// What was ready when a service was killed is not known to be untouched.
    @Test func whatAKilledServiceHadReadyIsNotGivenAway() throws {
        let service = try BuiltService()
        let (directory, key) = (service.directory, service.key)
        _ = try TestClient(service).send("POST", "/v2/sandboxes", body: Self.body)
        try waitForReady(TestClient(service))
        let before = try list(TestClient(service))
        service.killNow()
        let next = try BuiltService(directory: directory)
        let client = TestClient(address: next.address, key: key)
        #expect(try ready(client) == 0)
        #expect(try list(client) == before)
        let asked = Date()
        let made = try client.send("POST", "/v2/sandboxes", body: Self.body).object
        let identifier = try #require(made["sandboxID"] as? String)
        let shown = try client.send("GET", "/sandboxes/\(identifier)").object
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        let time = try #require(formatter.date(from: shown["startedAt"] as? String ?? ""))
        #expect(time.timeIntervalSince(asked) > -0.01)
    }

    /// One message of a Connect stream.
    private func message(_ text: String) -> String {
        let size = UInt32(text.utf8.count)
        let head = [
            0, UInt8(size >> 24), UInt8(size >> 16 & 255), UInt8(size >> 8 & 255),
            UInt8(size & 255),
        ]
        return String(decoding: head, as: UTF8.self) + text
    }
}
