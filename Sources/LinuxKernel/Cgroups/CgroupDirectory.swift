internal import Glibc

/// One group's directory.
struct CgroupDirectory: Sendable, Equatable {
    let path: String
    /// v1 controllers, or just `v2`.
    let controllers: [String]

    var isV2: Bool { controllers == ["v2"] }

    /// Makes it empty: one that exists was left behind.
    func make() throws(SystemError) {
        do throws(SystemError) {
            try makeNew()
        } catch {
            guard error.errorNumber == EEXIST else { throw error }
            remove()
            try makeNew()
        }
    }

    private func makeNew() throws(SystemError) {
        try SystemCall.performLibrary("mkdir(cgroup)", path) { Int(mkdir(path, 0o755)) }
    }

    private func set(_ file: String, _ value: String) throws(SystemError) {
        try SmallFile.write(value, to: path + "/" + file)
    }

    func setV1(_ limits: CgroupLimits) throws(SystemError) {
        if let bytes = limits.memoryBytes, controllers.contains("memory") {
            try set("memory.limit_in_bytes", "\(bytes)")
            // Where swap is accounted, the same bound for both together leaves none.
            if FileKind.of(path + "/memory.memsw.limit_in_bytes") != .absent {
                try set("memory.memsw.limit_in_bytes", "\(bytes)")
            }
        }
        if let count = limits.processes, controllers.contains("pids") {
            try set("pids.max", "\(count)")
        }
        if let cpus = limits.cpus, controllers.contains("cpu") {
            try set("cpu.cfs_quota_us", "\(Int(cpus * 100_000))")
        }
    }

    func setV2(_ limits: CgroupLimits) throws(SystemError) {
        if let bytes = limits.memoryBytes {
            try set("memory.max", "\(bytes)")
            if FileKind.of(path + "/memory.swap.max") != .absent { try set("memory.swap.max", "0") }
        }
        if let count = limits.processes { try set("pids.max", "\(count)") }
        if let cpus = limits.cpus { try set("cpu.max", "\(Int(cpus * 100_000)) 100000") }
    }

    /// Kills what is still inside and removes the directory. What cannot be removed now is found
    /// again under its number by the next start and by `drydock gc`.
    func remove() {
        for attempt in 0..<50 {
            if rmdir(path) == 0 || errno == ENOENT { return }
            killMembers()
            if attempt > 2 { usleep(1000) }
        }
    }

    private func killMembers() {
        // On v1 a frozen process does not take even SIGKILL. There is no such file elsewhere.
        try? SmallFile.write("THAWED", to: path + "/freezer.state")
        if isV2, (try? SmallFile.write("1", to: path + "/cgroup.kill")) != nil { return }
        guard let text = try? SmallFile.readText(path + "/cgroup.procs") else { return }
        for line in text.split(separator: "\n") {
            if let process = pid_t(line), process > 1 { kill(process, SIGKILL) }
        }
    }
}

/// Where in the v2 hierarchy groups may be made.
enum CgroupDelegation {
    /// A group without processes of its own, whose children have the controllers: a group with
    /// processes may not hand controllers on (cgroups(7), "no internal processes").
    static func parent(of hierarchies: CgroupHierarchies) throws(SystemError) -> String {
        guard let own = hierarchies.v2, let mount = hierarchies.v2Mount else {
            throw SystemError(
                operation: "find the cgroup hierarchy", subject: "cgroup2", errorNumber: ENODEV)
        }
        // The mount's root has no such rule, but only root may write there.
        let parent = geteuid() == 0 ? mount + "/drydock" : own
        if geteuid() == 0 {
            try enable(in: mount)
            if mkdir(parent, 0o755) != 0 && errno != EEXIST {
                throw SystemError(operation: "mkdir(cgroup)", subject: parent, errorNumber: errno)
            }
        } else {
            // A shell that ran Drydock before is in the leaf, and so is what it starts.
            if own.hasSuffix(leafName) {
                let group = String(own.dropLast(leafName.count))
                if hasControllers(group), access(group + "/cgroup.procs", W_OK) == 0 {
                    return group
                }
            }
            try moveMembers(of: own, to: own + leafName)
        }
        try enable(in: parent)
        return parent
    }

    private static let leafName = "/supervisor"

    /// All of them: a shell or a script that started this process is usually there too.
    private static func moveMembers(of group: String, to leaf: String) throws(SystemError) {
        if mkdir(leaf, 0o755) != 0 && errno != EEXIST {
            throw SystemError(operation: "mkdir(cgroup)", subject: leaf, errorNumber: errno)
        }
        // What they start meanwhile is there in the next round.
        for _ in 0..<16 {
            let members = try SmallFile.readText(group + "/cgroup.procs").split(separator: "\n")
            if members.isEmpty { return }
            for member in members {
                do throws(SystemError) {
                    try SmallFile.write(String(member), to: leaf + "/cgroup.procs")
                } catch {
                    // It has ended.
                    if error.errorNumber != ESRCH { throw error }
                }
            }
        }
    }

    private static func hasControllers(_ group: String) -> Bool {
        let enabled = (try? SmallFile.readText(group + "/cgroup.subtree_control")) ?? ""
        return ["memory", "pids", "cpu"].allSatisfy(enabled.contains)
    }

    private static func enable(in group: String) throws(SystemError) {
        let enabled = (try? SmallFile.readText(group + "/cgroup.subtree_control")) ?? ""
        let missing = ["memory", "pids", "cpu"].filter { !enabled.contains($0) }
        guard !missing.isEmpty else { return }
        try SmallFile.write(
            missing.map { "+" + $0 }.joined(separator: " "), to: group + "/cgroup.subtree_control")
    }
}

/// Groups that a killed Drydock left.
package enum CgroupLeftovers {
    /// Paths and numbers of every group below this process's own that has a number of the leases in
    /// `directory`.
    package static func find(
        in hierarchies: CgroupHierarchies, leasesIn directory: String
    ) -> [(path: String, number: Int)] {
        var parents = Set(hierarchies.v1.paths)
        if let own = hierarchies.v2 { parents.insert(own) }
        if let mount = hierarchies.v2Mount { parents.insert(mount + "/drydock") }
        return parents.sorted().flatMap { parent in
            FileKind.names(in: parent).compactMap { name in
                guard name.hasPrefix("drydock-") else { return nil }
                return SandboxLease.number(ofGroup: name, directory: directory).map {
                    (parent + "/" + name, $0)
                }
            }
        }
    }

    /// Empties and removes one; only for a holder of its number's lease.
    package static func remove(_ path: String) {
        CgroupDirectory(path: path, controllers: []).remove()
    }
}
