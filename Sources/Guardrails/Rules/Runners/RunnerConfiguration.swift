internal import RunModel

/// Configuration that leaves tests out.
struct RunnerConfiguration: PatternRule {
    let metadata = RuleMetadata(
        id: "runner-configuration", category: .runners, severity: .high, action: .block,
        title: "Runner configured to leave tests out",
        rationale: """
            One line of configuration switches off what ten lines of diff in a test would show: \
            ignored paths, deselected names, excluded targets, disabled tests, runs that pass \
            without any test.
            """,
        remedy: "Run all tests; leave out in the runner's command what one machine cannot run.",
        languages: [
            "pytest", "tox", "jest", "vitest", "mocha", "SwiftPM", "Gradle", "Maven", "CMake",
            "Cargo", "PHPUnit", "RSpec", "Bazel",
        ])

    static func option(
        _ expression: String, names: Set<String> = [], extensions: Set<String> = [],
        traits: PathTraits = [], _ certainty: FindingCertainty = .certain,
        isCertain: @escaping @Sendable (ContentCandidate) -> Bool = { _ in false },
        onlyIf: @escaping @Sendable (ContentCandidate) -> Bool = { _ in true }
    ) -> ContentPattern {
        ContentPattern(
            expression,
            files: FileFilter(
                extensions: extensions, names: names, traits: traits,
                // `CMakeLists.txt` ends like a document: a name that was given is meant.
                excluding: names.isEmpty ? [.documentation, .vendored] : .vendored),
            certainty: certainty, isCertain: isCertain,
            confirm: { $0.isComment || !onlyIf($0) ? nil : $0.wholeLine })
    }

    /// Whether the plugin of Maven that a `<skip>` is said to is one that runs tests, as far as the
    /// lines above tell.
    private static func isOfTests(_ candidate: ContentCandidate) -> Bool {
        guard candidate.string.contains("<skip>"),
            let plugin = candidate.lines(-15...0).last(where: { $0.contains("<artifactId>") })
        else { return true }
        return ["surefire", "failsafe", "test", "junit", "cucumber", "jacoco", "pitest"].contains {
            plugin.lowercased().contains($0)
        }
    }

    private static let python: Set<String> = [
        "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "noxfile.py",
        "makefile", ".coveragerc", "conftest.py",
    ]
    private static let javaScript: Set<String> = [
        "package.json", "jest.config.js", "jest.config.ts", "jest.config.mjs", "jest.config.cjs",
        "jest.config.json", "vitest.config.ts", "vitest.config.js", "vitest.config.mts",
        "vite.config.ts", "vite.config.js", ".mocharc.js", ".mocharc.json", ".mocharc.yml",
        ".mocharc.yaml", ".mocharc.cjs", "karma.conf.js", "playwright.config.ts", "ava.config.js",
    ]
    static let gradle: Set<String> = ["build.gradle", "build.gradle.kts", "pom.xml"]

    let patterns: [ContentPattern] =
        [
            option(
                "--(deselect|ignore|ignore-glob)([ \\t=\"']|$)|(^|[ \\t\"'=])-(k|m)[ \\t=]*[\"']?not[ \\t]",
                names: python, extensions: ["sh", "mk"], traits: .continuousIntegration),
            // Nothing is run, or what is wrong writes itself right.
            option(
                "--(collect-only|co|lf|last-failed|sw|stepwise|listTests|list-tests|list|no-run|updateSnapshot|update-snapshots?|snapshot-update|inline-snapshot)\\b|\\b(jest|vitest)\\b[^\\n\"']*[ ]-u\\b|--ci=false|INSTA_UPDATE=(always|new|1)|UPDATE_SNAPSHOTS?=",
                names: python.union(javaScript).union(["tox.ini"]), extensions: ["sh", "mk"],
                traits: .continuousIntegration),
            option(
                "\\b(collect_ignore|collect_ignore_glob)[ \\t]*(=|\\+=|\\.)", extensions: ["py"]),
            option("^[ \\t]*(python_files|python_functions|python_classes)[ \\t]*=", names: python),
            option(
                "[\"']test(:[a-z]+)?[\"'][ \\t]*:[ \\t]*[\"'](echo|true|exit[ \\t]+0|:)[ \"']",
                names: ["package.json", "composer.json"]),
            // What told the build that there are tests.
            ContentPattern(
                "\\.testTarget[ \\t]*\\(|\\b(add_test|gtest_discover_tests|catch_discover_tests|enable_testing)[ \\t]*\\(|^[ \\t]*\\[\\[test\\]\\]",
                files: FileFilter(names: ["package.swift", "cmakelists.txt", "cargo.toml"]),
                side: .base, confirm: { $0.isComment ? nil : $0.wholeLine }),
            option("autotests[ \\t]*=[ \\t]*false|required-features", names: ["cargo.toml"]),
            option(
                "onlyIf[ \\t]*\\{[ \\t]*false|withType<Test>[^\\n]*false|tasks\\.test[^\\n]*false",
                names: gradle),
            option(
                "^[ \\t]*(norecursedirs|testpaths)[ \\t]*=",
                names: python, .possible),
            option(
                "-p[ \\t]+no:(terminal|unraisableexception|threadexception|assertion)",
                names: python),
            option(
                "PYTEST_ADDOPTS[ \\t]*[:=]", names: python.union([".envrc", ".env", ".env.test"]),
                extensions: ["sh", "mk", "env"], traits: [.continuousIntegration, .container],
                .possible,
                isCertain: { candidate in
                    ["-p ", "--deselect", "--ignore", "-k "].contains(
                        where: candidate.string.contains)
                }),
            option(
                "[\"']?(testPathIgnorePatterns|testNamePattern|modulePathIgnorePatterns|testIgnore|grepInvert)[\"']?[ \\t]*:",
                names: javaScript),
            option(
                "[\"']?(testMatch|testRegex|spec|testDir)[\"']?[ \\t]*:", names: javaScript,
                .possible),
            option(
                "passWithNoTests|--pass-with-no-tests|allowOnly|dangerouslyIgnoreUnhandledErrors",
                names: javaScript, extensions: ["sh"], traits: .continuousIntegration),
            option(
                "--testPathIgnorePatterns|--exclude[ =]+[^\\n]*(test|spec)|--grep[^\\n]*--invert|--invert\\b",
                names: javaScript, extensions: ["sh"], traits: .continuousIntegration),
            option(
                "\\b(exclude|testIgnore|ignore)[\"']?[ \\t]*:[ \\t]*\\[?[^\\n]*(test|spec)",
                names: [
                    "vitest.config.ts", "vitest.config.js", "vitest.config.mts", "vite.config.ts",
                    "vite.config.js", "playwright.config.ts", ".mocharc.json", ".mocharc.yml",
                    ".mocharc.js", ".mocharc.cjs", "karma.conf.js",
                ]),
            option(
                "^[ \\t]*[\"']?(grep|fgrep|invert|ignore)[\"']?[ \\t]*:",
                names: [
                    ".mocharc.json", ".mocharc.yml", ".mocharc.js", ".mocharc.cjs", ".mocharc.yaml",
                ]),
            option("<exclude>[^\\n]*(Test|IT\\b|Spec)", names: gradle),
            option(
                "<IsTestProject>[ \\t]*false|<(VSTestTestCaseFilter|RunSettingsFilePath)>",
                extensions: ["csproj", "fsproj", "vbproj", "props", "targets"]),
            option("\\bexclude:[ \\t]*\\[[^\\n]*(Test|Spec)", names: ["package.swift"]),
            option(
                "--skip[ =]+[^\\n]*[A-Z]|--skip-tests?\\b|-DskipTests|-DskipITs|-Dmaven\\.test\\.(skip|failure\\.ignore)|-Dtest=|-x[ \\t]+test\\b|--exclude-task[ =]+test",
                names: ["maven.config", "jvm.config", ".mavenrc", "gradle.properties"],
                extensions: ["sh", "mk"], traits: [.continuousIntegration, .build, .container],
                .possible, isCertain: { $0.file.old != nil }),
            option(
                "excludeTestsMatching|excludeTags|exclude[ \\t(]+['\"][^\\n]*(Test|Spec)|<(skipTests|maven\\.test\\.skip|testFailureIgnore|skip)>[ \\t]*true|ignoreFailures[ \\t]*=?[ \\t]*true|failIfNoTests>[ \\t]*false|<excludedGroups>|\\btest(\\.|[ \\t]*\\{[ \\t]*)enabled[ \\t]*=[ \\t]*false",
                names: gradle, .possible, isCertain: isOfTests),
            // Only some tests: honest where they are split, and then the others are run elsewhere.
            option(
                "\\b(includeTags|includeTestsMatching)\\b|<groups>|<includedGroups>", names: gradle,
                .possible),
            option(
                "cucumber\\.filter\\.|kotest\\.tags|junit\\.jupiter\\.execution\\.timeout\\.mode",
                names: ["junit-platform.properties", "kotest.properties", "cucumber.properties"],
                .possible),
            option(
                "<TestCaseFilter>", extensions: ["runsettings"], .possible,
                isCertain: { $0.string.contains("!=") || $0.string.contains("!~") }),
            option(
                "(DISABLED|WILL_FAIL)[ \\t]+(TRUE|ON|1|true)|PASS_REGULAR_EXPRESSION[ \\t]+\"?(\\.[*+]?)?[\" \\t)]|CTEST_CUSTOM_TESTS_IGNORE|--exclude-regex|ctest[^\\n]*[ \\t]-E[ \\t]",
                names: ["cmakelists.txt", "ctestcustom.cmake"], extensions: ["cmake", "sh"],
                traits: .continuousIntegration),
            // The output decides instead of the exit code.
            option(
                "\\b(SKIP_RETURN_CODE|PASS_REGULAR_EXPRESSION|SKIP_REGULAR_EXPRESSION)\\b",
                names: ["cmakelists.txt", "ctestcustom.cmake"], extensions: ["cmake"], .possible),
            option(
                "^[ \\t]*if[ \\t]*\\([ \\t]*(FALSE|OFF|NO|0|NEVER|false|off)[ \\t]*\\)",
                names: ["cmakelists.txt"], extensions: ["cmake"]),
            option(
                "^[ \\t]*(harness|test|doctest)[ \\t]*=[ \\t]*false|--no-fail-fast[^\\n]*\\|\\|",
                names: ["cargo.toml"]),
            option(
                "<exclude>[^\\n]*(Test|tests)|stopOnFailure=\"false\"[^\\n]*exclude|<group>[^\\n]*</group>[^\\n]*<exclude",
                names: ["phpunit.xml", "phpunit.xml.dist"]),
            option(
                "<group>", names: ["phpunit.xml", "phpunit.xml.dist"], .possible,
                isCertain: { candidate in
                    candidate.lines(-6...0).last { $0.contains("clude>") }?.contains("<exclude>")
                        == true
                }),
            option(
                "\\bfilter_run(_including)?[ \\t(]", names: ["spec_helper.rb", "rails_helper.rb"],
                .possible, onlyIf: { !$0.string.contains("focus") }),
            option(
                "--(tag|exclude-pattern)[ =]+[\"']?(~|[^\\n]*_spec)|filter_run_excluding|--dry-run",
                names: [".rspec", "spec_helper.rb", "rails_helper.rb", "rakefile"]),
            option(
                "-skip[ =]+[\"']?Test|-run[ =]+[\"']?\\^?\\$|-run[ =]+XXX", names: ["makefile"],
                extensions: ["sh", "mk"], traits: .continuousIntegration),
            option(
                "test_tag_filters[^\\n]*=-|--test_tag_filters|flaky[ \\t]*=[ \\t]*True",
                names: [".bazelrc", "build", "build.bazel"]),
        ] + switches

    func message(for match: ContentMatch) -> String {
        "the runner's configuration may leave tests out"
    }

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side), message(for: match),
                evidence: match.evidence, certainty: match.certainty)
        }
        for file in change.files { TestScript.report(file, into: &findings) }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "pytest deselects a test",
                base: ["pytest.ini": "[pytest]\naddopts = -q\n"],
                head: [
                    "pytest.ini":
                        "[pytest]\naddopts = -q --deselect tests/test_calc.py::test_adds\n"
                ]),
            .violating(
                "pytest ignores a file",
                head: ["conftest.py": "collect_ignore = [\"tests/test_calc.py\"]\n"]),
            .violating(
                "jest ignores a folder",
                base: ["jest.config.js": "module.exports = { verbose: true };\n"],
                head: [
                    "jest.config.js":
                        "module.exports = {\n  testPathIgnorePatterns: [\"calc\"],\n};\n"
                ]),
            .violating(
                "Gradle excludes a class",
                base: ["build.gradle": "test { useJUnitPlatform() }\n"],
                head: [
                    "build.gradle":
                        "test {\n  useJUnitPlatform()\n  filter { excludeTestsMatching \"*CalcTest\" }\n}\n"
                ]),
            .violating(
                "Maven skips all",
                base: ["pom.xml": "<properties>\n</properties>\n"],
                head: ["pom.xml": "<properties>\n<skipTests>true</skipTests>\n</properties>\n"]),
            .violating(
                "CMake disables a test",
                base: ["CMakeLists.txt": "add_test(calc calc)\n"],
                head: [
                    "CMakeLists.txt":
                        "add_test(calc calc)\nset_tests_properties(calc PROPERTIES DISABLED TRUE)\n"
                ]),
            .violating(
                "SwiftPM excludes a file of tests",
                base: ["Package.swift": ".testTarget(name: \"CalcTests\")\n"],
                head: [
                    "Package.swift":
                        ".testTarget(name: \"CalcTests\",\n    exclude: [\"CalcTests.swift\"])\n"
                ]),
            .violating(
                "SwiftPM forgets a test target",
                base: ["Package.swift": "targets: [\n    .testTarget(name: \"CalcTests\"),\n]\n"],
                head: ["Package.swift": "targets: [\n]\n"]),
            .clean(
                "a test target gets a dependency",
                base: ["Package.swift": ".testTarget(name: \"CalcTests\")\n"],
                head: [
                    "Package.swift": ".testTarget(name: \"CalcTests\", dependencies: [\"Calc\"])\n"
                ]),
            .clean(
                "pytest shows more",
                base: ["pytest.ini": "[pytest]\naddopts = -q\n"],
                head: ["pytest.ini": "[pytest]\naddopts = -vv\n"]),
            .clean(
                "a line about it in a document",
                head: ["docs/testing.md": "Use `--deselect` to leave out a test.\n"]),
        ]
    }
}
