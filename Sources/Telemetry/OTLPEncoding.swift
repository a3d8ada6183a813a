internal import Digests
internal import JSONText

/// The request bodies of OTLP over HTTP.
package struct OTLPEncoding: Sendable {
    package var resource: Attributes
    package var scope: String
    package var version: String

    package init(resource: Attributes, scope: String, version: String) {
        self.resource = resource
        self.scope = scope
        self.version = version
    }

    /// Of `POST {endpoint}/v1/traces`.
    package func traces(_ spans: [Span]) -> String {
        document("resourceSpans", "scopeSpans", "spans", spans.map(Self.json)).text()
    }

    /// Of `POST {endpoint}/v1/metrics`.
    ///
    /// - Parameters: when counting began, and now, since 1970.
    package func metrics(
        _ metrics: [Metric], startNanoseconds: UInt64, timeNanoseconds: UInt64
    ) -> String {
        let times: [JSONValue.Member] = [
            .init("startTimeUnixNano", .string(String(startNanoseconds))),
            .init("timeUnixNano", .string(String(timeNanoseconds))),
        ]
        return document(
            "resourceMetrics", "scopeMetrics", "metrics", metrics.map { Self.json($0, times) }
        ).text()
    }

    private func document(
        _ outer: String, _ inner: String, _ name: String, _ list: [JSONValue]
    ) -> JSONValue {
        .object([
            .init(
                outer,
                .array([
                    .object([
                        .init("resource", .object([.init("attributes", Self.json(resource))])),
                        .init(
                            inner,
                            .array([
                                .object([
                                    .init(
                                        "scope",
                                        .object([
                                            .init("name", .string(scope)),
                                            .init("version", .string(version)),
                                        ])), .init(name, .array(list)),
                                ])
                            ])),
                    ])
                ]))
        ])
    }

    private static func json(_ attributes: Attributes) -> JSONValue {
        .array(
            attributes.sorted { $0.key < $1.key }.map { key, value in
                .object([.init("key", .string(key)), .init("value", value.json)])
            })
    }

    private static func json(_ span: Span) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("traceId", .string(Hexadecimal.encode(span.traceID))),
            .init("spanId", .string(Hexadecimal.encode(span.spanID))),
        ]
        if let parent = span.parentID {
            members.append(.init("parentSpanId", .string(Hexadecimal.encode(parent))))
        }
        members += [
            .init("name", .string(span.name)), .init("kind", JSONValue(span.kind.rawValue)),
            .init("startTimeUnixNano", .string(String(span.startNanoseconds))),
            .init("endTimeUnixNano", .string(String(span.endNanoseconds))),
            .init("attributes", json(span.attributes)),
            .init(
                "events",
                .array(
                    span.events.map { event in
                        .object([
                            .init("timeUnixNano", .string(String(event.timeNanoseconds))),
                            .init("name", .string(event.name)),
                            .init("attributes", json(event.attributes)),
                        ])
                    })),
        ]
        switch span.status {
        case .unset: break
        case .ok: members.append(.init("status", .object([.init("code", JSONValue(1))])))
        case .error(let message):
            members.append(
                .init(
                    "status",
                    .object([
                        .init("code", JSONValue(2)), .init("message", .string(message)),
                    ])))
        }
        return .object(members)
    }

    private static func json(_ metric: Metric, _ times: [JSONValue.Member]) -> JSONValue {
        let cumulative = JSONValue.Member("aggregationTemporality", JSONValue(2))
        let body: JSONValue.Member
        switch metric.points {
        case .sum(let points):
            let list = points.map { point in
                JSONValue.object(
                    times + [
                        .init("attributes", json(point.attributes)),
                        .init("asInt", .string(String(point.value))),
                    ])
            }
            body = .init(
                "sum",
                .object([
                    cumulative, .init("isMonotonic", .bool(true)),
                    .init("dataPoints", .array(list)),
                ]))
        case .gauge(let points):
            let list = points.map { point in
                JSONValue.object(
                    times + [
                        .init("attributes", json(point.attributes)),
                        .init("asDouble", JSONValue(point.value)),
                    ])
            }
            body = .init("gauge", .object([.init("dataPoints", .array(list))]))
        case .histogram(let bounds, let points):
            let list = points.map { point in
                JSONValue.object(
                    times + [.init("attributes", json(point.attributes))]
                        + distribution(point.values, bounds))
            }
            body = .init(
                "histogram", .object([cumulative, .init("dataPoints", .array(list))]))
        case .distribution(let bounds, let points):
            let list = points.map { point in
                JSONValue.object(
                    times + [
                        .init("attributes", json(point.attributes)),
                        .init("count", .string(String(point.counts.reduce(0, +)))),
                        .init("sum", JSONValue(point.sum)),
                        .init(
                            "bucketCounts", .array(point.counts.map { .string(String($0)) })),
                        .init("explicitBounds", .array(bounds.map { JSONValue($0) })),
                    ])
            }
            body = .init(
                "histogram", .object([cumulative, .init("dataPoints", .array(list))]))
        }
        return .object([
            .init("name", .string(metric.name)), .init("unit", .string(metric.unit)),
            .init("description", .string(metric.description)), body,
        ])
    }

    /// One count more than bounds: a value belongs to the first bucket whose bound it does not
    /// exceed.
    private static func distribution(
        _ values: [Double], _ bounds: [Double]
    ) -> [JSONValue.Member] {
        var counts = [Int](repeating: 0, count: bounds.count + 1)
        for value in values { counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1 }
        var members: [JSONValue.Member] = [
            .init("count", .string(String(values.count))),
            .init("sum", JSONValue(values.reduce(0, +))),
            .init("bucketCounts", .array(counts.map { .string(String($0)) })),
            .init("explicitBounds", .array(bounds.map { JSONValue($0) })),
        ]
        if let low = values.min(), let high = values.max() {
            members += [.init("min", JSONValue(low)), .init("max", JSONValue(high))]
        }
        return members
    }
}
