/// What the groups of a sandbox say of its whole run. Opening their files takes longer than reading
/// them and may be done before the end; what they say is of the moment when they are read, once.
package struct CgroupFinalFigures: ~Copyable, Sendable {
    private let memoryEvents: OwnedDescriptor?
    private let memoryPeak: OwnedDescriptor?
    private let processEvents: OwnedDescriptor?
    private let processPeak: OwnedDescriptor?

    package init(of group: borrowing SandboxCgroup) {
        memoryEvents = Self.open(group.memoryEventsPath)
        memoryPeak = Self.open(group.memoryPeakPath)
        processEvents = Self.open(group.processEventsPath)
        processPeak = Self.open(group.file("pids", v1: "pids.peak", v2: "pids.peak"))
    }

    private static func open(_ path: String?) -> OwnedDescriptor? {
        guard let path else { return nil }
        return try? OwnedDescriptor.open(path)
    }

    /// Processes that the kernel killed for memory.
    package var outOfMemoryKills: UInt64? {
        KernelText.number(after: "oom_kill", in: Self.bytes(memoryEvents))
    }

    package var memoryPeakBytes: UInt64? { KernelText.leadingNumber(in: Self.bytes(memoryPeak)) }

    /// Clones that the process limit refused.
    package var refusedProcesses: UInt64? {
        KernelText.number(after: "max", in: Self.bytes(processEvents))
    }

    package var processesPeak: UInt64? { KernelText.leadingNumber(in: Self.bytes(processPeak)) }

    private static func bytes(_ file: borrowing OwnedDescriptor?) -> [UInt8] {
        switch file {
        case .none: []
        case .some(let file):
            (try? SmallFile.readPart(from: file.raw, path: "a cgroup", byteLimit: 1024)) ?? []
        }
    }
}
