internal import RunModel

/// A test that does nothing, to be laid beside a failing one: what it opens, every test opens.
struct EmptyTest: Sendable, Equatable {
    var file: OverlayFile
    /// As the runner would select it.
    var id: String

    /// - Parameters:
    ///   - files: the tree's files.
    ///   - name: not in use there.
    /// - Returns: `nil` for a runner whose tests have no known shape.
    static func beside(
        _ test: String, runner: String, files: Set<String>, name: String
    ) -> EmptyTest? {
        func make(_ path: String, _ text: String, id: String) -> EmptyTest {
            EmptyTest(file: OverlayFile(path: path, content: Array(text.utf8)), id: id)
        }
        switch runner {
        case "pytest":
            guard let path = test.split(separator: "::").first.map(String.init),
                files.contains(path)
            else { return nil }
            let own = "test_\(name).py".inDirectory(path.directoryOfPath)
            return make(
                own, "def test_\(name)():\n    pass\n", id: "\(own)::test_\(name)")
        case "unittest":
            let parts = test.split(separator: ".").map(String.init)
            guard parts.count >= 3 else { return nil }
            let module = parts.dropLast(2)
            let path = files.sorted().first { file in
                let wanted = module.joined(separator: "/") + ".py"
                return file == wanted || file.hasSuffix("/" + wanted)
            }
            guard let path else { return nil }
            let text = """
                import unittest


                class Test_\(name)(unittest.TestCase):
                    def test_it(self):
                        pass

                """
            return make(
                "test_\(name).py".inDirectory(path.directoryOfPath), text,
                id: (module.dropLast() + ["test_\(name)", "Test_\(name)", "test_it"])
                    .joined(separator: "."))
        case "node":
            let folder =
                test.split(separator: " > ").first.map(String.init).flatMap {
                    files.contains($0) ? $0.directoryOfPath : nil
                } ?? files.sorted().first { $0.contains(".test.") || $0.hasPrefix("test/") }
                .map(\.directoryOfPath) ?? ""
            return make(
                "\(name).test.mjs".inDirectory(folder),
                "import test from 'node:test';\ntest('\(name)', () => {});\n", id: name)
        default: return nil
        }
    }
}
