import Foundation
import TestSupport
import Testing

@testable import HTTPService

/// What the service exports, decoded by OpenTelemetry's own package.
@Suite(.serialized) struct ServiceTelemetryTests {
    @Test func requestsAndJobsAreTraced() throws {
        let output = NSTemporaryDirectory() + "drydock-otlp-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let collector = Process()
        collector.executableURL = URL(
            filePath: try PythonPackages.interpreter(with: ["opentelemetry-proto==1.45.2"]))
        collector.arguments = [PythonClients.fixtures + "/otlp_collector.py", output]
        let pipe = Pipe()
        collector.standardOutput = pipe
        try collector.run()
        defer {
            kill(collector.processIdentifier, SIGKILL)
            collector.waitUntilExit()
        }
        let port = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let service = try BuiltService(
            environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)"])
        let client = TestClient(service)
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let made = try client.send(
            "POST", "/v1/runs?wait_ms=20000", body: #"{"command":["true"]}"#,
            headers: ["traceparent: 00-\(trace)-b7ad6b7169203331-01"])
        let job = try #require(made.object["id"] as? String)
        _ = try client.send("GET", "/v1/jobs/\(job)")
        Thread.pause(5.5)
        // What is not sent yet at the end is sent then.
        #expect(service.stop() == 0)
        let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
            .compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        let spans = lines.filter { $0["span"] != nil }
        #expect(spans.allSatisfy { $0["ordered"] as? Bool == true })
        #expect(spans.allSatisfy { $0["scope"] as? String == "drydock.service" })
        let posted = try #require(spans.first { $0["span"] as? String == "POST /v1/runs" })
        #expect(posted["trace"] as? String == trace)
        #expect(posted["parent"] as? String == "b7ad6b7169203331" && posted["kind"] as? Int == 2)
        let whole = try #require(spans.first { $0["span"] as? String == "job run" })
        let attributes = try #require(whole["attributes"] as? [String: Any])
        #expect(attributes["drydock.job.id"] as? String == job)
        let parts = spans.filter { $0["trace"] as? String == whole["trace"] as? String }
        #expect(Set(parts.compactMap { $0["span"] as? String }) == ["job run", "wait", "work"])
        let metrics = Dictionary(
            lines.compactMap { line in (line["metric"] as? String).map { ($0, line["kind"]) } },
            uniquingKeysWith: { $1 })
        #expect(metrics["drydock_http_requests_total"] as? String == "sum")
        #expect(metrics["drydock_http_request_duration_seconds"] as? String == "histogram")
        #expect(metrics["drydock_sandboxes"] as? String == "gauge")
    }
}
