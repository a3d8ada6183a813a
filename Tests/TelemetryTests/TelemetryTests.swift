import Foundation
import HTTPTransport
import TestSupport
import Testing

@testable import Telemetry

/// What is sent is decoded by OpenTelemetry's own Python package.
@Suite struct TelemetryTests {
    static let encoding = OTLPEncoding(
        resource: ["service.name": .string("drydock")], scope: "drydock.agent", version: "1")

    /// Decodes a request, strictly: an unknown field is an error.
    private static func decode(_ text: String, as message: String, print: String) throws -> String {
        try withTemporaryDirectory { directory in
            let file = directory + "/body.json"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            // Protobuf's JSON has bytes in base64 where OTLP's has hexadecimal ids.
            let program = """
                import sys, json, base64
                from google.protobuf import json_format
                from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
                from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
                def ids(value):
                    if isinstance(value, list): return [ids(v) for v in value]
                    if not isinstance(value, dict): return value
                    return {k: base64.b64encode(bytes.fromhex(v)).decode() if k in ('traceId', 'spanId', 'parentSpanId')
                            else ids(v) for k, v in value.items()}
                text = open(sys.argv[1]).read()
                message = json_format.ParseDict(ids(json.loads(text)), \(message)())
                \(print)
                """
            return try GitCommandLine.output(of: [
                PythonPackages.interpreter(with: ["opentelemetry-proto==1.45.2"]), "-c", program,
                file,
            ])
        }
    }

    @Test func spansAreOpenTelemetrys() throws {
        var span = Span(
            traceID: (0..<16).map { $0 }, spanID: (1...8).map { $0 }, parentID: (2...9).map { $0 },
            name: "chat qwen3", kind: .client, startNanoseconds: 1_700_000_000_000_000_001,
            endNanoseconds: 1_700_000_000_000_000_002,
            attributes: [
                "gen_ai.usage.input_tokens": .integer(9_007_199_254_740_993),
                "gen_ai.response.finish_reasons": .strings(["stop"]), "x.double": .double(0.5),
                "x.bool": .bool(true), "x.text": .string("\"\n\u{1F600}"),
            ])
        span.events = [Span.Event(name: "agent exhausted", timeNanoseconds: 5)]
        span.status = .error("timeout")
        let output = try Self.decode(
            Self.encoding.traces([span]), as: "ExportTraceServiceRequest",
            print: """
                s = message.resource_spans[0].scope_spans[0].spans[0]
                a = {x.key: x.value for x in s.attributes}
                print(s.trace_id.hex(), s.span_id.hex(), s.parent_span_id.hex(), s.name, s.kind)
                print(s.start_time_unix_nano, s.status.code, s.status.message, s.events[0].name)
                print(a['gen_ai.usage.input_tokens'].int_value, a['x.double'].double_value, a['x.bool'].bool_value,
                      a['gen_ai.response.finish_reasons'].array_value.values[0].string_value)
                print(ascii(a['x.text'].string_value), message.resource_spans[0].resource.attributes[0].value.string_value)
                """)
        #expect(
            output.split(separator: "\n").map(String.init) == [
                "000102030405060708090a0b0c0d0e0f 0102030405060708 0203040506070809 chat qwen3 3",
                "1700000000000000001 2 timeout agent exhausted",
                "9007199254740993 0.5 True stop", "'\"\\n\\U0001f600' drydock",
            ])
    }

    @Test func aTraceParentIsReadAsTheSpecificationHasIt() throws {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let parent = try #require(TraceParent(text))
        #expect(parent.traceID.count == 16 && parent.spanID.first == 0 && parent.isSampled)
        #expect(parent.text == text)
        #expect(TraceParent(text.dropLast() + "0")?.isSampled == false)
        // A later version may say more, this one may not.
        #expect(TraceParent("cc" + text.dropFirst(2) + "-what-the-future-will-be-like") != nil)
        for wrong in [
            "", "00", "00-0-0-01", text + "-x", "ff" + text.dropFirst(2), text.uppercased(),
            String(text.dropLast()),
            "00-\(String(repeating: "0", count: 32))-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-\(String(repeating: "0", count: 16))-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902-01",
        ] {
            #expect(TraceParent(wrong) == nil, "\(wrong)")
        }
    }

    @Test func metricsAreOpenTelemetrys() throws {
        let metrics = [
            Metric(
                name: "agent_retry_count", unit: "{attempt}", description: "d",
                points: .sum([(attributes: ["k": .string("v")], value: 3)])),
            Metric(
                name: "repair_success_rate", unit: "1", description: "d",
                points: .gauge([(attributes: [:], value: 0.75)])),
            Metric(
                name: "token_usage_per_fix", unit: "{token}", description: "d",
                points: .histogram(
                    bounds: [1, 10], [(attributes: [:], values: [1, 5, 10, 11])])),
        ]
        let output = try Self.decode(
            Self.encoding.metrics(metrics, startNanoseconds: 1, timeNanoseconds: 2),
            as: "ExportMetricsServiceRequest",
            print: """
                m = message.resource_metrics[0].scope_metrics[0].metrics
                p = m[2].histogram.data_points[0]
                print(m[0].sum.data_points[0].as_int, m[0].sum.is_monotonic, m[0].sum.aggregation_temporality)
                print(m[1].gauge.data_points[0].as_double, p.count, p.sum, list(p.bucket_counts), p.min, p.max)
                """)
        #expect(
            output.split(separator: "\n").map(String.init) == [
                "3 True 2", "0.75 4 27.0 [1, 2, 1] 1.0 11.0",
            ])
    }

    @Test func theCollectorIsToldAndItsWordsAreHeard() async throws {
        let server = try ScriptedServer { request, number in
            number == 0
                ? .answer(503, "", headers: [("retry-after", "0")])
                : .answer(
                    200,
                    request.target == "/v1/traces"
                        ? "{}"
                        : #"{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"too old"}}"#
                )
        }
        let settings = try #require(
            OTLPSettings(
                environment: [
                    "OTEL_EXPORTER_OTLP_ENDPOINT": server.url + "/",
                    "OTEL_EXPORTER_OTLP_HEADERS": "x-key=secret%20value",
                    "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
                ], endpoint: nil))
        let exporter = try OTLPExporter(settings)
        let span = Span(
            traceID: [UInt8](repeating: 1, count: 16), spanID: [UInt8](repeating: 1, count: 8),
            name: "s", startNanoseconds: 1, endNanoseconds: 2)
        #expect(await exporter.export([span]) == nil)
        #expect(server.requests.map(\.target) == ["/v1/traces", "/v1/traces"])
        #expect(server.requests.last?.header("x-key") == "secret value")
        let metric = Metric(name: "m", unit: "1", description: "", points: .sum([([:], 1)]))
        let failure = await exporter.export([metric], startNanoseconds: 1, timeNanoseconds: 2)
        #expect(failure?.contains("too old") == true)
    }

    @Test func whatIsNotConfiguredIsNotSent() {
        #expect(OTLPSettings(environment: [:], endpoint: nil) == nil)
        let off = ["OTEL_SDK_DISABLED": "true"]
        #expect(OTLPSettings(environment: off, endpoint: "http://127.0.0.1:4318") == nil)
        let own = OTLPSettings(
            environment: ["OTEL_SERVICE_NAME": "heal"], endpoint: "http://127.0.0.1:4318")
        #expect(own?.resource["service.name"] == .string("heal"))
    }
}
