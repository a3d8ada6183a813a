internal import RunModel
internal import SourceSyntax

/// Plug-ins, reporters and runners that a project loads into its test runs.
struct RunnerPlugin: PatternRule {
    let metadata = RuleMetadata(
        id: "runner-plugin", category: .runners, severity: .high, action: .block,
        title: "Plug-in loaded into the test runner",
        rationale: """
            A plug-in runs inside the runner's process before the first test and may change any \
            result. An entry point loads it without a line in any test.
            """,
        remedy: "Leave the runner's plug-ins as they are; a new one is a change of its own.",
        languages: ["Python", "JavaScript", "Java", "Ruby", "PHP", "Go"])

    private static func load(
        _ expression: String, names: Set<String> = [], extensions: Set<String> = [],
        _ certainty: FindingCertainty = .certain
    ) -> ContentPattern {
        ContentPattern(
            expression,
            files: FileFilter(
                extensions: extensions, names: names, excluding: [.documentation, .vendored]),
            certainty: certainty, confirm: { $0.isComment ? nil : $0.wholeLine })
    }

    private static let jest: Set<String> = [
        "package.json", "jest.config.js", "jest.config.ts", "jest.config.mjs", "jest.config.cjs",
        "jest.config.json", "vitest.config.ts", "vitest.config.js", "vite.config.ts",
    ]

    let patterns = [
        load(
            "\\bpytest11\\b|nose\\.plugins\\.",
            names: ["setup.py", "setup.cfg", "pyproject.toml", "entry_points.txt"]),
        load("^[ \\t]*pytest_plugins[ \\t]*=", extensions: ["py"], .possible),
        load(
            "(addopts|PYTEST_PLUGINS)[^\\n]*(-p[ \\t]+[a-z_]|=)",
            names: ["pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"], .possible),
        load(
            "[\"']?(testRunner|runner|testEnvironment|resolver|snapshotResolver|testResultsProcessor|dependencyExtractor)[\"']?[ \\t]*:[ \\t]*[\"']([./]|<rootDir>)",
            names: jest),
        load(
            "[\"']?(setupFiles|setupFilesAfterEnv|globalSetup|globalTeardown|reporters|transform)[\"']?[ \\t]*:",
            names: jest, .possible),
        load(
            "META-INF/services/org\\.junit|junit\\.jupiter\\.extensions\\.autodetection",
            extensions: ["properties", "xml", "gradle", "kts"]),
        load("<listener>|<property>[ \\t]*<name>listener", names: ["pom.xml", "testng.xml"]),
        load(
            "<(extensions|listeners)>|printerClass=|bootstrap=",
            names: ["phpunit.xml", "phpunit.xml.dist"], .possible),
        load("^[ \\t]*(--require|-r)[ \\t]+[^s\\n]", names: [".rspec"], .possible),
        load(
            "\\bgo[ ]+(test|build|vet|run)[^\\n]*-(exec|toolexec|overlay)[ =]",
            names: ["makefile", ".envrc"],
            extensions: ["sh", "mk", "yml", "yaml"], .possible),
        load("^[ \\t]*(runner|linker)[ \\t]*=", names: ["config.toml"], .possible),
    ]

    func message(for match: ContentMatch) -> String { "something is loaded into the test runner" }

    private static let services = [
        "META-INF/services/org.junit", "META-INF/services/org.testng",
        "META-INF/services/io.kotest", "META-INF/services/org.spockframework",
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side), message(for: match),
                evidence: match.evidence, certainty: match.certainty)
        }
        for file in change.files where file.addedLineCount > 0 {
            guard Self.services.contains(where: file.path.contains) else { continue }
            findings.add(file, at: .wholeFile, "the runner loads what this file names")
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "an entry point for pytest",
                base: ["pyproject.toml": "[project]\nname = \"calc\"\n"],
                head: [
                    "pyproject.toml":
                        "[project]\nname = \"calc\"\n[project.entry-points.pytest11]\ncalc = \"calc.plugin\"\n"
                ]),
            .violating(
                "jest runs with another runner",
                base: ["jest.config.js": "module.exports = {};\n"],
                head: ["jest.config.js": "module.exports = {\n  testRunner: \"./quiet.js\",\n};\n"]),
            .violating(
                "JUnit loads extensions by itself",
                head: [
                    "src/test/resources/junit-platform.properties":
                        "junit.jupiter.extensions.autodetection.enabled=true\n"
                ]),
            .violating(
                "Maven registers a listener",
                base: ["pom.xml": "<plugins>\n</plugins>\n"],
                head: [
                    "pom.xml":
                        "<plugins>\n<property><name>listener</name><value>Quiet</value></property>\n</plugins>\n"
                ]),
            .clean(
                "a name in a manifest",
                base: ["pyproject.toml": "[project]\nname = \"calc\"\n"],
                head: ["pyproject.toml": "[project]\nname = \"calculator\"\n"]),
        ]
    }
}
