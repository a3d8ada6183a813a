internal import Glibc

/// The limits that a sandbox's groups enforce.
package struct CgroupLimits: Sendable, Equatable {
    package var memoryBytes: UInt64?
    /// Pid 1 included.
    package var processes: UInt64?
    /// Processors' worth of time.
    package var cpus: Double?
    /// Whether used processor time must be readable while the run goes on.
    package var countsProcessorTime = false
    /// Whether the whole group can be stopped for a while; v2 always can.
    package var freezes = false

    package init() {}

    var needsAny: Bool {
        memoryBytes != nil || processes != nil || cpus != nil || countsProcessorTime || freezes
    }
}

/// The groups of one sandbox, one directory for each hierarchy. Removed with their owner.
package struct SandboxCgroup: ~Copyable, Sendable {
    let directories: [CgroupDirectory]
    /// The number stays taken until the groups of its name are removed, or its next owner would
    /// find them, and lose its own to our removal.
    private let leaseHold: OwnedDescriptor
    private let v2Directory: OwnedDescriptor?

    /// The v2 directory, to be born in; -1 on v1.
    package var birthDirectory: Int32 {
        switch v2Directory {
        case .some(let directory): directory.raw
        case .none: -1
        }
    }

    /// Makes the groups `drydock-<number>`, which no other sandbox has while the lease is held. A
    /// group of that name is what a killed Drydock left: it is emptied and taken over.
    ///
    /// - Throws: when a limit is asked for and cannot be had: `ENODEV` without its controller.
    package init(
        lease: borrowing SandboxLease, limits: CgroupLimits, hierarchies: CgroupHierarchies
    ) throws(SystemError) {
        let hold = try lease.descriptor.duplicate()
        let name = lease.groupName
        var made: [CgroupDirectory] = []
        do throws(SystemError) {
            if hierarchies.usesV2 {
                let parent = try CgroupDelegation.parent(of: hierarchies)
                let directory = CgroupDirectory(path: parent + "/" + name, controllers: ["v2"])
                try directory.make()
                made.append(directory)
                try directory.setV2(limits)
                v2Directory = try OwnedDescriptor.open(
                    directory.path, flags: O_RDONLY | O_DIRECTORY)
            } else {
                for (path, controllers) in try Self.v1Places(hierarchies, limits) {
                    let directory = CgroupDirectory(
                        path: path + "/" + name, controllers: controllers)
                    try directory.make()
                    made.append(directory)
                    try directory.setV1(limits)
                }
                v2Directory = nil
            }
        } catch {
            for directory in made { directory.remove() }
            throw error
        }
        directories = made
        leaseHold = hold
    }

    /// Own groups by path, with the controllers that are needed there.
    private static func v1Places(
        _ hierarchies: CgroupHierarchies, _ limits: CgroupLimits
    ) throws(SystemError) -> [(String, [String])] {
        var needed: [String] = []
        if limits.memoryBytes != nil { needed.append("memory") }
        if limits.processes != nil { needed.append("pids") }
        if limits.cpus != nil { needed.append("cpu") }
        if limits.countsProcessorTime { needed.append("cpuacct") }
        if limits.freezes { needed.append("freezer") }
        var places: [(String, [String])] = []
        for controller in needed {
            guard let path = hierarchies.v1[controller] else {
                throw SystemError(
                    operation: "find the cgroup controller", subject: controller,
                    errorNumber: ENODEV)
            }
            if let index = places.firstIndex(where: { $0.0 == path }) {
                places[index].1.append(controller)
            } else {
                places.append((path, [controller]))
            }
        }
        return places
    }

    /// The files by which the clone joins, on v1; on v2 it is born there.
    package borrowing func openTasks() throws(SystemError) -> DescriptorList {
        var tasks = DescriptorList()
        for directory in directories where !directory.isV2 {
            _ = tasks.append(
                try OwnedDescriptor.open(directory.path + "/tasks", flags: O_WRONLY))
        }
        return tasks
    }

    func file(_ controller: String, v1: String, v2: String) -> String? {
        for directory in directories {
            if directory.isV2 { return directory.path + "/" + v2 }
            if directory.controllers.contains(controller) { return directory.path + "/" + v1 }
        }
        return nil
    }

    private func number(_ path: String?) -> UInt64? {
        path.flatMap { SmallFile.number(at: $0) }
    }

    /// The value of `key` in a file of `key value` lines.
    private func value(_ key: StaticString, in path: String?) -> UInt64? {
        guard let path, let bytes = try? SmallFile.read(path) else { return nil }
        return KernelText.number(after: key, in: bytes)
    }

    /// Bytes charged now: tmpfs pages and page cache included.
    package var memoryBytes: UInt64? {
        number(file("memory", v1: "memory.usage_in_bytes", v2: "memory.current"))
    }

    package var memoryPeakBytes: UInt64? { number(memoryPeakPath) }

    var memoryPeakPath: String? {
        file("memory", v1: "memory.max_usage_in_bytes", v2: "memory.peak")
    }

    /// Page cache of files on disk, which the kernel takes back before it kills.
    package var reclaimableBytes: UInt64? {
        let path = file("memory", v1: "memory.stat", v2: "memory.stat")
        guard let inactive = value("inactive_file", in: path),
            let active = value("active_file", in: path)
        else { return nil }
        return inactive + active
    }

    /// Ids, as the host sees them, of the processes whose memory is counted.
    package func memoryMembers() -> [Int32] {
        guard let path = file("memory", v1: "cgroup.procs", v2: "cgroup.procs"),
            let text = try? SmallFile.readText(path)
        else { return [] }
        return text.split(separator: "\n").compactMap { Int32($0) }
    }

    /// Processes that the kernel killed for memory.
    package var outOfMemoryKills: UInt64? { value("oom_kill", in: memoryEventsPath) }

    var memoryEventsPath: String? {
        file("memory", v1: "memory.oom_control", v2: "memory.events")
    }

    /// Clones that the process limit refused.
    package var refusedProcesses: UInt64? { value("max", in: processEventsPath) }

    var processEventsPath: String? { file("pids", v1: "pids.events", v2: "pids.events") }

    package var processorMicroseconds: UInt64? {
        if let nanoseconds = number(
            directories.first { $0.controllers.contains("cpuacct") }.map {
                $0.path + "/cpuacct.usage"
            })
        {
            return nanoseconds / 1000
        }
        return value(
            "usage_usec", in: directories.first { $0.isV2 }.map { $0.path + "/cpu.stat" })
    }

    deinit { for directory in directories { directory.remove() } }
}
