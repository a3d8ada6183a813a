import Testing

@testable import LinuxKernel

/// Layouts as real machines show them.
@Suite struct CgroupLayoutTests {
    @Test func hybrid() {
        let layout = CgroupHierarchies.parse(
            mountinfo: """
                30 22 0:25 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
                31 22 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
                32 22 0:27 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
                """,
            cgroup: "4:memory:/session/1\n2:cpu,cpuacct:/\n0::/\n")
        #expect(layout.v1["memory"] == "/sys/fs/cgroup/memory/session/1")
        #expect(layout.v1["cpu"] == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(layout.v1["cpuacct"] == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(layout.v2Mount == "/sys/fs/cgroup/unified")
        #expect(layout.kind == "hybrid")
    }

    @Test func unified() {
        var layout = CgroupHierarchies.parse(
            mountinfo: "30 22 0:25 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate",
            cgroup: "0::/user.slice/user-1000.slice/drydock.scope\n")
        #expect(layout.v2 == "/sys/fs/cgroup/user.slice/user-1000.slice/drydock.scope")
        #expect(layout.kind == nil)
        layout.v2Controllers = ["cpu", "memory", "pids"]
        #expect(layout.kind == "v2")
        var limits = CgroupLimits()
        limits.memoryBytes = 1
        #expect(layout.canEnforce(limits))
    }

    /// In a container the mount shows only the container's own part.
    @Test func partOfAHierarchy() {
        let layout = CgroupHierarchies.parse(
            mountinfo: "30 22 0:25 /docker/abc /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids",
            cgroup: "8:pids:/docker/abc/inner\n")
        #expect(layout.v1["pids"] == "/sys/fs/cgroup/pids/inner")
    }

    @Test(arguments: ["", "garbage\n", "1 2 3 - cgroup", "a b c d e - cgroup2"])
    func nothing(mountinfo: String) {
        let layout = CgroupHierarchies.parse(mountinfo: mountinfo, cgroup: "x\n1:\n")
        #expect(layout.kind == nil)
        var limits = CgroupLimits()
        limits.processes = 1
        #expect(!layout.canEnforce(limits))
    }
}
