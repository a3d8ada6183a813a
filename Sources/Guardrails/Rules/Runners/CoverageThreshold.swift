internal import RunModel

/// A bar for coverage or mutation that a change lowers or takes away.
struct CoverageThreshold: Rule {
    let metadata = RuleMetadata(
        id: "coverage-threshold", category: .runners, severity: .medium, action: .block,
        title: "Coverage threshold lowered",
        rationale: """
            The bar was set by people who decided how much untested code is too much. A change that \
            cannot reach it lowers it instead. A bar that only moves to another file is no finding.
            """,
        remedy: "Write the missing tests.",
        languages: ["coverage.py", "jest", "nyc", "JaCoCo", "SimpleCov", "Codecov", "tarpaulin"])

    /// What a threshold is called, in lower case; a number follows on the line.
    private static let keys = [
        "fail_under", "cov-fail-under", "fail-under", "minimum_coverage", "check-coverage",
        "coveragethreshold", "branches", "functions", "statements", "threshold", "target",
        "minimum", "violationrules", "mincoverage", "min-coverage", "coverage_threshold",
        "failundercoverage", "minimum_line_coverage",
    ]
    /// Keys that mean coverage only in a file about it.
    private static let vague: Set<String> = [
        "branches", "functions", "statements", "threshold", "target", "minimum",
    ]
    private static let files: Set<String> = [
        ".coveragerc", "setup.cfg", "tox.ini", "pyproject.toml", "pytest.ini", "makefile",
        "noxfile.py", "package.json", ".nycrc", ".nycrc.json", "codecov.yml", ".codecov.yml",
        "codecov.yaml", "build.gradle", "build.gradle.kts", "pom.xml", "spec_helper.rb",
        ".simplecov", "tarpaulin.toml", "phpunit.xml",
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        var before: [String: [Double]] = [:]
        var after: [String: [Double]] = [:]
        var places: [(key: String, value: Double, file: ChangedFile, line: Int)] = []
        for file in change.files where Self.isConfiguration(file) {
            let isAboutCoverage = Self.isAboutCoverage(file)
            for line in file.removedLines {
                guard let text = file.base.text?.string(ofLine: line) else { continue }
                for (key, value) in Self.thresholds(text, isAboutCoverage: isAboutCoverage) {
                    before[key, default: []].append(value)
                    places.append((key, value, file, line))
                }
            }
            for line in file.addedLines {
                guard let text = file.head.text?.string(ofLine: line) else { continue }
                for (key, value) in Self.thresholds(text, isAboutCoverage: isAboutCoverage) {
                    after[key, default: []].append(value)
                }
            }
        }
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side), "code leaves the measurement",
                certainty: match.certainty)
        }
        for place in places {
            // Each old bar needs a new one that is at least as high.
            let values = after[place.key] ?? []
            if let kept = values.firstIndex(where: { $0 >= place.value }) {
                after[place.key]?.remove(at: kept)
                continue
            }
            let new = values.max()
            findings.add(
                place.file, at: .line(place.line, .base),
                new.map {
                    "`\(place.key)` goes from \(Self.shown(place.value)) to \(Self.shown($0))"
                }
                    ?? "`\(place.key)` of \(Self.shown(place.value)) is taken away",
                certainty: new == nil ? .possible : .certain)
        }
    }

    private static func shown(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }

    private static func isConfiguration(_ file: ChangedFile) -> Bool {
        let name = PathName(file.path).lowered
        return files.contains(name) || name.hasPrefix("jest.config")
            || name.hasPrefix("vitest.config")
            || file.traits.contains(.continuousIntegration)
    }

    private static let coverage = BytePatternSet(["overage"])

    private static func isAboutCoverage(_ file: ChangedFile) -> Bool {
        let path = file.path.lowercased()
        return ["codecov", "nyc", "jest", "vitest", "jacoco", "coverage"].contains {
            path.contains($0)
        } || file.base.text.map { coverage.isAny(in: $0.bytes) } ?? false
    }

    private static func thresholds(
        _ line: String, isAboutCoverage: Bool
    ) -> [(String, Double)] {
        let lower = String(line.lowercased().prefix(400))
        var found: [(String, Double)] = []
        for key in keys where !vague.contains(key) || isAboutCoverage {
            guard let range = lower.firstRange(of: key) else { continue }
            let rest = lower[range.upperBound...]
            let gap = rest.prefix { !$0.isNumber }
            guard gap.allSatisfy({ " \t\"':=({[%".contains($0) }) else { continue }
            let digits = rest.dropFirst(gap.count).prefix { $0.isNumber || $0 == "." }
            guard let value = Double(digits), value <= 100 else { continue }
            // `cov-fail-under` holds `fail-under`.
            if found.contains(where: { $0.0.contains(key) }) { continue }
            found.append((key, value))
        }
        return found
    }

    let patterns = [
        // Code that is measured no more.
        ContentPattern(
            "^[ \\t]*[\"']?(omit|exclude_lines|exclude_also|exclude|coveragePathIgnorePatterns|ignore)[\"']?[ \\t]*[:=]",
            files: FileFilter(
                names: [
                    ".coveragerc", "codecov.yml", ".codecov.yml", ".nycrc", ".nycrc.json",
                    "jest.config.js", "jest.config.ts", ".simplecov",
                ]), certainty: .possible, confirm: { $0.isComment ? nil : $0.wholeLine })
    ]

    var examples: [RuleExample] {
        [
            .violating(
                "coverage.py", base: [".coveragerc": "[report]\nfail_under = 100\n"],
                head: [".coveragerc": "[report]\nfail_under = 99\n"]),
            .violating(
                "a flag in a workflow",
                base: [
                    ".github/workflows/test.yml":
                        "jobs:\n  a:\n    - run: pytest --cov-fail-under=100\n"
                ],
                head: [
                    ".github/workflows/test.yml":
                        "jobs:\n  a:\n    - run: pytest --cov-fail-under=90\n"
                ]),
            .violating(
                "jest",
                base: [
                    "jest.config.js":
                        "module.exports = { coverageThreshold: { global: {\n  branches: 90,\n} } };\n"
                ],
                head: [
                    "jest.config.js":
                        "module.exports = { coverageThreshold: { global: {\n  branches: 40,\n} } };\n"
                ]),
            .violating(
                "SimpleCov", base: ["spec/spec_helper.rb": "SimpleCov.minimum_coverage 95\n"],
                head: ["spec/spec_helper.rb": "SimpleCov.minimum_coverage 60\n"]),
            .clean(
                "the line moves, the bar stays",
                base: [
                    "tox.ini": "[testenv]\ncommands = pytest --cov-fail-under=100\n",
                    "setup.cfg": "[a]\nb = 1\n",
                ],
                head: [
                    "tox.ini": "[testenv]\ncommands = pytest\n",
                    "setup.cfg": "[a]\nb = 1\naddopts = --cov-fail-under=100\n",
                ]),
            .clean(
                "the bar rises", base: [".coveragerc": "[report]\nfail_under = 90\n"],
                head: [".coveragerc": "[report]\nfail_under = 95\n"]),
        ]
    }
}
