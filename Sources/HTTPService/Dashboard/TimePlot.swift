internal import Foundation

/// A line over time: an area, the highest value, the limit, first and last time.
enum TimePlot {
    struct Point {
        var milliseconds: Int
        var value: Double
    }

    /// - Parameters:
    ///   - limit: drawn as a line where the values come near it.
    ///   - text: how a value is written.
    static func markup(
        _ title: String, _ points: [Point], limit: Double?, text: (Double) -> String
    ) -> Markup {
        guard let first = points.first, let last = points.last, points.count > 1 else {
            return "<h3>\(title)</h3><p class=\"none\">Measured once so far.</p>"
        }
        let most = points.map(\.value).max() ?? 0
        var top = max(most * 1.15, 0.000_001)
        if let limit, limit < most * 4 { top = max(top, limit * 1.05) }
        let span = Double(max(1, last.milliseconds - first.milliseconds))
        let places = points.map { point -> String in
            let x = Double(point.milliseconds - first.milliseconds) / span * 1000
            return "\(round(x)),\(round(100 - point.value / top * 96))"
        }
        let line = places.joined(separator: " ")
        let border: Markup =
            limit.flatMap { limit in
                limit <= top
                    ? "<line class=\"limit\" x1=\"0\" x2=\"1000\" y1=\"\(round(100 - limit / top * 96))\" y2=\"\(round(100 - limit / top * 96))\"/>"
                    : nil
            } ?? ""
        let most_ = text(most)
        let summary =
            "\(title): now \(text(last.value)), at most \(most_)"
            + (limit.map { " of \(text($0))" } ?? "")
        return """
            <h3>\(title) <span class="dim">\(text(last.value)) now, at most \(most_)\(limit.map { " of \(text($0))" } ?? "")</span></h3>
            <svg class="plot line" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label="\(summary)">
            <polygon points="0,100 \(line) 1000,100"/><polyline points="\(line)"/>\(border)
            </svg>
            <p class="axis dim"><span>\(time(first))</span><span>\(time(last))</span></p>
            """
    }

    private static func round(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private static func time(_ point: Point) -> Markup {
        OverviewPage.time(
            Timestamps.text(milliseconds: UInt64(max(0, point.milliseconds))), isClock: true)
    }
}
