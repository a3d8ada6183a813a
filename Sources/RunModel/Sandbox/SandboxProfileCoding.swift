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
        let kind = try reader.readByte()
        switch kind {
        case 0: return .none
        case 1: return .allow(try reader.readStrings())
        case 2: return .host
        default: throw CodingFailure("has an unknown kind of network")
        }
    }

    private static func write(_ limits: ResourceLimits, to writer: inout ByteWriter) {
        // Order is part of the format.
        for limit in [
            limits.memoryBytes, limits.processes, limits.wallMilliseconds,
            limits.cpuTimeMilliseconds, limits.diskBytes, limits.diskFiles, limits.outputBytes,
        ] {
            writer.write(limit != nil)
            writer.write(limit ?? 0)
        }
        writer.write(limits.cpus != nil)
        writer.write((limits.cpus ?? 0).bitPattern)
    }

    private static func readLimits(
        _ reader: inout ByteReader
    ) throws(CodingFailure) -> ResourceLimits {
        var limits = ResourceLimits()
        limits.memoryBytes = try readLimit(&reader)
        limits.processes = try readLimit(&reader)
        limits.wallMilliseconds = try readLimit(&reader)
        limits.cpuTimeMilliseconds = try readLimit(&reader)
        limits.diskBytes = try readLimit(&reader)
        limits.diskFiles = try readLimit(&reader)
        limits.outputBytes = try readLimit(&reader)
        limits.cpus = try readLimit(&reader).map(Double.init(bitPattern:))
        return limits
    }

    private static func readLimit(_ reader: inout ByteReader) throws(CodingFailure) -> UInt64? {
        let isSet = try reader.readFlag()
        let value = try reader.readInteger64()
        return isSet ? value : nil
    }
}
