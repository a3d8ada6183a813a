/// Jest, when a package names it.
package struct JestRunner: TestRunner {
    package init() {}

    package let id = "jest"
    package let manifests = ["package.json"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        JavaScriptPackage(project)?.runner(
            id, named: "jest", configurations: ["jest.config", ".jestrc"],
            options: "--ci --json --outputFile=\"$DRYDOCK_REPORTS/jest.json\"",
            select: "-t {tests}", selection: .pattern, reports: ["jest.json"])
    }
}

/// vitest, when a package names it.
package struct VitestRunner: TestRunner {
    package init() {}

    package let id = "vitest"
    package let manifests = ["package.json"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        JavaScriptPackage(project)?.runner(
            id, named: "vitest", configurations: ["vitest.config", "vite.config"],
            options: "--run --reporter=default --reporter=junit"
                + " --outputFile.junit=\"$DRYDOCK_REPORTS/junit.xml\"",
            select: "{tests}", selection: .vitest, reports: ["junit.xml"])
    }
}

/// Mocha, when a package names it.
package struct MochaRunner: TestRunner {
    package init() {}

    package let id = "mocha"
    package let manifests = ["package.json"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        JavaScriptPackage(project)?.runner(
            id, named: "mocha", configurations: [".mocharc"],
            options: "--reporter json"
                + " --reporter-option \"output=$DRYDOCK_REPORTS/mocha.json\"",
            select: "-g {tests}", selection: .pattern, reports: ["mocha.json"])
    }
}

/// Node's own runner, when the test script calls it or the tests import it.
package struct NodeTestRunner: TestRunner {
    package init() {}

    package let id = "node-test"
    package let manifests = ["package.json"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        let package = JavaScriptPackage(project)
        let isNamed =
            package?.testScript.contains("node --test") == true
            || package?.testScript.contains("--test ") == true
        let tests = project.files.filter(JavaScriptPackage.isTestFile)
        let isOther = ["jest", "vitest", "mocha", "ava", "tap", "jasmine"]
            .contains { package?.names($0) == true }
        guard isNamed || (!tests.isEmpty && !isOther && project.has("package.json")) else {
            return nil
        }
        let call =
            "node --test --test-reporter=spec --test-reporter-destination=stdout"
            + " --test-reporter=junit --test-reporter-destination=\"$DRYDOCK_REPORTS/junit.xml\""
        return DetectedRunner(
            id: id, command: call, select: call + " --test-name-pattern {tests}",
            selection: .leafPattern, reports: ["junit.xml"], console: "node-console",
            testPaths: JavaScriptPackage.testPaths + ["package.json"],
            setup: package?.setup ?? [], certainty: isNamed ? .configured : .conventional,
            evidence: isNamed ? "package.json calls node --test" : "\(tests[0]) is a test file")
    }
}

/// The test script of a package, whatever it calls, when it names no runner that is known.
package struct NPMScriptRunner: TestRunner {
    static let id = "npm-test"

    package init() {}

    package var id: String { Self.id }
    package let manifests = ["package.json"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        guard let package = JavaScriptPackage(project), !package.testScript.isEmpty,
            // What `npm init` writes.
            !package.hasNoTestSpecified
        else { return nil }
        return DetectedRunner(
            id: id, command: "npm test", select: "npm test -- {tests}", selection: .arguments,
            testPaths: JavaScriptPackage.testPaths + ["package.json"], setup: package.setup,
            certainty: .lastResort, evidence: "package.json has a test script")
    }
}

/// What `package.json` says about tests. Only names are looked for, so its text is enough.
struct JavaScriptPackage {
    let project: ProjectTree
    private let text: String

    init?(_ project: ProjectTree) {
        guard project.has("package.json") else { return nil }
        self.project = project
        text = project.text("package.json")
    }

    static let testPaths = [
        "test/**", "tests/**", "**/__tests__/**", "**/__snapshots__/**", "**/*.test.*",
        "**/*.spec.*",
    ]

    static func isTestFile(_ path: String) -> Bool {
        let name = path.lastPathComponent
        let isScript = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"].contains {
            name.hasSuffix($0)
        }
        guard isScript, !RunnerCatalog.isForeign(path) else { return false }
        return name.contains(".test.") || name.contains(".spec.") || name.contains("-test.")
            || name.hasPrefix("test-") || name.hasPrefix("test.") || path.hasPrefix("test/")
    }

    /// Whether it depends on a package or calls it in the test script.
    func names(_ package: String) -> Bool {
        text.contains("\"\(package)\"") || testScript.contains(package)
    }

    /// How the test script calls a runner, without its choice of reporter; it names the files and
    /// what has to be loaded first.
    private func call(of runner: String) -> String {
        let script = testScript
        guard script == runner || script.hasPrefix(runner + " "),
            !script.contains(where: { "&|;<>$`\\".contains($0) })
        else { return runner }
        var words = script.split(separator: " ").map(String.init)
        while let index = words.firstIndex(where: { ["--reporter", "-R"].contains($0) }) {
            words.removeSubrange(index...min(index + 1, words.count - 1))
        }
        words.removeAll { $0.hasPrefix("--reporter=") || $0 == "--watch" }
        return words.joined(separator: " ")
    }

    /// The value of `"test"` in the scripts.
    var testScript: String {
        guard let scripts = text.firstRange(of: "\"scripts\"") else { return "" }
        let rest = text[scripts.upperBound...]
        guard let key = rest.firstRange(of: "\"test\""),
            let open = rest[key.upperBound...].firstIndex(of: "\"")
        else { return "" }
        return String(rest[rest.index(after: open)...].prefix { $0 != "\"" && !$0.isNewline })
    }

    var hasNoTestSpecified: Bool { text.contains("Error: no test specified") }

    func runner(
        _ id: String, named name: String, configurations: [String], options: String,
        select: String, selection: TestSelection, reports: [String]
    ) -> DetectedRunner? {
        let configuration = project.files.first { file in
            !file.contains("/") && configurations.contains { file.hasPrefix($0) }
                && name != "vitest" || file.hasPrefix("vitest.config")
        }
        guard names(name) || configuration != nil else { return nil }
        let command = "npx --offline --no-install \(call(of: name)) \(options)"
        return DetectedRunner(
            id: id, command: command, select: "\(command) \(select)", selection: selection,
            reports: reports,
            testPaths: Self.testPaths + configurations.map { $0 + "*" } + ["package.json"],
            setup: setup, certainty: .configured,
            evidence: configuration.map { "\($0) exists" } ?? "package.json names \(name)")
    }

    var setup: [DetectedRunner.Setup] {
        let managers = [
            ("package-lock.json", "npm ci --ignore-scripts"),
            ("pnpm-lock.yaml", "pnpm install --frozen-lockfile --ignore-scripts"),
            ("yarn.lock", "yarn install --frozen-lockfile --ignore-scripts"),
        ]
        return managers.first { project.has($0.0) }.map {
            [DetectedRunner.Setup(run: $0.1, inputs: ["package.json", $0.0])]
        } ?? []
    }
}
