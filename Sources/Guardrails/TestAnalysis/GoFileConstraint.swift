/// Go builds `x_windows_test.go` for one system only (`go help buildconstraint`).
enum GoFileConstraint {
    private static let systems: Set<String> = [
        "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux",
        "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "386", "amd64", "arm",
        "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64",
        "s390x", "wasm",
    ]

    /// The system or processor that a test file's name demands.
    static func ofName(_ path: String) -> String? {
        let name = path.split(separator: "/").last ?? ""
        guard name.hasSuffix("_test.go") else { return nil }
        let words = name.dropLast("_test.go".count).split(separator: "_")
        guard words.count > 1, let last = words.last.map(String.init), systems.contains(last) else {
            return nil
        }
        return last
    }
}
