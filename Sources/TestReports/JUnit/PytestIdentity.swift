/// pytest's node ids (`tests/test_a.py::TestB::test_c[1]`) from what its JUnit file keeps of them:
/// `classname="tests.test_a.TestB" name="test_c[1]"`.
enum PytestIdentity {
    /// - Parameters:
    ///   - file: the path, where the family `xunit1` wrote one.
    ///   - files: the project's files; with them the boundary between module and class is known.
    /// - Returns: the module's path, and what stands before a test's name: `path::Class::`.
    static func module(
        className: String, file: String?, files: Set<String>
    ) -> (path: String, prefix: String) {
        let parts = className.split(separator: ".").map(String.init)
        let path: String
        let depth: Int
        if let file {
            path = file
            depth = min(file.split(separator: "/").count, parts.count)
        } else if let known = parts.indices.last(where: { files.contains(Self.path(parts[...$0])) })
        {
            path = Self.path(parts[...known])
            depth = known + 1
        } else {
            // By convention: classes begin with a capital, modules do not.
            let classes = parts.reversed().prefix { $0.first?.isUppercase == true }.count
            depth = min(parts.count, max(1, parts.count - classes))
            path = Self.path(parts[..<depth])
        }
        return (path, ([path] + parts[depth...]).map { $0 + "::" }.joined())
    }

    /// Where a node id's module ends.
    static func file(ofNodeID id: String) -> String? {
        let end = id.firstRange(of: "::")?.lowerBound ?? id.endIndex
        return id[..<end].hasSuffix(".py") ? String(id[..<end]) : nil
    }

    private static func path(_ parts: ArraySlice<String>) -> String {
        parts.joined(separator: "/") + ".py"
    }
}
