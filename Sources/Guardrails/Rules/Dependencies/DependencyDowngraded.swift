internal import RunModel

/// Versions that go back.
struct DependencyDowngraded: Rule {
    let metadata = RuleMetadata(
        id: "dependency-downgraded", category: .dependencies, severity: .medium, action: .review,
        title: "Dependency moved to an older version",
        rationale: "An older version brings back the flaws that were repaired since.",
        remedy: "Say which problem of the newer version makes it necessary.",
        languages: ["Bundler", "Cargo", "Composer", "Go", "Gradle", "npm", "Python", "SwiftPM"])

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for changes in DependencyChanges.all(in: change) {
            for (old, new) in changes.changed where Self.isOlder(new.version, than: old.version) {
                findings.add(
                    changes.file, at: .line(new.line, .head),
                    "\(new.name) goes from \(old.version) to \(new.version)")
            }
        }
    }

    /// Compares the first version number of two requirements, component by component. Ranges with
    /// an upper bound say too little to compare.
    static func isOlder(_ new: String, than old: String) -> Bool {
        guard !new.contains("<"), !old.contains("<"), !new.contains("!"), !old.contains("!") else {
            return false
        }
        let (a, b) = (numbers(new), numbers(old))
        guard !a.isEmpty, !b.isEmpty else { return false }
        for index in 0..<min(a.count, b.count) where a[index] != b[index] {
            return a[index] < b[index]
        }
        return false
    }

    private static func numbers(_ version: String) -> [Int] {
        let digits = version.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
        return digits.split(separator: ".").compactMap { Int($0) }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "Python", base: ["requirements.txt": "flask==3.1.0\n"],
                head: ["requirements.txt": "flask==2.0.1\n"]),
            .violating(
                "npm", base: ["package.json": "{\n\"dependencies\": {\n\"a\": \"^2.1.0\"\n}\n}\n"],
                head: ["package.json": "{\n\"dependencies\": {\n\"a\": \"^1.9.0\"\n}\n}\n"]),
            .clean(
                "an update", base: ["requirements.txt": "flask==3.9.0\n"],
                head: ["requirements.txt": "flask==3.10.0\n"]),
            .clean(
                "an upper bound", base: ["requirements.txt": "flask>=3\n"],
                head: ["requirements.txt": "flask>=2,<4\n"]),
        ]
    }
}
