internal import SourceSyntax

/// What a path's name says about a file. Content is not looked at, so a diff cannot claim a trait
/// by writing it into the file.
package struct PathTraits: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Holds tests, or supports them (`conftest.py`, `spec_helper.rb`).
    package static let test = Self(rawValue: 1 << 0)
    /// Data that tests read: fixtures, snapshots, golden files.
    package static let testData = Self(rawValue: 1 << 1)
    package static let documentation = Self(rawValue: 1 << 2)
    package static let generated = Self(rawValue: 1 << 3)
    /// A copy of someone else's code.
    package static let vendored = Self(rawValue: 1 << 4)
    /// Configures a continuous integration system.
    package static let continuousIntegration = Self(rawValue: 1 << 5)
    /// Declares dependencies.
    package static let manifest = Self(rawValue: 1 << 6)
    /// Pins dependencies.
    package static let lockFile = Self(rawValue: 1 << 7)
    /// Says how the project is built.
    package static let build = Self(rawValue: 1 << 8)
    package static let container = Self(rawValue: 1 << 9)
    /// Instructs coding agents.
    package static let agentInstructions = Self(rawValue: 1 << 10)
    /// A database migration.
    package static let migration = Self(rawValue: 1 << 11)
    /// Examples, benchmarks and demonstrations.
    package static let sample = Self(rawValue: 1 << 12)

    package init(path: String) {
        let lowered = path.lowercased()
        let components = lowered.split(separator: "/")
        guard let name = components.last else {
            self = []
            return
        }
        var traits: Self = []
        for directory in components.dropLast() {
            if let trait = Self.byDirectory[directory] { traits.insert(trait) }
        }
        if let trait = Self.byName[name] { traits.insert(trait) }
        let dot = name.lastIndex(of: ".")
        let fileExtension = dot.map { name[name.index(after: $0)...] } ?? ""
        let stem = dot.map { name[..<$0] } ?? name
        let named = Self.fromStem(stem, originalPath: path, fileExtension: fileExtension)
        traits.formUnion(named)
        // `requirements.txt` and `CMakeLists.txt` are text, but no prose.
        let isProse = traits.union(named).isDisjoint(with: [.manifest, .build, .container])
        if isProse, let trait = Self.byExtension[fileExtension] { traits.insert(trait) }
        traits.formUnion(Self.fromPlace(lowered, name: name))
        self = traits
    }

    private static let byDirectory: [Substring: PathTraits] = [
        "test": .test, "tests": .test, "testing": .test, "spec": .test, "specs": .test,
        "__tests__": .test, "e2e": .test, "cypress": .test, "unittests": .test,
        "__mocks__": .test, "testsuite": .test, "androidtest": .test,
        "fixtures": .testData, "fixture": .testData, "testdata": .testData,
        "test_data": .testData, "test-data": .testData, "__snapshots__": .testData,
        "snapshots": .testData, "golden": .testData, "goldens": .testData,
        "cassettes": .testData, "__fixtures__": .testData,
        "doc": .documentation, "docs": .documentation, "documentation": .documentation,
        "vendor": .vendored, "vendored": .vendored, "third_party": .vendored,
        "third-party": .vendored, "thirdparty": .vendored, "node_modules": .vendored,
        "_vendor": .vendored, "externals": .vendored,
        "dist": .generated, "generated": .generated, "__generated__": .generated,
        ".circleci": .continuousIntegration, ".buildkite": .continuousIntegration,
        ".teamcity": .continuousIntegration, ".woodpecker": .continuousIntegration,
        ".semaphore": .continuousIntegration, ".azure-pipelines": .continuousIntegration,
        ".azuredevops": .continuousIntegration, ".tekton": .continuousIntegration,
        ".harness": .continuousIntegration, ".builds": .continuousIntegration,
        "bamboo-specs": .continuousIntegration, ".zuul.d": .continuousIntegration,
        "migrations": .migration, "migrate": .migration,
        ".claude": .agentInstructions, ".codex": .agentInstructions,
        ".cursor": .agentInstructions, ".agents": .agentInstructions,
        ".gemini": .agentInstructions, ".windsurf": .agentInstructions,
        "example": .sample, "examples": .sample, "sample": .sample, "samples": .sample,
        "demo": .sample, "demos": .sample, "benchmark": .sample, "benchmarks": .sample,
        "bench": .sample, "tutorial": .sample, "tutorials": .sample,
    ]

    private static let byExtension: [Substring: PathTraits] = [
        "md": .documentation, "markdown": .documentation, "rst": .documentation,
        "adoc": .documentation, "asciidoc": .documentation, "txt": .documentation,
        "tex": .documentation, "mdx": .documentation,
        "snap": .testData, "ambr": .testData, "golden": .testData,
        "feature": .test, "bats": .test,
        "lock": .lockFile,
        "csproj": .manifest, "fsproj": .manifest, "gemspec": .manifest, "podspec": .manifest,
        "cmake": .build, "mk": .build, "gradle": .build,
        "dockerfile": .container, "containerfile": .container,
    ]

    private static let byName: [Substring: PathTraits] = [
        "conftest.py": .test, "jest.config.js": .test, "jest.config.ts": .test,
        "readme": .documentation, "changelog": .documentation, "changes": .documentation,
        "license": .documentation, "authors": .documentation, "news": .documentation,
        "history": .documentation, "contributing": .documentation, "notice": .documentation,
        ".gitlab-ci.yml": .continuousIntegration, ".travis.yml": .continuousIntegration,
        "jenkinsfile": .continuousIntegration, "azure-pipelines.yml": .continuousIntegration,
        "appveyor.yml": .continuousIntegration, ".appveyor.yml": .continuousIntegration,
        "bitbucket-pipelines.yml": .continuousIntegration, ".drone.yml": .continuousIntegration,
        ".cirrus.yml": .continuousIntegration, "cloudbuild.yaml": .continuousIntegration,
        "buildspec.yml": .continuousIntegration, ".woodpecker.yml": .continuousIntegration,
        ".woodpecker.yaml": .continuousIntegration, "cloudbuild.yml": .continuousIntegration,
        ".cirrus.star": .continuousIntegration, ".drone.star": .continuousIntegration,
        ".drone.jsonnet": .continuousIntegration, "wercker.yml": .continuousIntegration,
        ".build.yml": .continuousIntegration, ".zuul.yaml": .continuousIntegration,
        ".packit.yaml": .continuousIntegration, ".evergreen.yml": .continuousIntegration,
        ".vela.yml": .continuousIntegration, "screwdriver.yaml": .continuousIntegration,
        ".prow.yaml": .continuousIntegration,
        "package.json": .manifest, "cargo.toml": .manifest, "go.mod": .manifest,
        "pyproject.toml": [.manifest, .build], "setup.py": [.manifest, .build],
        "setup.cfg": [.manifest, .build], "requirements.txt": .manifest, "pipfile": .manifest,
        "gemfile": .manifest, "composer.json": .manifest, "pom.xml": [.manifest, .build],
        "build.gradle": [.manifest, .build], "build.gradle.kts": [.manifest, .build],
        "settings.gradle": .build, "settings.gradle.kts": .build,
        "package.swift": [.manifest, .build], "mix.exs": [.manifest, .build],
        "packages.config": .manifest, "environment.yml": .manifest, "libs.versions.toml": .manifest,
        "package-lock.json": .lockFile, "npm-shrinkwrap.json": .lockFile,
        "pnpm-lock.yaml": .lockFile, "yarn.lock": .lockFile, "bun.lockb": .lockFile,
        "cargo.lock": .lockFile, "go.sum": .lockFile, "poetry.lock": .lockFile,
        "pipfile.lock": .lockFile, "gemfile.lock": .lockFile, "composer.lock": .lockFile,
        "package.resolved": .lockFile, "uv.lock": .lockFile, "pdm.lock": .lockFile,
        "flake.lock": .lockFile, "packages.lock.json": .lockFile, "gradle.lockfile": .lockFile,
        "makefile": .build, "gnumakefile": .build, "cmakelists.txt": .build,
        "meson.build": .build, "build.bazel": .build, "build": .build, "workspace": .build,
        "configure.ac": .build, "rakefile": .build, "justfile": .build, "tox.ini": .build,
        "noxfile.py": .build, "gruntfile.js": .build, "gulpfile.js": .build,
        "dockerfile": .container, "containerfile": .container,
        "docker-compose.yml": .container, "docker-compose.yaml": .container,
        "compose.yml": .container, "compose.yaml": .container,
        "agents.md": .agentInstructions, "claude.md": .agentInstructions,
        "gemini.md": .agentInstructions, "copilot-instructions.md": .agentInstructions,
        ".cursorrules": .agentInstructions, ".windsurfrules": .agentInstructions,
        ".mcp.json": .agentInstructions, ".clinerules": .agentInstructions,
        ".aider.conf.yml": .agentInstructions,
    ]

    private static func fromStem(
        _ stem: Substring, originalPath: String, fileExtension: Substring
    ) -> Self {
        var traits: Self = []
        for prefix in ["test_", "test-", "spec_"] where stem.hasPrefix(prefix) {
            traits.insert(.test)
        }
        for suffix in ["_test", ".test", "-test", "_tests", ".spec", "_spec", "-spec", ".cy"]
        where stem.hasSuffix(suffix) {
            traits.insert(.test)
        }
        if stem == "test" || stem == "tests" { traits.insert(.test) }
        // Camel case, as in `FooTests.swift`, `FooTest.java`, `FooSpec.kt`; lower case "latest" not.
        let capitalised = ["java", "kt", "kts", "swift", "cs", "php", "scala", "groovy", "m", "mm"]
        if capitalised.contains(String(fileExtension)) {
            let name = originalPath.split(separator: "/").last ?? ""
            let original = name.prefix(stem.count)
            for suffix in ["Test", "Tests", "TestCase", "Spec", "IT"]
            where original.hasSuffix(suffix) {
                traits.insert(.test)
            }
        }
        for suffix in [".min", ".bundle", ".generated", "_generated", "_pb2", ".pb", ".g"]
        where stem.hasSuffix(suffix) {
            traits.insert(.generated)
        }
        if stem.hasPrefix("requirements"), fileExtension == "txt" || fileExtension == "in" {
            traits.insert(.manifest)
        }
        if stem.hasPrefix("dockerfile") || stem.hasPrefix("containerfile") {
            traits.insert(.container)
        }
        for word in ["readme", "changelog", "license", "licence"] where stem.hasPrefix(word) {
            if fileExtension.isEmpty { traits.insert(.documentation) }
        }
        return traits
    }

    private static func fromPlace(_ path: String, name: Substring) -> Self {
        var traits: Self = []
        if path.hasPrefix(".github/workflows/") || path.hasPrefix(".github/actions/")
            || name == "action.yml" || name == "action.yaml"
        {
            traits.insert(.continuousIntegration)
        }
        if path.hasPrefix(".gitlab/") || path.hasPrefix(".forgejo/workflows/")
            || path.hasPrefix(".gitea/workflows/") || name.hasPrefix("jenkinsfile.")
            || name.hasPrefix("azure-pipelines") && name.hasSuffix(".yml")
        {
            traits.insert(.continuousIntegration)
        }
        if path.hasPrefix(".github/instructions/") { traits.insert(.agentInstructions) }
        if path.contains("/src/test/") || path.hasPrefix("src/test/") { traits.insert(.test) }
        return traits
    }
}
