internal import RunModel

/// Configuration by which a name means another module in tests, and packages of test runners that
/// come from elsewhere.
struct ModuleRemapped: PatternRule {
    let metadata = RuleMetadata(
        id: "module-remapped", category: .runners, severity: .critical, action: .block,
        title: "Tests get another module than the one that they name",
        rationale: """
            A mapping in the runner's configuration, an override of a package or a replacement in \
            a manifest puts a stand-in where the tests believe to have the code or the runner.
            """,
        remedy:
            "Let tests import what users import; stand-ins belong into the tests that use them.",
        languages: ["jest", "vitest", "npm", "Go", "Python", "Cargo", "RubyGems"])

    private static let configurations: Set<String> = [
        "package.json", "jest.config.js", "jest.config.ts", "jest.config.mjs", "jest.config.cjs",
        "jest.config.json", "vitest.config.ts", "vitest.config.js", "vitest.config.mts",
        "vite.config.ts", "vite.config.js",
    ]
    /// What a runner without a bundler cannot load: their stand-ins are customary.
    private static let assets = [
        "css", "less", "scss", "sass", "styl", "svg", "png", "jpg", "jpeg", "gif", "webp", "ttf",
        "woff", "mp3", "mp4", "webm", "md", "wasm", "html", "graphql", "txt", "ya?ml", "json",
    ]

    /// The name on the left of a mapping: quoted, before the colon.
    private static func key(_ candidate: ContentCandidate) -> String {
        let text = String(decoding: candidate.before, as: UTF8.self)
        // What the expression matched begins with the name.
        let words = text.split(separator: ":").dropLast().last ?? text[...]
        return String(words.split(whereSeparator: { "\"'".contains($0) }).last ?? "")
    }

    private static func isAsset(_ candidate: ContentCandidate) -> Bool {
        let words = Set(
            key(candidate).lowercased().split { !($0.isLetter || $0.isNumber || $0 == "?") }
                .map(String.init))
        return !words.isDisjoint(with: assets)
    }

    /// The name is that of a file of the project, not of a package.
    private static func isOwn(_ candidate: ContentCandidate) -> Bool {
        let key = key(candidate).drop { "^\\".contains($0) }
        return key.hasPrefix(".") || key.hasPrefix("src") || key.hasPrefix("lib")
            || key.contains("/src/") || key.contains("../") || key.hasPrefix("@/")
            || key.hasPrefix("~/")
    }

    private static func mapping(
        _ expression: String, names: Set<String>, extensions: Set<String> = [],
        _ certainty: FindingCertainty = .certain,
        isCertain: @escaping @Sendable (ContentCandidate) -> Bool = { _ in false },
        onlyIf: @escaping @Sendable (ContentCandidate) -> Bool = { _ in true }
    ) -> ContentPattern {
        ContentPattern(
            expression,
            files: FileFilter(
                extensions: extensions, names: names, excluding: [.documentation, .vendored]),
            certainty: certainty, isCertain: isCertain,
            confirm: { $0.isComment || !onlyIf($0) ? nil : $0.wholeLine })
    }

    private static let elsewhere = "(file|link|portal|npm|git|github|https?)[:+]"

    let patterns = [
        mapping(
            "[\"'][^\"'\\n]+[\"'][ \\t]*:[ \\t]*[\"'](<rootDir>/|\\.{1,2}/)[^\"'\\n]*(test|spec|fake|mock|stub|dummy|shim)",
            names: configurations, .possible, isCertain: isOwn, onlyIf: { !isAsset($0) }),
        mapping(
            "[\"'](jest|vitest|mocha|chai|ava|tap|jasmine|sinon|@jest/[a-z-]+|@vitest/[a-z-]+|expect|karma|@playwright/test)[\"'][ \\t]*:[ \\t]*[\"']\(elsewhere)",
            names: ["package.json", "pnpm-workspace.yaml"]),
        mapping(
            "\\breplace[ \\t(]+[^\\n]*(stretchr/testify|onsi/(ginkgo|gomega)|google/go-cmp|gotest\\.tools|matryer/is|frankban/quicktest)[^\\n]*=>|^[ \\t]+github\\.com/(stretchr/testify|onsi/(ginkgo|gomega)|google/go-cmp)[ \\t][^\\n]*=>",
            names: ["go.mod", "go.work"]),
        mapping(
            "^[ \\t]*[\"']?(pytest|pytest-[a-z-]+|nose2?|unittest2|hypothesis|tox|nox|pluggy)[\"']?[ \\t]*=[ \\t]*\\{[^\\n]*\\b(path|git|url|workspace)[ \\t]*=",
            names: ["pyproject.toml", "pipfile"]),
        mapping(
            "(^|[\"' \\t])(pytest|pytest-[a-z-]+|hypothesis|tox|pluggy)[ \\t]*@[ \\t]*(file|git|https?)[:+]",
            names: ["pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "requirements.txt"],
            extensions: ["in"]),
        mapping(
            "^[ \\t]*(rstest|proptest|quickcheck|pretty_assertions|assert_cmd|insta|criterion)[ \\t]*=[ \\t]*\\{[^\\n]*\\b(path|git)[ \\t]*=",
            names: ["cargo.toml"]),
        mapping(
            "\\bgem[ \\t(]+[\"'](rspec[a-z-]*|minitest[a-z-]*|test-unit|cucumber)[\"'][^\\n]*\\b(path|git|github):",
            names: ["gemfile"], .possible),
    ]

    func message(for match: ContentMatch) -> String {
        "in tests the name stands for something else"
    }

    var examples: [RuleExample] {
        [
            .violating(
                "jest maps the module under test",
                base: ["jest.config.js": "module.exports = {\n};\n"],
                head: [
                    "jest.config.js":
                        "module.exports = {\n  moduleNameMapper: {\n    \"^../src/calc$\": \"<rootDir>/test/fake-calc.js\",\n  },\n};\n"
                ]),
            .violating(
                "the runner is a folder of the project",
                base: ["package.json": "{\n}\n"],
                head: [
                    "package.json": "{\n  \"overrides\": { \"jest\": \"file:./tools/jest\" }\n}\n"
                ]),
            .violating(
                "the library of assertions is replaced",
                base: ["go.mod": "module example.com/calc\n"],
                head: [
                    "go.mod":
                        "module example.com/calc\n\nreplace github.com/stretchr/testify => ./internal/testify\n"
                ]),
            .violating(
                "pytest is a folder of the project",
                base: ["pyproject.toml": "[project]\nname = \"calc\"\n"],
                head: [
                    "pyproject.toml":
                        "[project]\nname = \"calc\"\n\n[tool.uv.sources]\npytest = { path = \"tools/pytest\" }\n"
                ]),
            .clean(
                "style sheets and the root of the sources",
                base: ["jest.config.js": "module.exports = {\n};\n"],
                head: [
                    "jest.config.js":
                        "module.exports = {\n  moduleNameMapper: {\n    \"\\\\.css$\": \"<rootDir>/test/style-mock.js\",\n    \"^@/(.*)$\": \"<rootDir>/src/$1\",\n  },\n};\n"
                ]),
            .clean(
                "a module of one's own beside",
                base: ["go.mod": "module example.com/calc\n"],
                head: [
                    "go.mod":
                        "module example.com/calc\n\nreplace example.com/sums => ../sums\n"
                ]),
        ]
    }
}
