internal import RunModel

/// What pytest and unittest share: Python files, copied whole under another file name.
protocol PythonHarness: RunnerHarness {
    /// The file, the classes and the function that an id names, without parameters.
    func location(of test: String, sources: [String: String]) -> PythonTestLocation?
    /// A file of tests that fail, with these names.
    func canaryFile(names: [String]) -> String
}

struct PythonTestLocation: Hashable {
    var path: String
    var scope: [String]
    var function: String
}

extension PythonHarness {
    var configuration: PathPatterns { PythonConfiguration.patterns }
    var shadows: PathPatterns { PythonConfiguration.shadows }

    var manifests: [any ManifestFormat] {
        [
            SectionManifest(
                names: ["pyproject.toml"],
                steering: [
                    "tool.pytest", "tool.coverage", "tool.tox", "tool.hatch", "tool.pdm.scripts",
                    "build-system", "project.entry-points", "project.scripts",
                    "tool.poetry.plugins", "tool.setuptools", "tool.nox",
                ]),
            SectionManifest(
                names: ["setup.cfg", "tox.ini"],
                steering: [
                    "tool:pytest", "pytest", "testenv", "tox", "coverage", "options.entry_points",
                    "aliases", "nosetests", "unittest", "options",
                ]),
        ]
    }

    func canaries(_ planting: inout Planting) {
        for directory in planting.directories {
            let siblings = planting.sources.keys.filter { $0.directoryOfPath == directory }
            let names = [planting.name(), planting.name()]
            let file = Self.fileName(
                like: siblings.sorted().first { $0.hasSuffix(".py") }, planting.name())
            planting.write(
                canaryFile(names: names), to: file.inDirectory(directory))
            names.forEach { planting.expectCanary($0) }
        }
    }

    func copies(of tests: [String], _ planting: inout Planting) {
        var wanted: [String: [PythonTestLocation: String]] = [:]
        for test in tests {
            if let location = location(of: test, sources: planting.sources) {
                wanted[location.path, default: [:]][location] = test
            } else {
                planting.leaveOut(test, reason: "its function was not found")
            }
        }
        for (path, locations) in wanted.sorted(by: { $0.key < $1.key }) {
            copy(locations, of: path, &planting)
        }
    }

    private func copy(
        _ locations: [PythonTestLocation: String], of path: String, _ planting: inout Planting
    ) {
        guard let source = planting.sources[path] else { return }
        let file = PythonTestFile(source)
        var replacements: [Int: String] = [:]
        var found: Set<PythonTestLocation> = []
        for (scope, function) in file.tests {
            let location = PythonTestLocation(path: path, scope: scope, function: function.name)
            guard let original = locations[location] else { continue }
            found.insert(location)
            let renamed = planting.name()
            let text = file.text(of: function, named: "test_" + renamed)
            planting.expectCopy(renamed, of: original, mustPass: true)
            var copies = [text]
            let variants = AssertionRewriter(language: .python).variants(
                of: text, bodyStart: file.bodyStart(of: function, in: text))
            for variant in variants {
                let name = planting.name()
                copies.append(variant.text.replacing(renamed, with: name, maxReplacements: 1))
                planting.expectCopy(name, of: original, mustPass: false)
            }
            let (own, other) = (planting.name(), planting.name())
            if let detached = file.detached(function, named: "test_" + own, calling: other) {
                copies += [file.text(of: function, named: other), detached]
                planting.expectDetached(own, of: original)
            }
            if variants.isEmpty {
                planting.leaveOut(original, reason: "no expected value was found in it")
            }
            replacements[function.definition] = copies.joined(separator: "\n\n")
        }
        for (location, test) in locations where !found.contains(location) {
            planting.leaveOut(test, reason: "its function was not found in \(path)")
        }
        let name = Self.fileName(like: path, planting.name())
        planting.write(
            file.text(replacing: replacements, disabling: planting.name()),
            to: name.inDirectory(path.directoryOfPath))
    }

    /// A name that the same discovery finds.
    private static func fileName(like path: String?, _ name: String) -> String {
        let stem = path?.lastOfPath.replacing(".py", with: "") ?? "test_"
        if stem.hasPrefix("test") || path == nil { return "test_\(name).py" }
        if stem.hasSuffix("_test") { return "\(name)_test.py" }
        if stem.hasSuffix("_tests") { return "\(name)_tests.py" }
        return "test_\(name).py"
    }
}

/// Names through which Python or its test runners can be steered from inside a repository.
enum PythonConfiguration {
    static let patterns = PathPatterns([
        "conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", ".coveragerc",
        "noxfile.py", "sitecustomize.py", "usercustomize.py", "*.pth", "**/*.egg-info/**",
        "**/*.dist-info/**", "pyvenv.cfg", "**/__pycache__/**",
    ])

    /// Modules of runners and of the standard library that they use: a new file of such a name
    /// where imports start takes the place of the real one.
    static let shadows = PathPatterns(
        modules.flatMap { name in
            ["/", "src/", "lib/", "tests/", "test/"].flatMap { root in
                ["\(root)\(name).py", "\(root)\(name)/**"]
            }
        })

    private static let modules = [
        "pytest", "_pytest", "pluggy", "iniconfig", "packaging", "unittest", "doctest", "nose",
        "hypothesis", "ast", "argparse", "asyncio", "builtins", "collections", "contextlib",
        "copy", "dataclasses", "difflib", "enum", "fnmatch", "functools", "importlib", "inspect",
        "io", "json", "linecache", "logging", "math", "operator", "os", "pathlib", "platform",
        "pprint", "random", "re", "shutil", "signal", "site", "string", "subprocess", "sys",
        "tempfile", "textwrap", "threading", "time", "tokenize", "traceback", "types", "typing",
        "warnings", "weakref", "xml",
    ]
}
