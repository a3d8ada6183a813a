extension CompiledProfileCoding {
    static func write(_ settings: SandboxProfile, to writer: inout ByteWriter) {
        writer.write(settings.name)
        writer.write(settings.seccomp)
        write(settings.network, to: &writer)
        write(settings.limits, to: &writer)
        writer.write(strings: settings.etcEntries)
        writer.write(strings: settings.maskedPaths)
        writer.write(strings: settings.readOnlyPaths)
        writer.write(strings: settings.devices)
        writer.write(settings.showsOnlyProcesses)
        writer.write(settings.usesLandlock)
        writer.write(settings.usesTimeNamespace)
        writer.write(strings: settings.permittedDegradations)
        writer.write(strings: settings.passedEnvironment)
    }

    static func readSettings(
        _ reader: inout ByteReader
    ) throws(CodingFailure) -> SandboxProfile {
        let name = try reader.readString()
        var settings = SandboxProfile(name: name, seccomp: try reader.readString())
        settings.network = try readNetwork(&reader)
        settings.limits = try readLimits(&reader)
        settings.etcEntries = try reader.readStrings()
        settings.maskedPaths = try reader.readStrings()
        settings.readOnlyPaths = try reader.readStrings()
        settings.devices = try reader.readStrings()
        settings.showsOnlyProcesses = try reader.readFlag()
        settings.usesLandlock = try reader.readFlag()
        settings.usesTimeNamespace = try reader.readFlag()
        settings.permittedDegradations = try reader.readStrings()
        settings.passedEnvironment = try reader.readStrings()
        return settings
    }

    private static func write(_ network: NetworkMode, to writer: inout ByteWriter) {
        switch network {
        case .none: writer.write(UInt8(0))
        case .allow(let hosts):
            writer.write(UInt8(1))
            writer.write(strings: hosts)
        case .host: writer.write(UInt8(2))
        }
    }

    private static func readNetwork(
        _ reader: inout ByteReader
    ) throws(CodingFailure) -> NetworkMode {
        let kind: UInt8 = try reader.read()
        switch kind {
        case 0: return .none
        case 1: return .allow(try reader.readStrings())
        case 2: return .host
        default: throw CodingFailure("has an unknown kind of network")
        }
    }

    /// Order is part of the format.
    private static var wholeLimits: [WritableKeyPath<ResourceLimits, UInt64?>] {
        [
            \.memoryBytes, \.processes, \.wallMilliseconds, \.cpuTimeMilliseconds, \.diskBytes,
            \.diskFiles, \.outputBytes,
        ]
    }

    private static func write(_ limits: ResourceLimits, to writer: inout ByteWriter) {
        for limit in wholeLimits {
            writer.write(limits[keyPath: limit] != nil)
            writer.write(limits[keyPath: limit] ?? 0)
        }
        writer.write(limits.cpus != nil)
        writer.write((limits.cpus ?? 0).bitPattern)
    }

    private static func readLimits(
        _ reader: inout ByteReader
    ) throws(CodingFailure) -> ResourceLimits {
        var limits = ResourceLimits()
        for limit in wholeLimits {
            let isSet = try reader.readFlag()
            let value: UInt64 = try reader.read()
            limits[keyPath: limit] = isSet ? value : nil
        }
        let isSet = try reader.readFlag()
        let pattern: UInt64 = try reader.read()
        limits.cpus = isSet ? Double(bitPattern: pattern) : nil
        return limits
    }
}
