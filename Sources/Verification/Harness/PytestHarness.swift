/// pytest: ids are `path::Class::function[parameters]`.
struct PytestHarness: PythonHarness {
    let runners = ["pytest"]

    let toolchainProbe = """
        python3 -I -c 'import hashlib, pathlib, sys, pytest, _pytest, pluggy
        digest = hashlib.sha256()
        for module in (pytest, _pytest, pluggy):
            for file in sorted(pathlib.Path(module.__file__).parent.rglob("*.py")):
                digest.update(file.read_bytes())
        digest.update(pathlib.Path(sys.executable).read_bytes())
        print(sys.version, pytest.__version__, sys.executable, digest.hexdigest())'
        """

    func location(of test: String, sources: [String: String]) -> PythonTestLocation? {
        let parts = test.prefix { $0 != "[" }.split(separator: "::").map(String.init)
        guard let path = parts.first, parts.count > 1, sources[path] != nil else { return nil }
        return PythonTestLocation(
            path: path, scope: Array(parts[1..<(parts.count - 1)]), function: parts[parts.count - 1]
        )
    }

    func canaryFile(names: [String]) -> String {
        names.enumerated().map { index, name in
            index == 0
                ? "def test_\(name)():\n    assert 2 == 3\n"
                : "def test_\(name)():\n    raise AssertionError('as it must')\n"
        }.joined(separator: "\n\n")
    }
}

/// unittest: ids are `package.module.Class.method`.
struct UnittestHarness: PythonHarness {
    let runners = ["unittest"]

    let toolchainProbe = """
        python3 -I -c 'import hashlib, pathlib, sys, unittest
        digest = hashlib.sha256()
        for file in sorted(pathlib.Path(unittest.__file__).parent.rglob("*.py")):
            digest.update(file.read_bytes())
        digest.update(pathlib.Path(sys.executable).read_bytes())
        print(sys.version, sys.executable, digest.hexdigest())'
        """

    func location(of test: String, sources: [String: String]) -> PythonTestLocation? {
        let parts = test.split(separator: ".").map(String.init)
        guard parts.count >= 3 else { return nil }
        let module = parts.dropLast(2).joined(separator: "/") + ".py"
        // With a start directory that is no package, module names begin there.
        let path = sources.keys.sorted().first { $0 == module || $0.hasSuffix("/" + module) }
        return path.map {
            PythonTestLocation(
                path: $0, scope: [parts[parts.count - 2]], function: parts[parts.count - 1])
        }
    }

    func canaryFile(names: [String]) -> String {
        let methods = names.enumerated().map { index, name in
            "    def test_\(name)(self):\n"
                + (index == 0
                    ? "        self.assertEqual(2, 3)\n"
                    : "        raise AssertionError('as it must')\n")
        }
        return "import unittest\n\n\nclass TestPlanted(unittest.TestCase):\n"
            + methods.joined(separator: "\n")
    }
}
