internal import JSONText

/// Processors, memory and disk of a sandbox over time, from its samples.
enum UsagePlots {
    static func markup(_ samples: [JSONValue]) -> Markup {
        """
        <div class="plots">
        \(plot("Processors", "processors", "processor_limit", samples, number))
        \(plot("Memory", "memory_bytes", "memory_limit_bytes", samples, bytes))
        \(plot("Disk", "disk_bytes", "disk_limit_bytes", samples, bytes))
        </div>
        """
    }

    private static func plot(
        _ title: String, _ name: String, _ limit: String, _ samples: [JSONValue],
        _ text: (Double) -> String
    ) -> Markup {
        let points = samples.compactMap { sample -> TimePlot.Point? in
            guard let at = sample["at_ms"]?.integerValue, let value = sample[name]?.doubleValue
            else { return nil }
            return TimePlot.Point(milliseconds: at, value: value)
        }
        let plot = TimePlot.markup(
            title, points, limit: samples.last?[limit]?.doubleValue, text: text)
        return "<div>\(plot)</div>"
    }

    static func number(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

    static func bytes(_ value: Double) -> String {
        value >= 1_073_741_824
            ? "\((value / 107_374_182.4).rounded() / 10) GiB"
            : "\((value / 104_857.6).rounded() / 10) MiB"
    }
}
