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
        let opened = try client.send("POST", "/v1/sessions", body: #"{"repository":"here"}"#)
        let session = try #require(opened.object["id"] as? String)
        let path = "deploy.sh"
        _ = try client.send(
            "PUT", "/v1/sessions/\(session)/files?path=\(path)", body: "chmod 777 /srv\n")
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
