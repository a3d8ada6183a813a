import Testing

@testable import TestReports

@Suite struct RunnerCatalogTests {
    struct Project: Sendable, CustomTestStringConvertible {
        var name: String
        var files: [String: String]
        var runner: String
        var directory = ""
        var testDescription: String { name }

        var tree: ProjectTree { ProjectTree(files: Array(files.keys), contents: files) }
    }

    static let projects = [
        Project(
            name: "pytest by configuration",
            files: ["pyproject.toml": "[tool.pytest.ini_options]\n", "tests/test_a.py": ""],
            runner: "pytest"),
        Project(
            name: "pytest by convention",
            files: ["a.py": "", "test_a.py": "def test_a():\n    pass\n"], runner: "pytest"),
        Project(
            name: "unittest",
            files: ["a.py": "", "tests/test_a.py": "import unittest\n", "tests/__init__.py": ""],
            runner: "unittest"),
        Project(name: "go", files: ["go.mod": "", "a_test.go": ""], runner: "go-test"),
        Project(name: "cargo", files: ["Cargo.toml": "", "src/lib.rs": ""], runner: "cargo-test"),
        Project(
            name: "swift", files: ["Package.swift": ".testTarget(", "Tests/A/B.swift": ""],
            runner: "swift-test"),
        Project(
            name: "jest",
            files: ["package.json": #"{"scripts": {"test": "jest"}}"#, "a.test.js": ""],
            runner: "jest"),
        Project(
            name: "vitest",
            files: ["package.json": #"{"devDependencies": {"vitest": "^1"}}"#, "a.test.ts": ""],
            runner: "vitest"),
        Project(
            name: "mocha",
            files: ["package.json": #"{"devDependencies": {"mocha": "^10"}}"#, "test/a.js": ""],
            runner: "mocha"),
        Project(
            name: "node",
            files: ["package.json": #"{"scripts": {"test": "node --test"}}"#, "a.test.js": ""],
            runner: "node-test"),
        Project(
            name: "maven", files: ["pom.xml": "", "src/test/java/ATest.java": ""], runner: "maven"),
        Project(
            name: "gradle", files: ["build.gradle.kts": "", "src/test/java/ATest.java": ""],
            runner: "gradle"),
        Project(
            name: "junit", files: ["src/main/java/A.java": "", "src/test/java/ATest.java": ""],
            runner: "junit"),
        Project(
            name: "ctest", files: ["CMakeLists.txt": "enable_testing()\n", "a.c": ""],
            runner: "ctest"),
        Project(
            name: "make", files: ["Makefile": "all:\n\ncheck: all\n\t./t\n"], runner: "make-check"),
        Project(name: "rspec", files: [".rspec": "", "spec/a_spec.rb": ""], runner: "rspec"),
        Project(
            name: "phpunit", files: ["phpunit.xml.dist": "", "tests/ATest.php": ""],
            runner: "phpunit"),
        Project(
            name: "in a directory",
            files: ["README.md": "", "services/a/go.mod": "", "services/a/a_test.go": ""],
            runner: "go-test", directory: "services/a"),
    ]

    @Test(arguments: projects)
    func findsTheRunner(_ project: Project) throws {
        let found = RunnerCatalog.detect(project.tree)
        let first = try #require(found.first)
        #expect(first.id == project.runner)
        #expect(first.directory == project.directory)
        #expect(!first.testPaths.isEmpty)
        #expect(first.select.contains("{tests}"))
        for path in project.files.keys where !project.files[path, default: ""].isEmpty {
            #expect(RunnerCatalog.filesWorthReading(Array(project.files.keys)).contains(path))
        }
    }

    @Test func everyRunnerHasAProject() {
        // A script of npm's selects no tests: it has a test of its own below.
        let covered = Set(Self.projects.map(\.runner) + ["npm-test"])
        #expect(RunnerCatalog.all.map(\.id).filter { !covered.contains($0) } == [])
        #expect(RunnerCatalog.all.map(\.id) == RunnerCatalog.all.map(\.id).sorted())
    }

    /// The script names what has to be loaded; its reporter is ours to choose.
    @Test func theTestScriptsOptionsAreKept() throws {
        let script =
            #"{"scripts": {"test": "mocha --require env --reporter spec --check-leaks test/"}}"#
        let tree = ProjectTree(files: ["package.json"], contents: ["package.json": script])
        let runner = try #require(RunnerCatalog.detect(tree).first)
        #expect(
            runner.command.hasPrefix(
                "npx --offline --no-install mocha --require env --check-leaks test/ "))
        #expect(runner.command.contains("--reporter json"))
    }

    @Test func aMakeTargetIsTheLastResort() throws {
        let files = ["Makefile": "test:\n\tpython -m unittest\n", "test_a.py": "import unittest\n"]
        let tree = ProjectTree(files: Array(files.keys), contents: files)
        #expect(RunnerCatalog.detect(tree).map(\.id) == ["unittest", "make-check"])
    }

    /// A script says how, and not what it calls.
    @Test func aPackagesTestScriptIsTheLastResort() throws {
        func found(_ files: [String: String]) -> [DetectedRunner] {
            RunnerCatalog.detect(ProjectTree(files: Array(files.keys), contents: files))
        }
        let script = #"{"scripts": {"test": "node t.js"}}"#
        let only = try #require(found(["package.json": script, "t.js": ""]).first)
        #expect(
            only.id == "npm-test" && only.command == "npm test" && only.certainty == .lastResort)
        #expect(
            found(["package.json": script, "a.test.js": ""]).map(\.id) == ["node-test", "npm-test"])
        let unset = #"{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}"#
        #expect(found(["package.json": unset]).isEmpty)
        #expect(found(["package.json": "{}"]).isEmpty)
        // What lies below is surer than a script above that may call it; a script below is not.
        let below = ["package.json": script, "p/package.json": script]
        #expect(found(below).map(\.directory) == [""])
        #expect(
            found(below.merging(["p/go.mod": "", "p/a_test.go": ""]) { $1 }).first?.id == "go-test")
    }

    @Test func nothingIsFoundInNothing() {
        #expect(RunnerCatalog.detect(ProjectTree(files: ["README.md"])) == [])
        #expect(RunnerCatalog.detect(ProjectTree(files: [])) == [])
        let foreign = ["node_modules/a/package.json", "vendor/b/go.mod", "vendor/b/b_test.go"]
        #expect(RunnerCatalog.detect(ProjectTree(files: foreign)) == [])
    }

    @Test func idsAreQuotedForTheShell() throws {
        let tree = ProjectTree(files: ["pytest.ini", "test_a.py"])
        let runner = try #require(RunnerCatalog.detect(tree).first)
        let command = runner.command(selecting: ["test_a.py::test_b[x'; rm -rf /]", "-x"])
        #expect(command.hasSuffix(#" 'test_a.py::test_b[x'\''; rm -rf /]' '-x'"#))
    }

    @Test(arguments: [
        (TestSelection.pattern, ["a > b", "c.d"], #"'^(a b|c\.d)$'"#),
        (.vitest, ["src/a.test.ts > sum > adds"], "src/a.test.ts -t '^(sum adds)$'"),
        (.leafPattern, ["outer > it works"], "'^(it works)$'"),
        (.cargo, ["crate::bin tests::a", "tests::b"], "tests::a tests::b"),
        (
            .go, ["example.org/m/p.TestA/sub.Test", "example.org/m/p.TestB", "TestC"],
            "-run '^(TestA|TestB|TestC)$' ./... example.org/m/p"
        ),
        (.swift, ["PTests.S/a()"], #"'(^|[./])(PTests[./]S[./]a\(\))(/|$)'"#),
        (.surefire, ["a.B#c[1]", "a.B#d", "e.F"], "'a.B#c+d,e.F'"),
        (.junit, ["a.B#c(int)[2]", "a.B#c(int)[1]"], "-m 'a.B#c(int)'"),
        (.gradle, ["a.B.c", "a.B.d e"], "--tests a.B.c --tests 'a.B.d e'"),
        (.phpunit, ["A::b"], "'/^(A::b)$/'"),
    ])
    func selectionsAreRendered(style: TestSelection, ids: [String], expected: String) {
        #expect(style.render(ids) == expected)
    }
}
