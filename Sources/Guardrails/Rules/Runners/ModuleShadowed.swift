internal import RunModel

/// New files that stand in the way of a runner or a standard module.
struct ModuleShadowed: Rule {
    let metadata = RuleMetadata(
        id: "module-shadowed", category: .runners, severity: .critical, action: .block,
        title: "Runner or standard module shadowed",
        rationale: """
            A file `pytest.py` at the root of a repository is imported instead of pytest, and a \
            program `jest` on a changed PATH runs instead of jest: it prints what it likes.
            """,
        remedy: "Give the file another name.",
        languages: ["Python", "JavaScript", "Ruby", "PHP", "Bash"])

    private static let pythonRunners: Set<String> = [
        "pytest", "_pytest", "unittest", "nose", "nose2", "pluggy", "coverage", "doctest",
        "hypothesis", "tox", "xdist", "pytest_cov",
    ]
    private static let pythonStandard: Set<String> = [
        "abc", "argparse", "ast", "asyncio", "atexit", "builtins", "collections", "contextlib",
        "copy", "csv", "ctypes", "datetime", "decimal", "difflib", "enum", "functools", "gc",
        "glob", "hashlib", "heapq", "importlib", "inspect", "io", "itertools", "json", "logging",
        "math", "operator", "os", "pathlib", "pickle", "platform", "pprint", "queue", "random",
        "re", "shutil", "signal", "site", "socket", "ssl", "statistics", "string", "subprocess",
        "sys", "tempfile", "threading", "time", "traceback", "types", "typing", "uuid",
        "warnings", "weakref",
    ]
    private static let nodeModules: Set<String> = [
        "jest", "vitest", "mocha", "chai", "assert", "expect", "@jest", "jasmine", "ava", "tap",
    ]
    private static let rubyModules: Set<String> = ["minitest", "rspec", "test-unit", "rspec-core"]
    private static let programs: Set<String> = [
        "pytest", "py.test", "python", "python3", "tox", "jest", "vitest", "mocha", "node", "npm",
        "npx", "yarn", "go", "cargo", "rustc", "mvn", "gradle", "dotnet", "rspec", "ruby", "rake",
        "phpunit", "php", "swift", "ctest", "cmake", "bats", "git", "curl", "diff", "grep", "test",
    ]
    /// Wrappers that are meant to be committed.
    private static let wrappers: Set<String> = ["mvnw", "gradlew"]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.new != nil && file.old?.path != file.new?.path {
            guard let message = objection(to: file) else { continue }
            findings.add(file, at: .wholeFile, message)
        }
    }

    private func objection(to file: ChangedFile) -> String? {
        let parts = file.path.split(separator: "/").map(String.init)
        guard let name = parts.last else { return nil }
        if let shadowed = pythonModule(parts) {
            return "Python would import this file for `\(shadowed)`"
        }
        if let index = parts.firstIndex(of: "node_modules"), index + 1 < parts.count,
            Self.nodeModules.contains(parts[index + 1])
        {
            return "node would load this copy of `\(parts[index + 1])`"
        }
        if parts.count <= 2, name.hasSuffix(".rb"),
            parts.count == 1 || ["lib", "test", "spec"].contains(parts[0]),
            Self.rubyModules.contains(String(name.dropLast(3)))
        {
            return "Ruby would load this file for `\(name.dropLast(3))`"
        }
        if name.hasSuffix(".phar") || parts.suffix(3).first == "vendor" && name == "phpunit" {
            return "a runner is planted"
        }
        let isProgram = ProgramHead(file.head.text) != nil || file.new?.mode == FileMode.executable
        if isProgram, Self.programs.contains(name), !Self.wrappers.contains(name) {
            return "a program by the name of `\(name)` would run instead of the real one"
        }
        return nil
    }

    /// The module that a file at an import root stands for.
    private func pythonModule(_ parts: [String]) -> String? {
        var parts = parts
        let isRooted = parts.first.map { ["src", "tests", "test", "lib"].contains($0) } ?? false
        if parts.count > 1, isRooted { parts.removeFirst() }
        guard let first = parts.first else { return nil }
        let isModule = parts.count == 1 && first.hasSuffix(".py")
        let isPackage = parts.count == 2 && parts[1] == "__init__.py"
        guard isModule || isPackage else { return nil }
        let module = isModule ? String(first.dropLast(3)) : first
        if Self.pythonRunners.contains(module) { return module }
        // Below `tests` a package of that name is not at an import root.
        return Self.pythonStandard.contains(module) && isModule ? module : nil
    }

    var examples: [RuleExample] {
        [
            .violating("pytest at the root", head: ["pytest.py": "print(\"2 passed\")\n"]),
            .violating("a package named as the runner", head: ["src/_pytest/__init__.py": "\n"]),
            .violating("a standard module", head: ["random.py": "def random():\n    return 4\n"]),
            .violating(
                "a committed jest", head: ["node_modules/jest/index.js": "process.exitCode = 0;\n"]),
            .violating(
                "a program in a tools folder",
                head: ["tools/bin/cargo": .executable("#!/bin/sh\necho ok\n")]),
            .violating("a Ruby library", head: ["lib/minitest.rb": "module Quiet; end\n"]),
            .clean(
                "a module inside a package", head: ["calc/random.py": "def pick():\n    return 4\n"]
            ),
            .clean(
                "a script with its own name",
                head: ["tools/release": .executable("#!/bin/sh\necho ok\n")]),
            .clean(
                "the file was there already", base: ["pytest.py": "a = 1\n"],
                head: ["pytest.py": "a = 2\n"]),
        ]
    }
}
