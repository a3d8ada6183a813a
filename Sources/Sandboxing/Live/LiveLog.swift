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
