import Foundation
import Testing

/// Living sandboxes and a service that is killed: everything is found again.
@Suite(.serialized) struct RestartTests {
    @Test func sandboxesProcessesAndOutputOutliveTheService() throws {
        let first = try BuiltService()
        let client = TestClient(first)
        let created = try client.send(
            "POST", "/v2/sandboxes",
            body: #"{"templateID":"base","timeout":300,"metadata":{"who":"restart"}}"#,
            headers: ["Idempotency-Key: restart-1"])
        #expect(created.status == 201)
        let id = try #require(created.object["sandboxID"] as? String)
        let token = try #require(created.object["envdAccessToken"] as? String)
        let headers = [
            "e2b-sandbox-id: \(id)", "e2b-sandbox-port: 49983", "x-access-token: \(token)",
        ]

        // Prints before, during and after the time without a service.
        let process = try start(
            first.address, headers,
            "for i in $(seq 1 40); do echo line $i; sleep 0.1; done; exit 5")
        Thread.pause(0.5)
        kill(first.pid, SIGKILL)
        _ = first.waitForEnd()
        process.terminate()
        Thread.pause(1)

        let second = try BuiltService(directory: first.directory)
        let again = TestClient(address: second.address, key: first.key)
        let listed = try again.send("GET", "/v2/sandboxes?metadata=who%3Drestart")
        #expect((listed.json as? [[String: Any]])?.first?["sandboxID"] as? String == id)
        // The same wish with the same key is the same sandbox, whoever answers.
        let repeated = try again.send(
            "POST", "/v2/sandboxes",
            body: #"{"timeout":300,"templateID":"base","metadata":{"who":"restart"}}"#,
            headers: ["Idempotency-Key: restart-1"])
        #expect(repeated.object["sandboxID"] as? String == id)
        let processes = try again.send(
            "POST", "/process.Process/List", body: "{}", headers: headers)
        let running = try #require(processes.object["processes"] as? [[String: Any]])
        let pid = try #require(running.first?["pid"] as? Int)

        let output = try attach(second.address, headers, pid)
        #expect(output.text == (1...40).map { "line \($0)\n" }.joined())
        #expect(output.end.contains("\"exitCode\":5"), "\(output.end)")
        #expect(try again.send("DELETE", "/sandboxes/\(id)").status == 204)
        #expect(try again.send("DELETE", "/sandboxes/\(id)").status == 404)
        #expect(second.stop() == 0)
    }

    @Test func aSandboxWhoseSupervisorWasKilledIsGone() throws {
        let first = try BuiltService()
        let client = TestClient(first)
        let created = try client.send(
            "POST", "/v2/sandboxes", body: #"{"templateID":"base","timeout":300}"#)
        let id = try #require(created.object["sandboxID"] as? String)
        let supervisor = try #require(Self.supervisor(of: id))
        kill(supervisor, SIGKILL)
        for _ in 0..<100 where try client.send("GET", "/sandboxes/\(id)").status != 404 {
            Thread.pause(0.05)
        }
        #expect(try client.send("GET", "/sandboxes/\(id)").status == 404)
        let health = try client.send(
            "GET", "/health", headers: ["e2b-sandbox-id: \(id)", "e2b-sandbox-port: 49983"])
        #expect(health.status == 502 && health.body.contains("was not found"))
        #expect(first.stop() == 0)
    }

    /// The process that listens on a sandbox's socket; the table is not read in one moment.
    private static func supervisor(of id: String) -> Int32? {
        for _ in 0..<40 {
            if let found = supervisorNow(of: id) { return found }
            Thread.pause(0.05)
        }
        return nil
    }

    private static func supervisorNow(of id: String) -> Int32? {
        guard
            let table = try? String(contentsOfFile: "/proc/net/unix", encoding: .utf8),
            let line = table.split(separator: "\n").first(where: { $0.hasSuffix("/\(id)/socket") })
        else { return nil }
        let inode = line.split(separator: " ")[6]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = Int32(name),
                let descriptors = try? FileManager.default.contentsOfDirectory(
                    atPath: "/proc/\(pid)/fd")
            else { continue }
            for descriptor in descriptors {
                let target = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(pid)/fd/\(descriptor)")
                if target == "socket:[\(inode)]" { return pid }
            }
        }
        return nil
    }

    private func start(
        _ address: String, _ headers: [String], _ script: String
    ) throws -> Process {
        let body =
            #"{"process":{"cmd":"/bin/bash","args":["-c",\#(Self.quoted(script))]},"stdin":false}"#
        return try stream(address + "/process.Process/Start", headers, body, to: nil)
    }

    private func attach(
        _ address: String, _ headers: [String], _ pid: Int
    ) throws -> (text: String, end: String) {
        let output = Pipe()
        let process = try stream(
            address + "/process.Process/Connect", headers, #"{"process":{"pid":\#(pid)}}"#,
            to: output)
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        var rest = bytes[...]
        var text = ""
        var end = ""
        while rest.count >= 5 {
            let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
            let frame = rest.dropFirst(5).prefix(length)
            rest = rest.dropFirst(5 + length)
            let message = String(decoding: frame, as: UTF8.self)
            if message.contains("\"end\"") { end = message }
            if let range = message.range(of: "\"stdout\":\"") {
                let encoded = message[range.upperBound...].prefix { $0 != "\"" }
                text += String(
                    decoding: Data(base64Encoded: String(encoded)) ?? Data(), as: UTF8.self)
            }
        }
        return (text, end)
    }

    private func stream(
        _ address: String, _ headers: [String], _ body: String, to output: Pipe?
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let all = headers + ["Content-Type: application/connect+json"]
        process.arguments =
            ["curl", "-s", "-N", "--max-time", "60", "--data-binary", "@-"]
            + all.flatMap { ["-H", $0] } + [address]
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = output ?? FileHandle.nullDevice
        try process.run()
        let count = UInt32(body.utf8.count)
        let head: [UInt8] = [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
        input.fileHandleForWriting.write(Data(head + Array(body.utf8)))
        try input.fileHandleForWriting.close()
        return process
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

extension Thread {
    static func pause(_ seconds: Double) { usleep(UInt32(seconds * 1_000_000)) }
}
