internal import CLinux
internal import Glibc

/// Which cgroup controllers this process can give limits with, and where.
///
/// What counts is the hierarchy in which a controller really is: on a hybrid host the v2 mount
/// exists and has none (crun 1.8 refuses to start there).
package struct CgroupHierarchies: Sendable, Equatable {
    /// Directory of this process's own group, by v1 controller.
    package var v1 = ControllerPaths()
    /// Directory of this process's own group in the v2 hierarchy.
    package var v2: String?
    /// Where the v2 hierarchy is mounted.
    package var v2Mount: String?
    /// Controllers that the v2 hierarchy offers there.
    package var v2Controllers: [String] = []

    package init() {}

    /// Whether groups are made in the v2 hierarchy.
    package var usesV2: Bool { v1["memory"] == nil && !v2Controllers.isEmpty }

    /// Whether there is nothing but cgroup v2 in the usual place, in one system call.
    package static var isUnified: Bool {
        // CGROUP2_SUPER_MAGIC of linux/magic.h
        lx_file_system_type("/sys/fs/cgroup") == 0x6367_7270
    }

    /// Reads the host's layout; empty where there is none.
    package static func detect() -> CgroupHierarchies {
        guard let groups = try? SmallFile.read("/proc/self/cgroup") else {
            return CgroupHierarchies()
        }
        if let layout = detectUsual(OwnGroups(groups)) { return layout }
        guard let mounts = try? SmallFile.read("/proc/self/mountinfo", byteLimit: 16 << 20)
        else { return CgroupHierarchies() }
        var layout = parse(mountinfo: mounts, cgroup: groups)
        layout.v1.keep { access($0, W_OK) == 0 }
        // Root makes its group at the top; a user only where the own group was delegated.
        if let place = geteuid() == 0 ? layout.v2Mount : layout.v2, access(place, W_OK) == 0 {
            let text = (try? SmallFile.readText(place + "/cgroup.controllers")) ?? ""
            layout.v2Controllers = text.split { $0 == " " || $0 == "\n" }.map(String.init)
        }
        return layout
    }

    /// The layout where every v1 controller has its own directory in the usual place: told without
    /// the table of mounts, which takes the kernel a microsecond or two for each line.
    private static func detectUsual(_ groups: OwnGroups) -> CgroupHierarchies? {
        var layout = CgroupHierarchies()
        for controller in ["cpu", "cpuacct", "memory", "pids"] {
            let mount = "/sys/fs/cgroup/" + controller
            // CGROUP_SUPER_MAGIC of linux/magic.h. A link leads to controllers that share one.
            guard lx_file_system_type(mount) == 0x27_e0eb, FileKind.isRealDirectory(mount),
                let group = groups.path(ofController: controller)
            else { return nil }
            let path = group == "/" ? mount : mount + group
            guard access(path, W_OK) == 0 else { return nil }
            layout.v1[controller] = path
        }
        // Wanted only by sandboxes that can be paused.
        let freezer = "/sys/fs/cgroup/freezer"
        if lx_file_system_type(freezer) == 0x27_e0eb, FileKind.isRealDirectory(freezer),
            let group = groups.path(ofController: "freezer")
        {
            let path = group == "/" ? freezer : freezer + group
            if access(path, W_OK) == 0 { layout.v1["freezer"] = path }
        }
        let unified = "/sys/fs/cgroup/unified"
        if lx_file_system_type(unified) == 0x6367_7270 {
            layout.v2Mount = unified
            layout.v2 = groups.path(ofController: "").map { $0 == "/" ? unified : unified + $0 }
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
        if limits.freezes { needed.append("freezer") }
        return needed.allSatisfy { v1[$0] != nil }
    }

    /// The pure part: `/proc/self/mountinfo` and `/proc/self/cgroup` as text.
    package static func parse(mountinfo: String, cgroup: String) -> CgroupHierarchies {
        parse(mountinfo: Array(mountinfo.utf8), cgroup: Array(cgroup.utf8))
    }

    /// Hosts with many containers have thousands of lines, read at every start.
    static func parse(mountinfo: [UInt8], cgroup: [UInt8]) -> CgroupHierarchies {
        let groups = OwnGroups(cgroup)
        var layout = CgroupHierarchies()
        var start = 0
        while start < mountinfo.count {
            let line = KernelText.line(at: start, in: mountinfo)
            start = line.upperBound + 1
            guard let type = fileSystemType(of: line, in: mountinfo) else { continue }
            let fields = KernelText.parts(
                of: line, in: mountinfo, separator: KernelText.space, limit: 6)
            let ending = KernelText.parts(
                of: type.lowerBound..<line.upperBound, in: mountinfo,
                separator: KernelText.space)
            guard fields.count == 6, ending.count >= 3 else { continue }
            let root = KernelText.text(fields[3], in: mountinfo)
            let mount = KernelText.text(fields[4], in: mountinfo)
            if KernelText.equals(type, "cgroup2", in: mountinfo) {
                layout.v2Mount = mount
                layout.v2 = groups.path(ofController: "").map { join(mount, $0, below: root) }
                continue
            }
            for option in KernelText.parts(
                of: ending[2], in: mountinfo, separator: UInt8(ascii: ","))
            where isWanted(option, in: mountinfo) {
                let controller = KernelText.text(option, in: mountinfo)
                layout.v1[controller] = groups.path(ofController: controller).map {
                    join(mount, $0, below: root)
                }
            }
        }
        return layout
    }

    /// `cgroup` or `cgroup2` of a line of mountinfo, or `nil` for any other file system. The
    /// optional fields before it end in a lone dash (proc_pid_mountinfo(5)).
    private static func fileSystemType(of line: Range<Int>, in bytes: [UInt8]) -> Range<Int>? {
        var index = line.lowerBound
        while index + 9 < line.upperBound {
            if bytes[index] == KernelText.space,
                KernelText.hasPrefix(index..<line.upperBound, " - ", in: bytes)
            {
                let start = index + 3
                guard KernelText.hasPrefix(start..<line.upperBound, "cgroup", in: bytes) else {
                    return nil
                }
                var end = start
                while end < line.upperBound, bytes[end] != KernelText.space { end += 1 }
                return start..<end
            }
            index += 1
        }
        return nil
    }

    private static func isWanted(_ option: Range<Int>, in bytes: [UInt8]) -> Bool {
        KernelText.equals(option, "cpu", in: bytes)
            || KernelText.equals(option, "cpuacct", in: bytes)
            || KernelText.equals(option, "freezer", in: bytes)
            || KernelText.equals(option, "memory", in: bytes)
            || KernelText.equals(option, "pids", in: bytes)
    }

    /// This process's group in each hierarchy: `/proc/self/cgroup`.
    private struct OwnGroups {
        private var names: [String] = []
        private var paths: [String] = []

        init(_ bytes: [UInt8]) {
            var start = 0
            while start < bytes.count {
                let line = KernelText.line(at: start, in: bytes)
                start = line.upperBound + 1
                let fields = KernelText.parts(
                    of: line, in: bytes, separator: UInt8(ascii: ":"), limit: 3)
                guard fields.count == 3 else { continue }
                let path = KernelText.text(fields[2], in: bytes)
                for name in KernelText.parts(
                    of: fields[1], in: bytes, separator: UInt8(ascii: ","))
                {
                    names.append(KernelText.text(name, in: bytes))
                    paths.append(path)
                }
            }
        }

        /// - Parameter name: empty for the v2 hierarchy.
        func path(ofController name: String) -> String? {
            names.firstIndex(of: name).map { paths[$0] }
        }
    }

    /// A group's directory, where `root` is what of the hierarchy the mount shows.
    private static func join(_ mount: String, _ group: String, below root: String) -> String {
        let isBelow = root != "/" && group.utf8.starts(with: root.utf8)
        let visible = isBelow ? String(group.dropFirst(root.count)) : group
        return visible == "/" || visible.isEmpty ? mount : mount + visible
    }

    /// As in the report: `v1`, `v2`, `hybrid`, or `nil`.
    package var kind: String? {
        if !v1.isEmpty { return v2Mount == nil ? "v1" : "hybrid" }
        return v2Controllers.isEmpty ? nil : "v2"
    }
}

/// A path for each controller, in a plain list: see `VariableList` for why.
package struct ControllerPaths: Sendable, Equatable {
    private var entries: [Entry] = []

    private struct Entry: Sendable, Equatable {
        var controller: String
        var path: String
    }

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }
    package var paths: [String] { entries.map(\.path) }

    package subscript(controller: String) -> String? {
        get { entries.first { $0.controller == controller }?.path }
        set {
            let index = entries.firstIndex { $0.controller == controller }
            if let index { entries.remove(at: index) }
            if let newValue { entries.append(Entry(controller: controller, path: newValue)) }
        }
    }

    mutating func keep(where isKept: (String) -> Bool) {
        entries = entries.filter { isKept($0.path) }
    }
}
