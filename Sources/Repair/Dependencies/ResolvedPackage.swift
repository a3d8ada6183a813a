/// One distribution as a resolver chose it.
package struct ResolvedPackage: Codable, Sendable, Hashable {
    /// Normalised as PEP 503 says: lower case, runs of `-`, `_`, `.` are one `-`.
    package var name: String
    package var version: String

    package init(name: String, version: String) {
        self.name = Self.normalised(name)
        self.version = version
    }

    package static func normalised(_ name: some StringProtocol) -> String {
        var result = ""
        for character in name.lowercased() {
            if "-_.".contains(character) {
                if result.last != "-" { result.append("-") }
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// Reads `pip freeze` output, a fully pinned requirements file, or a log with pip's
    /// "Successfully installed a-1.0 b-2.0".
    package static func read(_ text: String) -> [ResolvedPackage] {
        var found: [String: ResolvedPackage] = [:]
        for line in SourceText(text).lines {
            if let range = line.firstRange(of: "Successfully installed ") {
                for word in line[range.upperBound...].split(separator: " ") {
                    // The version begins at the last hyphen: names may hold hyphens too.
                    guard let hyphen = word.lastIndex(of: "-"),
                        word[word.index(after: hyphen)...].first?.isNumber == true
                    else { continue }
                    let package = ResolvedPackage(
                        name: String(word[..<hyphen]),
                        version: String(word[word.index(after: hyphen)...].filter { $0 != "\r" }))
                    found[package.name] = package
                }
            } else if let range = line.firstRange(of: "==") {
                let name = line[..<range.lowerBound].prefix { $0 != "[" && $0 != " " }
                let version = line[range.upperBound...].prefix {
                    !" ;,\t\\\r#".contains($0)
                }
                guard !name.isEmpty, !name.hasPrefix("#"), !version.isEmpty,
                    name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) })
                else { continue }
                let package = ResolvedPackage(name: String(name), version: String(version))
                found[package.name] = package
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }
}
