/// The packages that a lock file fixes, read only as far as comparing two of them needs.
package struct LockFileEntries: Sendable, Equatable {
    /// Name to the versions that are locked.
    package var versions: [String: Set<String>] = [:]

    /// Reads a lock file by its name; `nil` for a format that is not known.
    package init?(path: String, text: SourceText) {
        switch path.split(separator: "/").last.map(String.init) ?? path {
        case "Cargo.lock", "poetry.lock", "uv.lock", "pdm.lock": readTables(text)
        case "go.sum": readGoSum(text)
        case "package-lock.json", "npm-shrinkwrap.json": readNodeModules(text)
        case "Package.resolved": readSwiftPins(text)
        default: return nil
        }
    }

    /// Packages that were locked before and are locked to other versions now.
    package func moved(to other: LockFileEntries) -> Set<String> {
        Set(
            versions.compactMap { name, locked in
                guard let now = other.versions[name], now != locked else { return nil }
                return name
            })
    }

    /// TOML's `[[package]]` tables with `name = "..."` and `version = "..."`.
    private mutating func readTables(_ text: SourceText) {
        var name: String?
        for line in text.lines {
            if line.hasPrefix("[") { name = nil }
            if let value = Self.quoted(line, after: "name = ") { name = value }
            if let value = Self.quoted(line, after: "version = "), let package = name {
                versions[package, default: []].insert(value)
            }
        }
    }

    /// `module version hash` lines; the `/go.mod` twins say the same again.
    private mutating func readGoSum(_ text: SourceText) {
        for line in text.lines {
            let words = line.split(separator: " ")
            guard words.count == 3, !words[1].hasSuffix("/go.mod") else { continue }
            versions[String(words[0]), default: []].insert(String(words[1]))
        }
    }

    /// npm writes one key a line: `"node_modules/x": {` and, two lines on, `"version": "1.2.3"`.
    private mutating func readNodeModules(_ text: SourceText) {
        var name: String?
        for line in text.lines {
            let trimmed = String(line.drop { $0 == " " })
            if trimmed.hasPrefix("\"node_modules/"), trimmed.hasSuffix("{") {
                name = Self.quoted(trimmed, after: "").map { String($0.dropFirst(13)) }
            } else if let value = Self.quoted(trimmed, after: "\"version\": "), let package = name {
                versions[package, default: []].insert(value)
                name = nil
            }
        }
    }

    private mutating func readSwiftPins(_ text: SourceText) {
        var name: String?
        for line in text.lines {
            let trimmed = String(line.drop { $0 == " " })
            if let value = Self.quoted(trimmed, after: "\"identity\" : ") { name = value }
            if let value = Self.quoted(trimmed, after: "\"version\" : "), let package = name {
                versions[package, default: []].insert(value)
            }
        }
    }

    private static func quoted(_ line: String, after prefix: String) -> String? {
        guard line.hasPrefix(prefix + "\"") else { return nil }
        return line.dropFirst(prefix.count + 1).split(
            separator: "\"", maxSplits: 1, omittingEmptySubsequences: false
        ).first.map(String.init)
    }
}
