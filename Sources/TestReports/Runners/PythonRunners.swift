/// pytest, when the project names it, or when its tests are plain functions.
package struct PytestRunner: TestRunner {
    package init() {}

    package let id = "pytest"
    package let manifests = ["pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        let layout = PythonLayout(project)
        guard let (certainty, evidence) = layout.pytestEvidence else { return nil }
        let call =
            layout.environment + "python3 -m pytest -q --junitxml \"$DRYDOCK_REPORTS/junit.xml\""
        return DetectedRunner(
            id: id, command: call, select: call + " {tests}", selection: .arguments,
            reports: ["junit.xml"], console: "pytest-console",
            testPaths: layout.testPaths
                + [
                    "**/conftest.py", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg",
                    "pyproject.toml",
                ].filter { $0.hasPrefix("**") || project.has($0) },
            setup: layout.setup, certainty: certainty, evidence: evidence)
    }
}

/// Python's own unittest, when the tests import it and nothing names pytest.
package struct UnittestRunner: TestRunner {
    package init() {}

    package let id = "unittest"
    package let manifests = ["pyproject.toml", "setup.py", "setup.cfg"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        let layout = PythonLayout(project)
        guard layout.pytestEvidence == nil, let test = layout.tests.first else { return nil }
        let directory = test.directoryPath
        let isPackage = directory.isEmpty || project.has(directory + "/__init__.py")
        let top = directory.split(separator: "/").first.map(String.init) ?? ""
        let start = isPackage ? top : directory
        var discovery = ""
        if !start.isEmpty { discovery += " -s \(TestSelection.quote(start))" }
        if isPackage, !start.isEmpty { discovery += " -t ." }
        if test.hasSuffix("_test.py") { discovery += " -p '*_test.py'" }
        let path = isPackage ? layout.environment : "PYTHONPATH=\(TestSelection.quote(start)) "
        return DetectedRunner(
            id: id, command: layout.environment + "python3 -m unittest discover -v" + discovery,
            select: path + "python3 -m unittest -v {tests}", selection: .arguments,
            console: "unittest-console", testPaths: layout.testPaths, setup: layout.setup,
            certainty: .conventional, evidence: "\(test) is a unittest file")
    }
}

/// Where a Python project keeps its tests and what it needs.
struct PythonLayout {
    let project: ProjectTree
    let tests: [String]

    init(_ project: ProjectTree) {
        self.project = project
        tests = project.files.filter { Self.isTestFile($0) && !RunnerCatalog.isForeign($0) }
    }

    static func isTestFile(_ path: String) -> Bool {
        let name = path.lastPathComponent
        return name.hasSuffix(".py") && (name.hasPrefix("test_") || name.hasSuffix("_test.py"))
    }

    /// What says that pytest runs the tests.
    var pytestEvidence: (DetectedRunner.Certainty, String)? {
        let configuration = [
            ("pytest.ini", ""), (".pytest.ini", ""), ("pyproject.toml", "[tool.pytest"),
            ("setup.cfg", "[tool:pytest]"), ("tox.ini", "[pytest]"),
        ]
        for (file, section) in configuration
        where project.has(file) && (section.isEmpty || project.text(file).contains(section)) {
            return (.configured, section.isEmpty ? "\(file) exists" : "\(file) has \(section)")
        }
        guard !tests.isEmpty else { return nil }
        if let conftest = project.named("conftest.py").first {
            return (.configured, "\(conftest) exists")
        }
        for file in ["pyproject.toml", "setup.py", "setup.cfg", "tox.ini"] + requirements
        where project.text(file).contains("pytest") {
            return (.configured, "\(file) names pytest")
        }
        if let test = tests.first(where: { project.text($0).contains("import pytest") }) {
            return (.configured, "\(test) imports pytest")
        }
        let readable = tests.filter { !project.text($0).isEmpty }
        let usesUnittest = readable.contains { project.text($0).contains("unittest") }
        return usesUnittest ? nil : (.conventional, "\(tests[0]) is a test file")
    }

    var requirements: [String] {
        [
            "requirements.txt", "requirements-dev.txt", "requirements-test.txt",
            "dev-requirements.txt", "test-requirements.txt",
        ].filter(project.has)
    }

    /// A package under `src` is importable without being installed.
    var environment: String {
        let hasPackage = project.files.contains {
            $0.hasPrefix("src/") && $0.hasSuffix(".py")
        }
        return hasPackage ? "PYTHONPATH=src " : ""
    }

    var testPaths: [String] {
        let top = Set(
            tests.map {
                $0.split(separator: "/").count > 1 ? String($0.split(separator: "/")[0]) : ""
            })
        let directories = top.filter { ["test", "tests", "testing", "t"].contains($0) }
        return directories.sorted().map { "\($0)/**" } + ["**/test_*.py", "**/*_test.py"]
    }

    var setup: [DetectedRunner.Setup] {
        guard !requirements.isEmpty else { return [] }
        let options = requirements.map { "-r \($0)" }.joined(separator: " ")
        return [
            DetectedRunner.Setup(
                run:
                    "python3 -m venv \"$DRYDOCK_ENV\" && \"$DRYDOCK_ENV/bin/pip\" install \(options)",
                inputs: requirements)
        ]
    }
}
