internal import Foundation
internal import HTTPTransport
internal import JSONText
internal import RunModel

/// Where telemetry goes, from OpenTelemetry's own variables
/// (https://opentelemetry.io/docs/specs/otel/protocol/exporter).
package struct OTLPSettings: Sendable, Equatable {
    /// Without `/v1/...`.
    package var endpoint: String
    package var headers: [(name: String, value: String)] = []
    package var resource: Attributes

    package static func == (left: OTLPSettings, right: OTLPSettings) -> Bool {
        left.endpoint == right.endpoint && left.resource == right.resource
            && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }

    /// - Parameter endpoint: of the configuration, where no variable names one.
    /// - Returns: `nil` where nothing is configured, or telemetry is switched off.
    package init?(environment: [String: String], endpoint: String?) {
        guard environment["OTEL_SDK_DISABLED"]?.lowercased() != "true",
            let place = environment["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? endpoint, !place.isEmpty
        else { return nil }
        self.endpoint = place.hasSuffix("/") ? String(place.dropLast()) : place
        headers = Self.pairs(environment["OTEL_EXPORTER_OTLP_HEADERS"] ?? "")
        var resource: Attributes = [:]
        for (key, value) in Self.pairs(environment["OTEL_RESOURCE_ATTRIBUTES"] ?? "") {
            resource[key] = .string(value)
        }
        resource["service.name"] = .string(
            environment["OTEL_SERVICE_NAME"]
                ?? { if case .string(let name)? = resource["service.name"] { name } else { nil } }()
                ?? "drydock")
        resource["service.version"] = .string(DrydockVersion.text)
        self.resource = resource
    }

    /// `a=b,c=d`, percent-encoded as in W3C Baggage.
    private static func pairs(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: ",").compactMap { pair in
            let sides = pair.split(separator: "=", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard sides.count == 2, !sides[0].isEmpty else { return nil }
            return (sides[0], sides[1].removingPercentEncoding ?? sides[1])
        }
    }
}

/// Sends spans and metrics. What cannot be sent is said, and never stands in the work's way.
package struct OTLPExporter: Sendable {
    private let settings: OTLPSettings
    private let encoding: OTLPEncoding
    private let client: WebClient

    /// - Parameter scope: which part of Drydock it is about.
    package init(_ settings: OTLPSettings, scope: String = "drydock.agent") throws {
        self.settings = settings
        encoding = OTLPEncoding(
            resource: settings.resource, scope: scope, version: DrydockVersion.text)
        var options = WebClientOptions()
        // The specification's list, with the server's Retry-After.
        options.retry.statuses = [429, 502, 503, 504]
        options.retry.unprocessedStatuses = [429, 502, 503, 504]
        options.retry.retryAfterLimitMilliseconds = 5_000
        options.secrets = settings.headers.map(\.value)
        client = try WebClient(options)
    }

    /// - Returns: what went wrong; `nil` when all was taken.
    package func export(_ spans: [Span]) async -> String? {
        guard !spans.isEmpty else { return nil }
        return await post("/v1/traces", encoding.traces(spans), rejected: "rejectedSpans")
    }

    /// - Returns: what went wrong; `nil` when all was taken.
    package func export(
        _ metrics: [Metric], startNanoseconds: UInt64, timeNanoseconds: UInt64
    ) async -> String? {
        guard !metrics.isEmpty else { return nil }
        let body = encoding.metrics(
            metrics, startNanoseconds: startNanoseconds, timeNanoseconds: timeNanoseconds)
        return await post("/v1/metrics", body, rejected: "rejectedDataPoints")
    }

    private func post(_ path: String, _ body: String, rejected: String) async -> String? {
        var request = WebRequest(.post, settings.endpoint + path, body: Array(body.utf8))
        request.timeoutMilliseconds = 10_000
        request.responseByteLimit = 1 << 20
        request.isRepeatable = true
        request.set("Content-Type", "application/json")
        for header in settings.headers { request.set(header.name, header.value) }
        do {
            let response = try await client.send(request)
            guard response.head.isSuccess else {
                return "telemetry: the collector answers \(response.status) to \(path)"
            }
            // A 200 may say that a part was not taken.
            guard let answer = try? JSONValue(parsing: response.body),
                let partial = answer["partialSuccess"], let count = partial[rejected],
                count != .string("0"), count != .number("0")
            else { return nil }
            return "telemetry: the collector rejects a part: "
                + (partial["errorMessage"]?.stringValue ?? "it does not say why")
        } catch { return "telemetry: \(error)" }
    }
}
