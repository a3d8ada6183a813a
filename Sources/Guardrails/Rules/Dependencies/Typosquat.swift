internal import RunModel

/// A new package whose name is one slip away from a popular one.
struct Typosquat: Rule {
    let metadata = RuleMetadata(
        id: "typosquat", category: .dependencies, severity: .critical, action: .block,
        title: "Package name one letter from a popular one",
        rationale: """
            Packages under misspelt names exist to be installed by mistake, and steal what the \
            installing machine has.
            """,
        remedy: "Check the name; if it is meant, suppress the finding with the reason.",
        languages: ["Bundler", "Cargo", "npm", "Python"])

    /// Shorter names are too close to each other by nature.
    private static let lengthMin = 5

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for changes in DependencyChanges.all(in: change) {
            let popular = PopularPackages.names(in: changes.ecosystem)
            for entry in changes.added
            where entry.name.utf8.count >= Self.lengthMin && !popular.contains(entry.name) {
                guard let near = Self.near(entry.name, popular) else { continue }
                findings.add(
                    changes.file, at: .line(entry.line, .head),
                    "\(entry.name) is almost \(near)")
            }
        }
    }

    private static func near(_ name: String, _ popular: Set<String>) -> String? {
        let plain = name.filter { $0.isLetter || $0.isNumber }
        return popular.sorted().first { candidate in
            guard candidate.utf8.count >= lengthMin else { return false }
            return isOneSlip(Array(name.utf8), Array(candidate.utf8))
                || candidate.filter { $0.isLetter || $0.isNumber } == plain
                || name == "python-\(candidate)"
                || name == "\(candidate)-js" && candidate.contains("-")
        }
    }

    /// One letter more, fewer, other, or two neighbours swapped.
    private static func isOneSlip(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard abs(a.count - b.count) <= 1, a != b else { return false }
        let start = zip(a, b).prefix { $0 == $1 }.count
        let left = a[start...]
        let right = b[start...]
        if left.count == right.count {
            if left.dropFirst().elementsEqual(right.dropFirst()) { return true }
            return left.count >= 2 && left.first == right.dropFirst().first
                && right.first == left.dropFirst().first
                && left.dropFirst(2).elementsEqual(right.dropFirst(2))
        }
        return left.count > right.count
            ? left.dropFirst().elementsEqual(right) : left.elementsEqual(right.dropFirst())
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a letter is missing", base: ["requirements.txt": "flask\n"],
                head: ["requirements.txt": "flask\nreqests\n"]),
            .violating(
                "two letters are swapped", base: ["package.json": "{\n\"dependencies\": {\n}\n}\n"],
                head: ["package.json": "{\n\"dependencies\": {\n\"lodahs\": \"4\"\n}\n}\n"]),
            .clean(
                "the popular one itself", base: ["requirements.txt": "flask\n"],
                head: ["requirements.txt": "flask\nrequests\n"]),
            .clean(
                "another name", base: ["requirements.txt": "flask\n"],
                head: ["requirements.txt": "flask\nbeartype\n"]),
        ]
    }
}
