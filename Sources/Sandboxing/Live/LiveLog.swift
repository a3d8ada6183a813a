internal import JSONText
internal import LinuxKernel
internal import RunModel

/// What happened in a living sandbox, the last thousand entries.
struct LiveLog {
    enum Level: String { case debug, info, warn, error }

    private var entries: [JSONValue] = []
    private static let entryLimit = 1000

    mutating func add(_ level: Level, _ message: String, fields: [String: String] = [:]) {
        if entries.count == Self.entryLimit { entries.removeFirst() }
        entries.append(
            JSONValue(members: [
                ("at_ms", JSONValue(UInt64(Clock.realMilliseconds))),
                ("timestamp", .string(Clock.timestamp)), ("level", .string(level.rawValue)),
                ("message", .string(message)), ("fields", JSONValue(stringMap: fields)),
            ]))
    }

    mutating func add(_ denial: Denial) {
        add(
            .warn, "denied: \(denial.detail)",
            fields: [
                "layer": denial.layer, "rule": denial.rule, "hint": denial.hint,
                "process": denial.process ?? "",
            ])
    }

    mutating func add(_ process: HeldProcess) {
        let status = process.waitStatus ?? 0
        let command = process.order.command.joined(separator: " ")
        let end =
            status & 0x7f == 0 ? "exit status \((status >> 8) & 0xff)" : "signal \(status & 0x7f)"
        add(
            .info, "process \(process.identifier) ended: \(end)",
            fields: ["command": String(command.prefix(256)), "pid": "\(process.identifier)"])
    }

    var json: JSONValue { JSONValue(members: [("entries", .array(entries))]) }
}

/// Samples of what a sandbox used, the last 720.
struct LiveMeter {
    private struct Sample {
        let at: Double
        let atReal: Double
        let usage: LiveUsage
        let processors: Double
    }
    private var samples: [Sample] = []
    private static let sampleLimit = 720

    mutating func sample(_ usage: @autoclosure () -> LiveUsage, ifOlderThan age: Double) {
        let now = Clock.milliseconds
        if let last = samples.last, now - last.at < age { return }
        let usage = usage()
        var processors = 0.0
        if let last = samples.last, let before = last.usage.processorMicroseconds,
            let used = usage.processorMicroseconds, now > last.at
        {
            processors = Double(used &- before) / 1000 / (now - last.at)
        }
        if samples.count == Self.sampleLimit { samples.removeFirst() }
        samples.append(
            Sample(at: now, atReal: Clock.realMilliseconds, usage: usage, processors: processors))
    }

    var json: JSONValue {
        .array(
            samples.map { sample in
                let usage = sample.usage
                return JSONValue(members: [
                    ("at_ms", JSONValue(UInt64(sample.atReal))),
                    ("processors", JSONValue(sample.processors)),
                    ("processor_limit", usage.limits.cpus.map { JSONValue($0) }),
                    ("memory_bytes", usage.memoryBytes.map { JSONValue($0) }),
                    ("memory_limit_bytes", usage.limits.memoryBytes.map { JSONValue($0) }),
                    ("memory_cache_bytes", usage.memoryCacheBytes.map { JSONValue($0) }),
                    ("disk_bytes", usage.diskBytes.map { JSONValue($0) }),
                    ("disk_limit_bytes", usage.limits.diskBytes.map { JSONValue($0) }),
                ])
            })
    }
}
