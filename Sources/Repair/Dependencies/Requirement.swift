/// One line of a requirements file, or one entry of `dependencies` in `pyproject.toml`.
struct Requirement: Sendable, Equatable {
    /// As written: `Click[colour]>=8 ; python_version > "3"`.
    var text: String
    var name: String

    /// `nil` for comments, options, addresses and blank lines.
    init?(_ line: some StringProtocol) {
        let text = line.drop { $0 == " " || $0 == "\t" }
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        guard let first = name.first, first.isLetter || first.isNumber else { return nil }
        let next = text.dropFirst(name.count).drop { $0 == " " }.first
        guard next.map({ "[<>=!~;#@(,".contains($0) || $0 == "\r" }) ?? true else { return nil }
        self.text = String(text)
        self.name = ResolvedPackage.normalised(name)
    }

    /// The same with one more constraint, before any marker or comment.
    func constrained(by constraint: String) -> String {
        let end = text.firstIndex { $0 == ";" || $0 == "#" } ?? text.endIndex
        var head = String(text[..<end])
        var tail = String(text[end...])
        if head.last == "\r" {
            head.removeLast()
            tail = "\r" + tail
        }
        let trailing = String(head.reversed().prefix { $0 == " " }.reversed())
        head.removeLast(trailing.count)
        let hasConstraint = head.contains { "<>=!~".contains($0) }
        return head + (hasConstraint ? "," : "") + constraint + trailing + tail
    }
}

/// Where a Python project names its dependencies.
enum DependencyManifest {
    /// Requirements files, nearest to the root first.
    static func requirementFiles(among paths: [String]) -> [String] {
        paths.filter { path in
            let name = path.split(separator: "/").last.map(String.init) ?? path
            return name.hasSuffix(".txt")
                && (name.hasPrefix("requirements") || name.hasPrefix("constraints")
                    || path.contains("requirements/"))
        }.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    /// Lines of `pyproject.toml` or `setup.cfg` that are quoted or indented requirements.
    static func requirement(inManifestLine line: String) -> (prefix: String, Requirement, String)? {
        let prefix = line.prefix { " \t\"'".contains($0) }
        guard let quote = prefix.last, quote == "\"" || quote == "'" else { return nil }
        let rest = line.dropFirst(prefix.count)
        guard let end = rest.firstIndex(of: quote), let requirement = Requirement(rest[..<end])
        else { return nil }
        return (String(prefix), requirement, String(rest[end...]))
    }
}
