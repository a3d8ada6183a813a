internal import Glibc

/// Which cgroup controllers this process can give limits with, and where.
///
/// What counts is the hierarchy in which a controller really is: on a hybrid host the v2 mount
/// exists and has none (crun 1.8 refuses to start there).
package struct CgroupHierarchies: Sendable, Equatable {
    /// Directory of this process's own group, by v1 controller.
    package var v1: [String: String] = [:]
    /// Directory of this process's own group in the v2 hierarchy.
    package var v2: String?
    /// Where the v2 hierarchy is mounted.
    package var v2Mount: String?
    /// Controllers that the v2 hierarchy offers there.
    package var v2Controllers: [String] = []

    package init() {}

    package static let wanted = ["cpu", "cpuacct", "memory", "pids"]

    /// Reads the host's layout; empty where there is none.
    package static func detect() -> CgroupHierarchies {
        guard let mounts = try? SmallFile.readText("/proc/self/mountinfo"),
            let groups = try? SmallFile.readText("/proc/self/cgroup")
        else { return CgroupHierarchies() }
        var layout = parse(mountinfo: mounts, cgroup: groups)
        layout.v1 = layout.v1.filter { access($0.value, W_OK) == 0 }
        // Root makes its group at the top; a user only where the own group was delegated.
        if let place = geteuid() == 0 ? layout.v2Mount : layout.v2, access(place, W_OK) == 0 {
            let text = (try? SmallFile.readText(place + "/cgroup.controllers")) ?? ""
            layout.v2Controllers = text.split { $0 == " " || $0 == "\n" }.map(String.init)
        }
        return layout
    }

    /// Whether groups with these limits can be made.
    package func canEnforce(_ limits: CgroupLimits) -> Bool {
        var needed: [String] = []
        if limits.memoryBytes != nil { needed.append("memory") }
        if limits.processes != nil { needed.append("pids") }
        if limits.cpus != nil { needed.append("cpu") }
        if needed.allSatisfy(v2Controllers.contains) { return true }
        if limits.countsProcessorTime { needed.append("cpuacct") }
        return needed.allSatisfy { v1[$0] != nil }
    }

    /// The pure part: `/proc/self/mountinfo` and `/proc/self/cgroup` as text.
    package static func parse(mountinfo: String, cgroup: String) -> CgroupHierarchies {
        var groupOf: [String: Substring] = [:]
        for line in cgroup.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            for controller in fields[1].split(separator: ",") {
                groupOf[String(controller)] = fields[2]
            }
            if fields[1].isEmpty { groupOf[""] = fields[2] }
        }
        var layout = CgroupHierarchies()
        // By bytes: hosts with many containers have thousands of lines, read at every start.
        for line in mountinfo.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " ")).map { Substring($0) }
            guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, fields.count > 4,
                fields[dash + 1].hasPrefix("cgroup")
            else { continue }
            let root = fields[3]
            let mount = String(fields[4])
            if fields[dash + 1] == "cgroup2" {
                layout.v2Mount = mount
                layout.v2 = groupOf[""].map { join(mount, $0, below: root) }
                continue
            }
            for option in fields[dash + 3].split(separator: ",")
            where wanted.contains(String(option)) {
                let controller = String(option)
                layout.v1[controller] = groupOf[controller].map { join(mount, $0, below: root) }
            }
        }
        return layout
    }

    /// A group's directory, where `root` is what of the hierarchy the mount shows.
    private static func join(_ mount: String, _ group: Substring, below root: Substring) -> String {
        let visible = root != "/" && group.hasPrefix(root) ? group.dropFirst(root.count) : group
        return visible == "/" || visible.isEmpty ? mount : mount + visible
    }

    /// As in the report: `v1`, `v2`, `hybrid`, or `nil`.
    package var kind: String? {
        if !v1.isEmpty { return v2Mount == nil ? "v1" : "hybrid" }
        return v2Controllers.isEmpty ? nil : "v2"
    }
}
