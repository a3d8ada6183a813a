package import JSONText
internal import LinuxKernel
package import RunModel

/// What a sandbox uses now. What cannot be measured is `nil`.
package struct SandboxUsage: Sendable, Equatable {
    package var limits: ResourceLimits
    package var processorMicroseconds: UInt64?
    package var memoryBytes: UInt64?
    package var memoryCacheBytes: UInt64?
    package var memoryPeakBytes: UInt64?
    package var outOfMemoryKills: UInt64?
    /// Since the sandbox began.
    package var refusedProcesses: UInt64?
    package var diskBytes: UInt64?

    package init(limits: ResourceLimits) { self.limits = limits }

    init(
        limits: ResourceLimits, of cgroup: borrowing SandboxCgroup?,
        scratch: borrowing OwnedDescriptor?
    ) {
        self.init(limits: limits)
        if let disk = FileSystemUsage(ofOptional: scratch) { diskBytes = disk.usedBytes }
        switch cgroup {
        case .none: break
        case .some(let group):
            processorMicroseconds = group.processorMicroseconds
            memoryBytes = group.memoryBytes
            memoryCacheBytes = group.reclaimableBytes
            memoryPeakBytes = group.memoryPeakBytes
            outOfMemoryKills = group.outOfMemoryKills
            refusedProcesses = group.refusedProcesses
        }
    }
}

/// Samples of what a sandbox used, the last 720.
package struct UsageMeter: Sendable {
    private struct Sample {
        let at: Double
        let atReal: Double
        let usage: SandboxUsage
        let processors: Double

        var json: JSONValue {
            JSONValue(members: [
                ("at_ms", JSONValue(UInt64(atReal))), ("processors", JSONValue(processors)),
                ("processor_limit", usage.limits.cpus.map { JSONValue($0) }),
                ("memory_bytes", usage.memoryBytes.map { JSONValue($0) }),
                ("memory_limit_bytes", usage.limits.memoryBytes.map { JSONValue($0) }),
                ("memory_cache_bytes", usage.memoryCacheBytes.map { JSONValue($0) }),
                ("disk_bytes", usage.diskBytes.map { JSONValue($0) }),
                ("disk_limit_bytes", usage.limits.diskBytes.map { JSONValue($0) }),
            ])
        }
    }

    private var samples: [Sample] = []
    private static let sampleLimit = 720

    package init() {}

    mutating func sample(_ usage: @autoclosure () -> SandboxUsage, ifOlderThan age: Double) {
        let now = Clock.milliseconds
        if let last = samples.last, now - last.at < age { return }
        add(usage(), at: now)
    }

    /// - Returns: the sample as a document.
    package mutating func add(_ usage: SandboxUsage) -> JSONValue {
        add(usage, at: Clock.milliseconds)
        return samples[samples.count - 1].json
    }

    private mutating func add(_ usage: SandboxUsage, at now: Double) {
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

    var json: JSONValue { .array(samples.map(\.json)) }
}
