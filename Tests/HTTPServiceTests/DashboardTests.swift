import Foundation
import Testing

@testable import HTTPService

/// The dashboard in headless Chromium, with and without JavaScript, light and dark.
@Suite(.serialized) struct DashboardTests {
    @Test func aPersonFindsTheirWay() throws {
        let service = try BuiltService(options: ["--repository", "here=\(try Self.repository())"])
        let client = TestClient(service)
        let approver = try BuiltService.makeKey(
            data: service.directory,
            ["--name", "human", "--scope", "approve", "--scope", "read", "--scope", "audit"])
        let made = try client.send(
            "POST", "/v1/runs?wait_ms=30000",
            body: #"{"command":["sh","-c","echo '<script>alert(1)</script>'"],"repository":"here"}"#
        )
        let job = try #require(made.object["id"] as? String)
        // Long enough for a course of what it uses.
        let busyJob = try client.send(
            "POST", "/v1/runs?wait_ms=30000",
            body:
                #"{"command":["sh","-c","head -c 9000000 /dev/zero > zeros; timeout 3 sh -c 'while :; do :; done'; true"]}"#
        )
        let long = try #require(busyJob.object["id"] as? String)
        let opened = try client.send("POST", "/v1/sessions", body: #"{"repository":"here"}"#)
        let session = try #require(opened.object["id"] as? String)
        let path = "deploy.sh"
        _ = try client.send(
            "PUT", "/v1/sessions/\(session)/files?path=\(path)", body: "chmod 777 /srv\n")
        let created = try client.send(
            "POST", "/v2/sandboxes",
            body: #"{"templateID":"base","timeout":300,"metadata":{"agent":"demo"}}"#)
        let sandbox = try #require(created.object["sandboxID"] as? String)
        let token = try #require(created.object["envdAccessToken"] as? String)
        // Something to see in the plots; they are of when somebody looked, and of what runs.
        let busy = try RawClient(port: service.port)
        let body = Array(
            #"{"process":{"cmd":"/bin/sh","args":["-c","while :; do :; done"]},"stdin":false}"#.utf8
        )
        busy.send(
            "POST /process.Process/Start HTTP/1.1\r\nhost: x\r\ne2b-sandbox-id: \(sandbox)\r\n"
                + "e2b-sandbox-port: 49983\r\nx-access-token: \(token)\r\n"
                + "content-type: application/connect+json\r\ncontent-length: \(body.count + 5)\r\n\r\n"
        )
        busy.send([0, 0, 0, 0, UInt8(body.count)] + body)
        for _ in 0..<6 {
            _ = try client.send("GET", "/sandboxes/\(sandbox)/metrics")
            Thread.pause(0.15)
        }
        let waiting = try client.send("POST", "/v1/runs", body: #"{"command":["sleep","120"]}"#)
        let running = try #require(waiting.object["id"] as? String)
        let screenshots = service.directory + "/screenshots"
        try FileManager.default.createDirectory(
            atPath: screenshots, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(
            filePath: BuiltService.root + "/.deps/clients/selenium/bin/python")
        process.arguments = [
            BuiltService.root + "/Tests/HTTPServiceTests/Fixtures/dashboard.py", service.address,
            service.key, approver, job, session,
            ProcessInfo.processInfo.environment["DRYDOCK_SCREENSHOTS"] ?? screenshots,
            sandbox, running, long,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text.hasSuffix("OK\n"), "\(text.suffix(4000))")
    }

    @Test func textIsNeverMarkup() {
        let hostile = "<img src=x onerror=alert(1)>\"'&\u{1b}[31m"
        let markup: Markup = "<p title=\"\(hostile)\">\(hostile)</p>"
        #expect(!markup.description.contains("<img"))
        #expect(!markup.description.contains("\u{1b}"))
        #expect(markup.description.contains("&lt;img"))
    }

    private static func repository() throws -> String {
        let path = NSTemporaryDirectory() + "drydock-dashboard-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try "hello\n".write(toFile: path + "/file.txt", atomically: true, encoding: .utf8)
        for arguments in [
            ["init", "-q", "-b", "main"], ["add", "-A"],
            ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "one"],
        ] {
            let git = Process()
            git.executableURL = URL(filePath: "/usr/bin/git")
            git.arguments = ["-C", path] + arguments
            try git.run()
            git.waitUntilExit()
        }
        return path
    }
}
