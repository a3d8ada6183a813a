/// How `EnvironmentFixer` reads configuration files, logs and image recipes.
extension EnvironmentFixer {
    static func isConfiguration(_ path: String) -> Bool {
        configurationSuffixes.contains(where: path.hasSuffix)
    }

    static func isImageRecipe(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return name.hasPrefix("Dockerfile") || name.hasPrefix("Containerfile")
    }

    /// The key of `key = value`, `key: value`, `"key": value`, `export KEY=value`, `- KEY=value`.
    static func key(_ line: String) -> String? {
        var text = line.drop { " \t-".contains($0) }
        if text.hasPrefix("export ") { text = text.dropFirst(7) }
        let isQuoted = text.first == "\"" || text.first == "'"
        if isQuoted { text = text.dropFirst() }
        let key = text.prefix { Identifiers.isWord($0) || $0 == "." || $0 == "-" }
        let rest = text.dropFirst(key.count).drop { " \t\"'".contains($0) }
        guard !key.isEmpty, rest.first == "=" || rest.first == ":" else { return nil }
        return String(key)
    }

    /// Whether a line of the log that speaks of a failure names the key.
    static func log(_ log: String, names key: String) -> Bool {
        SourceText(log).lines.contains { line in
            let plain = line.lowercased()
            return [
                "error", "missing", "not set", "required", "undefined", "unset", "refused",
                "unknown", "fail",
            ].contains(where: plain.contains) && holds(line, key)
        }
    }

    /// A key may hold dots and hyphens, which do not end a word here.
    private static func holds(_ line: String, _ key: String) -> Bool {
        line.ranges(of: key).contains { range in
            let before =
                range.lowerBound > line.startIndex
                ? line[line.index(before: range.lowerBound)] : " "
            let after = range.upperBound < line.endIndex ? line[range.upperBound] : " "
            return !Identifiers.isWord(before) && !Identifiers.isWord(after)
        }
    }

    /// Quoted words in which a removed and an added line differ, everything else being equal.
    static func literalRenames(_ hunk: LineHunk) -> [Rename] {
        guard hunk.removed.count == hunk.added.count else { return [] }
        return zip(hunk.removed, hunk.added).compactMap { old, new in
            let (before, after) = (quoted(old), quoted(new))
            guard before.count == after.count else { return nil }
            let differing = zip(before, after).filter { $0 != $1 }
            guard differing.count == 1, let (was, now) = differing.first, !was.isEmpty,
                !now.isEmpty, was.allSatisfy({ Identifiers.isWord($0) || "-.".contains($0) }),
                now.allSatisfy({ Identifiers.isWord($0) || "-.".contains($0) })
            else { return nil }
            return Rename(old: was, new: now)
        }
    }

    private static func quoted(_ line: String) -> [String] {
        let parts = line.split(omittingEmptySubsequences: false) { $0 == "\"" || $0 == "'" }
        return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// Image references with their digests, from what container tools print when they pull:
    /// `docker.io/library/python:3.12@sha256:...`, or `Status: ... for python:3.12` after
    /// `Digest: sha256:...`.
    static func pulledDigests(in log: String) -> [String: String] {
        var found: [String: String] = [:]
        var latest: String?
        for line in SourceText(log).lines {
            for word in line.split(whereSeparator: { " \t\"'".contains($0) }) {
                let parts = word.split(separator: "@", maxSplits: 1).map(String.init)
                guard parts.count == 2, let digest = digest(parts[1]) else { continue }
                let reference =
                    parts[0].hasPrefix("docker.io/library/")
                    ? String(parts[0].dropFirst(18)) : parts[0]
                found[reference] = digest
            }
            if let range = line.firstRange(of: "Digest: ") {
                latest = digest(String(line[range.upperBound...]))
            } else if line.contains("Status: "), let range = line.firstRange(of: " for "),
                let digest = latest
            {
                found[line[range.upperBound...].filter { $0 != "\r" }] = digest
                latest = nil
            }
        }
        return found
    }

    private static func digest(_ text: String) -> String? {
        let value = text.prefix { $0.isASCII && ($0.isHexDigit || "sha:".contains($0)) }
        guard value.hasPrefix("sha256:"), value.count == 71 else { return nil }
        return String(value)
    }
}
