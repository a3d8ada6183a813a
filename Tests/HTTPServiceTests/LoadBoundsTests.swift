import Foundation
import Testing

/// What one tenant's requests may hold of the service while they are under way.
@Suite(.serialized) struct LoadBoundsTests {
    /// Bodies that never end: beyond 64 MiB of one tenant's the next is refused, and the others are
    /// served as ever.
    @Test func bodiesThatNeverEndLeaveRoomForOthers() throws {
        let service = try BuiltService()
        let size = 1_000_000
        let head = """
            POST /v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: \(service.key)\r\n\
            Content-Type: application/json\r\nContent-Length: \(size)\r\n\r\n
            """
        let most = [UInt8](repeating: UInt8(ascii: " "), count: size - 1)
        var clients: [RawClient] = []
        for _ in 0..<70 {
            let client = try RawClient(port: service.port)
            client.send(head).send(most)
            clients.append(client)
        }
        let body = #"{"command":["true"]}"# + String(repeating: " ", count: 900_000)
        // As soon as the service has read them.
        var mine = try TestClient(service).send("POST", "/v1/runs", body: body)
        for _ in 0..<100 where mine.status != 429 {
            Thread.pause(0.1)
            mine = try TestClient(service).send("POST", "/v1/runs", body: body)
        }
        #expect(mine.status == 429 && mine.body.contains("together"), "\(mine)")
        #expect(mine.headers["retry-after"] != nil)
        let other = try BuiltService.makeKey(
            data: service.directory, ["--name", "b", "--tenant", "b"])
        let theirs = try TestClient(service, key: other).send(
            "POST", "/v1/runs?wait_ms=20000", body: body)
        #expect(theirs.object["state"] as? String == "ended", "\(theirs.body.prefix(300))")
        // With the connections gone there is room again.
        clients = []
        var status = 0
        for _ in 0..<100 where status != 200 {
            status = try TestClient(service).send(
                "POST", "/v1/runs?wait_ms=20000", body: body
            ).status
            if status != 200 { Thread.pause(0.1) }
        }
        #expect(status == 200)
    }
}
