internal import SourceSyntax

/// What a manifest declares: names with versions and sources, read line by line.
///
/// Read without a parser of each format: a manifest with broken syntax is still looked at, and one
/// entry stands on one line in all of them.
struct DependencyFile {
    struct Entry {
        var name: String
        /// As written, operators included; empty when none is given.
        var version: String
        /// A URL, a path or a repository, when the entry names one.
        var source: String?
        /// 1-based.
        var line: Int
    }

    enum Ecosystem: String {
        case npm, pypi, cargo, go, rubygems, composer, maven, swift
    }

    let ecosystem: Ecosystem
    let entries: [Entry]

    /// - Returns: `nil` for a file that is no manifest.
    init?(path: String, text: FileText?) {
        guard let ecosystem = Self.ecosystem(of: path), let text else { return nil }
        self.ecosystem = ecosystem
        var reader = DependencyLines(ecosystem: ecosystem, fileName: PathName(path).lowered)
        var entries: [Entry] = []
        for number in 1...max(text.lineCount, 1) where number <= text.lineCount {
            let line = String(decoding: text.line(number).prefix(1_000), as: UTF8.self)
            entries += reader.entries(in: line, number: number)
        }
        self.entries = entries
    }

    static func ecosystem(of path: String) -> Ecosystem? {
        let name = PathName(path)
        switch name.lowered {
        case "package.json": return .npm
        case "cargo.toml": return .cargo
        case "go.mod": return .go
        case "gemfile": return .rubygems
        case "composer.json": return .composer
        case "package.swift": return .swift
        case "pyproject.toml", "pipfile", "setup.py", "setup.cfg": return .pypi
        case "pom.xml", "build.gradle", "build.gradle.kts", "libs.versions.toml": return .maven
        default: break
        }
        let isRequirements =
            name.lowered.hasPrefix("requirements") || path.contains("requirements/")
            || name.lowered.hasPrefix("constraints")
        if isRequirements, ["txt", "in"].contains(name.fileExtension) { return .pypi }
        return name.fileExtension == "gemspec" ? .rubygems : nil
    }

    func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}
