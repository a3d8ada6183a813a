import Foundation
import Testing

/// The stock schemathesis against the served document: no 5xx, nothing that the document does not
/// say.
@Suite struct SchemathesisTests {
    @Test func theServiceKeepsToItsDocument() throws {
        let service = try BuiltService()
        let process = Process()
        process.executableURL = URL(
            filePath: BuiltService.root + "/.deps/clients/schemathesis/bin/schemathesis")
        let examples = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] == nil ? "4" : "100"
        process.arguments = [
            "run", service.address + "/v1/openapi.json", "-H", "X-API-Key: \(service.key)",
            "--max-examples", examples, "--phases", "coverage,fuzzing", "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            "--exclude-path", "/v1/events", "--request-timeout", "20", "--max-failures", "5",
            "--seed", "1", "--no-color",
        ]
        process.currentDirectoryURL = URL(filePath: service.directory)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text.suffix(6000))")
    }
}
