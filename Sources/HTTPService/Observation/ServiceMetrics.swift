internal import Foundation
internal import Synchronization
internal import Telemetry

/// What `/metrics` shows (https://prometheus.io/docs/instrumenting/exposition_formats/).
final class ServiceMetrics: Sendable {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// A number that is read when somebody looks.
    struct Gauge: Sendable {
        var name: String
        var help: String
        var value: @Sendable () -> Double
    }

    private struct Series: Hashable {
        var name: String
        var labels: String
    }

    private struct Histogram {
        var counts = [Int](repeating: 0, count: ServiceMetrics.boundsMilliseconds.count)
        var count = 0
        var sum = 0.0
    }

    private struct Values {
        var counters: [Series: Int] = [:]
        var histograms: [Series: Histogram] = [:]
        var gauges: [Gauge] = []
        var help: [String: String] = [:]
    }

    private static let boundsMilliseconds: [Double] = [
        1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000,
    ]
    private let values = Mutex(Values())

    func observe(request method: String, route: String, status: Int, milliseconds: Double) {
        let route = Self.escaped(route)
        count(
            "drydock_http_requests_total", help: "Requests by method, route and status.",
            labels: "method=\"\(Self.escaped(method))\",route=\"\(route)\",status=\"\(status)\"")
        time(
            "drydock_http_request_duration_seconds", help: "Time until an answer began.",
            labels: "route=\"\(route)\"", milliseconds: milliseconds)
    }

    /// - Parameter labels: as they stand between the braces, values escaped.
    func count(_ name: String, help: String, labels: String = "", by amount: Int = 1) {
        values.withLock {
            $0.help[name] = help
            $0.counters[Series(name: name, labels: labels), default: 0] += amount
        }
    }

    func time(_ name: String, help: String, labels: String = "", milliseconds: Double) {
        values.withLock { values in
            values.help[name] = help
            var histogram =
                values.histograms[Series(name: name, labels: labels)] ?? Histogram()
            for (index, bound) in Self.boundsMilliseconds.enumerated() where milliseconds <= bound {
                histogram.counts[index] += 1
            }
            histogram.count += 1
            histogram.sum += milliseconds
            values.histograms[Series(name: name, labels: labels)] = histogram
        }
    }

    func add(gauge: Gauge) { values.withLock { $0.gauges.append(gauge) } }

    static func escaped(_ label: String) -> String {
        var text = ""
        for character in label {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return text
    }

    /// Everything as OpenTelemetry has it.
    func exported() -> [Metric] {
        let values = values.withLock { $0 }
        var metrics: [Metric] = []
        for (name, series) in Dictionary(grouping: values.counters, by: \.key.name) {
            metrics.append(
                Metric(
                    name: name, unit: "1", description: values.help[name] ?? "",
                    points: .sum(
                        series.map { (Self.attributes($0.key.labels), $0.value) })))
        }
        let bounds = Self.boundsMilliseconds.map { $0 / 1000 }
        for (name, series) in Dictionary(grouping: values.histograms, by: \.key.name) {
            let points = series.map { key, histogram in
                // Kept as Prometheus has it: each count holds those before it.
                let upTo = histogram.counts + [histogram.count]
                let counts = upTo.indices.map { $0 == 0 ? upTo[0] : upTo[$0] - upTo[$0 - 1] }
                return Metric.Distribution(
                    attributes: Self.attributes(key.labels), counts: counts,
                    sum: histogram.sum / 1000)
            }
            metrics.append(
                Metric(
                    name: name, unit: "s", description: values.help[name] ?? "",
                    points: .distribution(bounds: bounds, points)))
        }
        for gauge in values.gauges {
            metrics.append(
                Metric(
                    name: gauge.name, unit: "1", description: gauge.help,
                    points: .gauge([([:], gauge.value())])))
        }
        return metrics.sorted { $0.name < $1.name }
    }

    /// Of labels as they stand between the braces.
    private static func attributes(_ labels: String) -> Attributes {
        var attributes: Attributes = [:]
        var rest = labels[...]
        while let start = rest.range(of: "=\"") {
            let name = rest[..<start.lowerBound].drop { $0 == "," }
            var value = ""
            var place = start.upperBound
            while place < rest.endIndex, rest[place] != "\"" {
                if rest[place] == "\\", rest.index(after: place) < rest.endIndex {
                    place = rest.index(after: place)
                    value.append(rest[place] == "n" ? "\n" : rest[place])
                } else {
                    value.append(rest[place])
                }
                place = rest.index(after: place)
            }
            attributes[String(name)] = .string(value)
            rest = place < rest.endIndex ? rest[rest.index(after: place)...] : ""
        }
        return attributes
    }

    func text() -> String {
        let values = values.withLock { $0 }
        var lines: [String] = []
        for (name, series) in Dictionary(grouping: values.counters, by: \.key.name)
            .sorted(by: { $0.key < $1.key })
        {
            lines += ["# HELP \(name) \(values.help[name] ?? "")", "# TYPE \(name) counter"]
            for (key, value) in series.sorted(by: { $0.key.labels < $1.key.labels }) {
                lines.append("\(name)\(Self.braces(key.labels)) \(value)")
            }
        }
        for (name, series) in Dictionary(grouping: values.histograms, by: \.key.name)
            .sorted(by: { $0.key < $1.key })
        {
            lines += ["# HELP \(name) \(values.help[name] ?? "")", "# TYPE \(name) histogram"]
            for (key, histogram) in series.sorted(by: { $0.key.labels < $1.key.labels }) {
                lines += Self.lines(name, key.labels, histogram)
            }
        }
        for gauge in values.gauges.sorted(by: { $0.name < $1.name }) {
            lines += [
                "# HELP \(gauge.name) \(gauge.help)", "# TYPE \(gauge.name) gauge",
                "\(gauge.name) \(gauge.value())",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(
        _ name: String, _ labels: String, _ histogram: Histogram
    ) -> [String] {
        let prefix = labels.isEmpty ? "" : labels + ","
        var lines = zip(boundsMilliseconds, histogram.counts).map { bound, count in
            "\(name)_bucket{\(prefix)le=\"\(bound / 1000)\"} \(count)"
        }
        lines.append("\(name)_bucket{\(prefix)le=\"+Inf\"} \(histogram.count)")
        lines.append("\(name)_sum\(braces(labels)) \(histogram.sum / 1000)")
        lines.append("\(name)_count\(braces(labels)) \(histogram.count)")
        return lines
    }

    private static func braces(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }
}
