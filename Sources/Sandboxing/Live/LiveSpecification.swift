package import JSONText
package import RunModel

/// What a sandbox that lives is made from: what the spawner is asked for, and checks.
package struct LiveSpecification: Sendable, Equatable {
    /// 8 to 40 lowercase letters and digits; also the name of its directory.
    package var identifier: String
    /// A shipped profile.
    package var profile = "build"
    /// `host`, or the absolute path of a root file system.
    package var image = "host"
    package var limits = ResourceLimits()
    package var environment: [String: String] = [:]
    package var account = SandboxAccount()
    package var hostName = "drydock"
    /// Whether the service's egress gateway is the way out; else there is none.
    package var usesGateway = false
    /// Of the real-time clock; `nil` for no end.
    package var endsAtMilliseconds: UInt64?
    package var pausesAtEnd = false
    /// Without a word from a service for so long, the sandbox ends, paused or not.
    package var leaseMilliseconds: UInt64 = 24 * 3_600_000
    /// Whose sandbox it is, and what its owner wants to find again; not looked at.
    package var note = JSONValue.null

    package init(identifier: String) { self.identifier = identifier }

    package init(_ value: JSONValue) throws(LiveFailure) {
        guard let identifier = value["id"]?.stringValue, Self.isIdentifier(identifier) else {
            throw LiveFailure(.invalidArgument, "id is not 8 to 40 lowercase letters and digits")
        }
        self.init(identifier: identifier)
        profile = value["profile"]?.stringValue ?? profile
        image = value["image"]?.stringValue ?? image
        environment = value["environment"]?.stringMap ?? [:]
        hostName = value["host_name"]?.stringValue ?? hostName
        if let name = value["user"]?.stringValue, let home = value["home"]?.stringValue {
            account = SandboxAccount(name: name, home: home)
        }
        usesGateway = value["gateway"]?.boolValue ?? false
        endsAtMilliseconds = value["ends_at_ms"]?.integerValue.map(UInt64.init(clamping:))
        pausesAtEnd = value["pauses_at_end"]?.boolValue ?? false
        if let lease = value["lease_ms"]?.integerValue {
            leaseMilliseconds = UInt64(clamping: lease)
        }
        note = value["note"] ?? .null
        if let limits = value["limits"] { self.limits = Self.limits(limits) }
    }

    package var json: JSONValue {
        JSONValue(members: [
            ("id", .string(identifier)), ("profile", .string(profile)), ("image", .string(image)),
            ("limits", Self.json(limits)), ("environment", JSONValue(stringMap: environment)),
            ("user", .string(account.name)), ("home", .string(account.home)),
            ("host_name", .string(hostName)), ("gateway", .bool(usesGateway)),
            ("ends_at_ms", endsAtMilliseconds.map { JSONValue($0) }),
            ("pauses_at_end", .bool(pausesAtEnd)), ("lease_ms", JSONValue(leaseMilliseconds)),
            ("note", note),
        ])
    }

    package static func isIdentifier(_ text: String) -> Bool {
        (8...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }

    package static func json(_ limits: ResourceLimits) -> JSONValue {
        JSONValue(members: [
            ("memory_bytes", limits.memoryBytes.map { JSONValue($0) }),
            ("processes", limits.processes.map { JSONValue($0) }),
            ("cpus", limits.cpus.map { JSONValue($0) }),
            ("disk_bytes", limits.diskBytes.map { JSONValue($0) }),
            ("disk_files", limits.diskFiles.map { JSONValue($0) }),
        ])
    }

    package static func limits(_ value: JSONValue) -> ResourceLimits {
        func number(_ name: String) -> UInt64? {
            value[name]?.integerValue.map(UInt64.init(clamping:))
        }
        var limits = ResourceLimits()
        limits.memoryBytes = number("memory_bytes")
        limits.processes = number("processes")
        limits.cpus = value["cpus"]?.doubleValue
        limits.diskBytes = number("disk_bytes")
        limits.diskFiles = number("disk_files")
        return limits
    }
}
