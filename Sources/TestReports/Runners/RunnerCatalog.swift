/// Something that knows one test runner. Adding one is a file here and a line in the catalogue.
package protocol TestRunner: Sendable {
    /// Stable, in lower case with hyphens.
    var id: String { get }
    /// Names of files that make a directory a project of its own for this runner.
    var manifests: [String] { get }
    /// - Returns: how to run the tests, or `nil` when this runner has none here.
    func detect(_ project: ProjectTree) -> DetectedRunner?
}

/// All test runners, by id.
package enum RunnerCatalog {
    package static let all: [any TestRunner] = [
        CargoTestRunner(),
        CTestRunner(),
        GoTestRunner(),
        GradleRunner(),
        JestRunner(),
        JUnitConsoleRunner(),
        MakeCheckRunner(),
        MavenRunner(),
        MochaRunner(),
        NodeTestRunner(),
        NPMScriptRunner(),
        PHPUnitRunner(),
        PytestRunner(),
        RSpecRunner(),
        SwiftTestRunner(),
        UnittestRunner(),
        VitestRunner(),
    ]

    /// The runners of a project, the surest first.
    ///
    /// Looks at the root; when nothing is there, at each directory that holds a manifest.
    package static func detect(_ project: ProjectTree) -> [DetectedRunner] {
        let atRoot = detect(project, in: "")
        // A script at the root may only call those of the packages below, which then say more.
        guard atRoot.allSatisfy({ $0.id == NPMScriptRunner.id }) else { return atRoot }
        let manifests = Set(all.flatMap(\.manifests))
        let directories = project.directories { manifests.contains(String($0)) }
            .filter { !$0.isEmpty && !isForeign($0 + "/") }
        // A project inside a project that was found already belongs to that one.
        var found: [DetectedRunner] = []
        for directory in directories.prefix(200)
        where !found.contains(where: { directory.hasPrefix($0.directory + "/") }) {
            found += detect(project.scoped(to: directory), in: directory)
        }
        let named = found.filter { $0.id != NPMScriptRunner.id }
        guard named.isEmpty else { return named }
        return atRoot.isEmpty ? found : atRoot
    }

    /// The runners of one folder of a project, found as if it stood alone: what stands at the root
    /// says nothing about it.
    package static func detect(_ project: ProjectTree, below folder: String) -> [DetectedRunner] {
        detect(project.scoped(to: folder)).map { found in
            var found = found
            found.directory =
                found.directory.isEmpty ? folder : folder + "/" + found.directory
            return found
        }
    }

    private static func detect(_ project: ProjectTree, in directory: String) -> [DetectedRunner] {
        all.compactMap { $0.detect(project) }
            .map { found in
                var found = found
                found.directory = directory
                return found
            }
            .enumerated()
            .sorted { ($1.element.certainty, $0.offset) < ($0.element.certainty, $1.offset) }
            .map(\.element)
    }

    /// Which files' text `detect` wants to see: manifests, and some Python tests.
    package static func filesWorthReading(_ files: [String]) -> [String] {
        let names = Set(all.flatMap(\.manifests)).union(readableNames)
        let own = files.filter { !isForeign($0) }
        let manifests = own.filter { names.contains(String($0.lastPathComponent)) }
        let tests = own.filter { PythonLayout.isTestFile($0) }
        return Array(manifests.prefix(400)) + tests.prefix(100)
    }

    private static let readableNames: Set<String> = [
        "conftest.py", "pytest.ini", "setup.cfg", "tox.ini", "requirements.txt",
        "requirements-dev.txt", "requirements-test.txt", "dev-requirements.txt",
        "test-requirements.txt", ".rspec", "Makefile.am", "composer.json",
    ]

    /// Whether a path lies among other people's code or build products.
    static func isForeign(_ path: String) -> Bool {
        path.split(separator: "/").contains {
            ["node_modules", "vendor", "third_party", ".git", ".venv", "venv", "target", ".build"]
                .contains($0)
        }
    }
}
