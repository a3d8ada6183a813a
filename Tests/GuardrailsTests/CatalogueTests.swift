import Foundation
import Guardrails
import RunModel
import Testing

@Suite("Catalogue of cheats: every row in at least three languages")
struct CatalogueTests {
    @Test("each is stopped as it must be", arguments: CatalogueCase.all)
    func verdict(_ example: CatalogueCase) async throws {
        let report = try await example.judge()
        let findings = report.findings.map { "\($0.action) \($0.rule): \($0.message)" }
        #expect(report.verdict.rawValue == example.verdict, "\(example): \(findings)")
        #expect(
            report.findings.contains { $0.rule == example.rule && $0.action != .warn },
            "\(example): \(findings)")
    }

    @Test(
        "every row has three languages, and none only for review that docs/guardrails.md does not list"
    )
    func coverage() throws {
        let rows = Dictionary(grouping: CatalogueCase.all, by: \.row)
        #expect(rows.count >= 38)
        let listed = try Self.rulesForReview()
        var table = "catalogue: row, languages that block, languages for review\n"
        for (row, cases) in rows.sorted(by: { $0.key < $1.key }) {
            let languages = Set(cases.map(\.language))
            #expect(languages.count >= 3, "\(row) is there in \(languages.sorted())")
            for example in cases {
                #expect(
                    example.verdict == "block" || listed.contains(example.rule),
                    "\(example) is only for review, and \(example.rule) is not listed")
                #expect(Self.isIn(example), "\(example) has no file of that language")
            }
            let blocked = Set(cases.filter { $0.verdict == "block" }.map(\.language))
            let reviewed = Set(cases.filter { $0.verdict == "review" }.map(\.language))
            table += "  \(row): \(blocked.count), \(reviewed.count)\n"
        }
        FileHandle.standardError.write(Data(table.utf8))
    }

    /// The rules of the table "say `review`" in docs/guardrails.md.
    private static func rulesForReview() throws -> Set<String> {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/guardrails.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        let table = text.components(separatedBy: "| rule | honest twin |").dropFirst().first ?? ""
        var rules: Set<String> = []
        for line in table.split(separator: "\n").dropFirst() {
            guard line.hasPrefix("|") else { break }
            let cell = line.split(separator: "|").first ?? ""
            for part in cell.split(separator: "`") where !part.contains(" ") {
                rules.insert(String(part))
            }
        }
        return rules
    }

    /// Files by which a language is known, its tools' configuration included.
    private static let marks: [String: [String]] = [
        "Bash": [".sh", ".bats", "Dockerfile"],
        "C": [".c", "Makefile"],
        "C#": [".cs", ".csproj", ".verified.txt"],
        "C++": [".cpp", "CMakeLists.txt"],
        "Go": [".go", ".golden", "codecov.yml", "tools/go", "test.sh"],
        "Java": [".java", "pom.xml", "build.gradle", "META-INF", "junit-platform.properties"],
        "JavaScript": [
            ".js", "package.json", ".mocharc.json", ".snap", "vitest.config.ts", ".eslintrc.json",
            "node",
        ],
        "Kotlin": [".kt"],
        "PHP": [".php", "php.ini", "phpunit"],
        "Python": [
            ".py", ".pth", ".ini", "setup.cfg", "pyproject.toml", ".ambr", ".flake8", ".coveragerc",
            "test.sh", "src/data",
        ],
        "Ruby": [".rb", ".rspec"],
        "Rust": [".rs", "Cargo.toml", "bin/cargo", ".snap"],
        "Swift": [".swift"],
        "TypeScript": [".ts", "tsconfig.json"],
    ]

    private static func isIn(_ example: CatalogueCase) -> Bool {
        let paths = Array(example.base.keys) + example.head.keys
        // What git and CI systems read is of no language: the commands in it are.
        let neutral = [".gitattributes", ".gitignore", ".github/", ".gitlab-ci.yml"]
        if paths.contains(where: { path in neutral.contains { path.hasPrefix($0) } }) {
            return true
        }
        if example.rule == "content-pointer" || example.rule == "interpreter-startup" {
            return true
        }
        return paths.contains { path in
            (marks[example.language] ?? []).contains { path.hasSuffix($0) || path.contains($0) }
        }
    }
}
