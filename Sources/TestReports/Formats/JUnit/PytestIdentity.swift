/// pytest's node ids (`tests/test_a.py::TestB::test_c[1]`) from what its JUnit file keeps of them:
/// `classname="tests.test_a.TestB" name="test_c[1]"`.
enum PytestIdentity {
    /// - Parameters:
    ///   - file: the path, where the family `xunit1` wrote one.
    ///   - files: the project's files; with them the boundary between module and class is known.
    static func nodeID(
        className: String, name: String, file: String?, files: Set<String>
    ) -> String {
        // A module that cannot be collected is `classname="" name="tests.test_a"`.
        guard !className.isEmpty else {
            return modulePath(name.split(separator: ".").map(String.init), files: files)?.path
                ?? name
        }
        let parts = className.split(separator: ".").map(String.init)
        if let file {
            let depth = file.split(separator: "/").count
            return join(file, parts.dropFirst(depth), name)
        }
        guard let module = modulePath(parts, files: files) else { return "\(className)::\(name)" }
        return join(module.path, parts[module.depth...], name)
    }

    /// Where a node id's module ends.
    static func file(ofNodeID id: String) -> String? {
        guard
            let end = id.firstRange(of: "::")?.lowerBound
                ?? (id.hasSuffix(".py") ? id.endIndex : nil)
        else { return nil }
        let path = id[..<end]
        return path.hasSuffix(".py") ? String(path) : nil
    }

    private static func join(_ path: String, _ classes: ArraySlice<String>, _ name: String)
        -> String
    {
        ([path] + classes + [name]).joined(separator: "::")
    }

    private static func modulePath(
        _ parts: [String], files: Set<String>
    ) -> (path: String, depth: Int)? {
        guard !parts.isEmpty else { return nil }
        for depth in parts.indices.reversed() {
            let path = parts[...depth].joined(separator: "/") + ".py"
            if files.contains(path) { return (path, depth + 1) }
        }
        // By convention: classes begin with a capital, modules do not.
        let classes = parts.reversed().prefix { $0.first?.isUppercase == true }.count
        let depth = max(1, parts.count - classes)
        return (parts[..<depth].joined(separator: "/") + ".py", depth)
    }
}
