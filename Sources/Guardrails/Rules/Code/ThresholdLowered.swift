internal import RunModel

/// Numbers that a pipeline insists on, made easier to reach.
struct ThresholdLowered: Rule {
    let metadata = RuleMetadata(
        id: "threshold-lowered", category: .code, severity: .high, action: .block,
        title: "Quality threshold lowered",
        rationale: """
            A bar that is lowered to what the change reaches measures nothing. Whoever set it did \
            so to be told of exactly this.
            """,
        remedy: "Reach the threshold, or lower it in a change of its own that says why.",
        languages: ["coverage.py", "Jest", "JaCoCo", "Codecov", "SimpleCov", "nyc", "PHPUnit"])

    /// What is measured, and the words that stand before its minimum.
    private static let minima = [
        "fail_under", "fail-under", "cov-fail-under", "minimum_coverage", "minimum-coverage",
        "check-coverage", "coveragethreshold", "coverage_threshold", "min_coverage",
        "minimumcoverage", "mutationscorethreshold", "min-score", "fail-on-score",
    ]
    /// Words of a minimum only where the file speaks of coverage.
    private static let contextual = [
        "branches", "functions", "lines", "statements", "target", "minimum", "threshold", "break",
    ]
    /// Words before a maximum.
    private static let maxima = ["max-warnings", "maxwarnings", "max-complexity", "maxerrors"]

    private static let names: Set<String> = [
        "makefile", "tox.ini", "setup.cfg", "pyproject.toml", ".coveragerc", "noxfile.py",
        "pytest.ini", "package.json", ".nycrc", ".nycrc.json", "codecov.yml", ".codecov.yml",
        "codecov.yaml", "pom.xml", "build.gradle", "build.gradle.kts", ".simplecov", "phpunit.xml",
        "phpunit.xml.dist", "infection.json", "justfile", ".c8rc.json", "rakefile", ".flake8",
        "tarpaulin.toml",
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        var before: [String: [Double]] = [:]
        var after: [String: [(value: Double, file: ChangedFile, line: Int)]] = [:]
        var places: [String: (file: ChangedFile, line: Int)] = [:]
        for file in change.files where Self.isConfiguration(file) {
            for setting in Self.settings(in: file, on: .base) {
                before[setting.key, default: []].append(setting.value)
                places[setting.key] = (file, setting.line)
            }
            for setting in Self.settings(in: file, on: .head) {
                after[setting.key, default: []].append((setting.value, file, setting.line))
            }
        }
        for (key, old) in before.sorted(by: { $0.key < $1.key }) {
            // What stands on both sides only moved.
            var gone = old.sorted(by: >)
            var new = after[key] ?? []
            gone.removeAll { value in
                guard let index = new.firstIndex(where: { $0.value == value }) else { return false }
                new.remove(at: index)
                return true
            }
            let isMaximum = Self.maxima.contains(key)
            for value in gone {
                let easier = new.firstIndex { isMaximum ? $0.value > value : $0.value < value }
                if let easier {
                    let found = new.remove(at: easier)
                    findings.add(
                        found.file, at: .line(found.line, .head),
                        "\(key) goes from \(Self.text(value)) to \(Self.text(found.value))")
                } else if new.isEmpty, let place = places[key] {
                    findings.add(
                        place.file, at: .line(place.line, .base),
                        "\(key) of \(Self.text(value)) is removed", certainty: .possible)
                }
            }
        }
    }

    private static func isConfiguration(_ file: ChangedFile) -> Bool {
        let name = PathName(file.path)
        return names.contains(name.lowered) || file.traits.contains(.continuousIntegration)
            || name.lowered.contains("jest.config") || name.lowered.contains("vitest.config")
            || name.lowered.contains("karma.conf") || name.fileExtension == "mk"
    }

    private struct Setting {
        var key: String
        var value: Double
        var line: Int
    }

    /// Settings on changed lines.
    private static func settings(in file: ChangedFile, on side: TreeSide) -> [Setting] {
        guard let text = file.text(on: side) else { return [] }
        let lines = side == .base ? file.removedLines : file.addedLines
        guard !lines.isEmpty else { return [] }
        let speaksOfCoverage =
            text.string.lowercased().contains("coverage") || file.path.contains("codecov")
        var settings: [Setting] = []
        for number in lines {
            let line = String(decoding: text.line(number).prefix(1_000), as: UTF8.self)
                .lowercased()
            let keys = minima + maxima + (speaksOfCoverage ? contextual : [])
            for key in keys where line.contains(key) {
                guard let value = value(after: key, in: line) else { continue }
                settings.append(Setting(key: key, value: value, line: number))
                break
            }
        }
        return settings
    }

    /// The number that follows a word and an assignment.
    private static func value(after key: String, in line: String) -> Double? {
        let text = Array(line.utf8)
        let word = Array(key.utf8)
        var start = 0
        while start + word.count <= text.count,
            !text[start..<(start + word.count)].elementsEqual(word)
        {
            start += 1
        }
        guard start + word.count <= text.count else { return nil }
        let rest = text[(start + word.count)...]
        let between = rest.prefix { " \t=:\"'>({".utf8.contains($0) }
        let digits = rest.dropFirst(between.count).prefix {
            (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".")
        }
        guard !between.isEmpty, !digits.isEmpty else { return nil }
        return Double(String(decoding: digits, as: UTF8.self))
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a make target", base: ["Makefile": "cov:\n\tcoverage report --fail-under=100\n"],
                head: ["Makefile": "cov:\n\tcoverage report --fail-under=99\n"]),
            .violating(
                "Jest",
                base: [
                    "package.json": "{\"coverageThreshold\": {\"global\": {\n\"lines\": 90\n}}}\n"
                ],
                head: [
                    "package.json": "{\"coverageThreshold\": {\"global\": {\n\"lines\": 70\n}}}\n"
                ]),
            .violating(
                "the threshold goes away",
                base: ["setup.cfg": "[coverage:report]\nfail_under = 95\n"],
                head: ["setup.cfg": "[coverage:report]\n"]),
            .violating(
                "more warnings are let through",
                base: ["package.json": "{\"lint\": \"eslint --max-warnings 0\"}\n"],
                head: ["package.json": "{\"lint\": \"eslint --max-warnings 40\"}\n"]),
            .clean(
                "the setting moves to another file",
                base: ["setup.cfg": "[coverage:report]\nfail_under = 100\n", "tox.ini": "[tox]\n"],
                head: ["setup.cfg": "", "tox.ini": "[tox]\n[coverage:report]\nfail_under = 100\n"]),
            .clean(
                "it is raised", base: ["Makefile": "c:\n\tcoverage report --fail-under=90\n"],
                head: ["Makefile": "c:\n\tcoverage report --fail-under=95\n"]),
        ]
    }
}
