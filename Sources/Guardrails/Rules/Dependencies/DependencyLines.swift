/// Reads the lines of one manifest in order, keeping the section that they stand in.
struct DependencyLines {
    private let ecosystem: DependencyFile.Ecosystem
    private let fileName: String
    private var section = ""
    private var depth = 0
    private var sectionDepth = 0
    /// The artifact of a `pom.xml` whose version is still to come.
    private var group = ""

    init(ecosystem: DependencyFile.Ecosystem, fileName: String) {
        self.ecosystem = ecosystem
        self.fileName = fileName
    }

    mutating func entries(in line: String, number: Int) -> [DependencyFile.Entry] {
        let trimmed = String(line.drop { $0 == " " || $0 == "\t" })
        switch ecosystem {
        case .npm, .composer: return json(trimmed, number)
        case .cargo: return toml(trimmed, number)
        case .go: return goModule(trimmed, number)
        case .rubygems: return ruby(trimmed, number)
        case .maven: return fileName == "pom.xml" ? pom(trimmed, number) : gradle(trimmed, number)
        case .swift: return swiftPackage(trimmed, number)
        case .pypi: return python(trimmed, number)
        }
    }

    /// The texts between quotes.
    private static func quoted(_ line: String) -> [String] {
        var result: [String] = []
        var current: String?
        var quote: Character = "\""
        for character in line {
            if let text = current {
                if character == quote {
                    result.append(text)
                    current = nil
                } else {
                    current = text + String(character)
                }
            } else if character == "\"" || character == "'" {
                quote = character
                current = ""
            }
        }
        return result
    }

    private static func isLocation(_ text: String) -> Bool {
        [
            "git+", "git:", "git@", "http:", "https:", "file:", "link:", "ssh:", "../", "./", "/",
            "github:", "gitlab:", "bitbucket:", "svn+", "hg+",
        ].contains { text.hasPrefix($0) }
            || text.contains("://")
    }

    private func entry(_ name: String, _ version: String, _ number: Int) -> DependencyFile.Entry {
        let isLocation = Self.isLocation(version)
        return DependencyFile.Entry(
            name: name.lowercased(), version: isLocation ? "" : version,
            source: isLocation ? version : nil, line: number)
    }

    // MARK: JSON

    private mutating func json(_ line: String, _ number: Int) -> [DependencyFile.Entry] {
        let texts = Self.quoted(line)
        let sections = [
            "dependencies", "devDependencies", "peerDependencies", "optionalDependencies",
            "require", "require-dev", "overrides", "resolutions",
        ]
        let opens = line.count { $0 == "{" }
        let closes = line.count { $0 == "}" }
        defer {
            depth += opens - closes
            if !section.isEmpty, depth < sectionDepth { section = "" }
        }
        if let name = texts.first, sections.contains(name), line.contains("{") {
            section = name
            sectionDepth = depth + 1
            // A whole section on one line.
            guard closes > 0 else { return [] }
            return stride(from: 1, to: texts.count - 1, by: 2).map {
                entry(texts[$0], texts[$0 + 1], number)
            }
        }
        guard !section.isEmpty, texts.count >= 2 else { return [] }
        return [entry(texts[0], texts[1], number)]
    }

    // MARK: TOML

    private mutating func toml(_ line: String, _ number: Int) -> [DependencyFile.Entry] {
        if line.hasPrefix("[") {
            section = String(line.dropFirst().prefix { $0 != "]" })
            let parts = section.split(separator: ".")
            if parts.count >= 2, parts[parts.count - 2].hasSuffix("dependencies") {
                return [entry(String(parts[parts.count - 1]), "", number)]
            }
            return []
        }
        guard section.hasSuffix("dependencies"), let sign = line.firstIndex(of: "="),
            !line.hasPrefix("#")
        else { return [] }
        let name = line[..<sign].split(separator: " ").first.map(String.init) ?? ""
        let value = line[line.index(after: sign)...]
        let texts = Self.quoted(String(value))
        if value.contains("{") {
            for key in ["git", "path", "registry"]
            where value.contains("\(key) =") || value.contains("\(key)=") {
                let after = value[(value.firstRange(of: key)?.upperBound ?? value.startIndex)...]
                let place = Self.quoted(String(after)).first ?? ""
                return [
                    DependencyFile.Entry(
                        name: name.lowercased(), version: "",
                        source: key == "path" ? "file:\(place)" : place, line: number)
                ]
            }
        }
        return [entry(name.filter { $0 != "\"" }, texts.first ?? "", number)]
    }

    // MARK: Go

    private mutating func goModule(_ line: String, _ number: Int) -> [DependencyFile.Entry] {
        let words = line.split(separator: " ")
        guard let first = words.first else { return [] }
        if first == "require" || first == "replace" || first == "exclude" {
            section = words.last == "(" ? String(first) : ""
            if words.count >= 3, words.last != "(" {
                return goEntry(String(first), Array(words.dropFirst()), number)
            }
            return []
        }
        if first == ")" {
            section = ""
            return []
        }
        return section.isEmpty ? [] : goEntry(section, words, number)
    }

    private func goEntry(
        _ kind: String, _ words: [Substring], _ number: Int
    ) -> [DependencyFile.Entry] {
        guard kind != "exclude", !words.isEmpty, !words[0].hasPrefix("//") else { return [] }
        if kind == "replace" {
            guard let arrow = words.firstIndex(of: "=>"), arrow + 1 < words.count else { return [] }
            return [
                DependencyFile.Entry(
                    name: "replace " + words[0], version: "", source: String(words[arrow + 1]),
                    line: number)
            ]
        }
        guard words.count >= 2, words[1].hasPrefix("v") else { return [] }
        // What the tool itself lists as indirect is the lock's business.
        if words.suffix(2).joined(separator: " ") == "// indirect" { return [] }
        return [
            DependencyFile.Entry(
                name: String(words[0]), version: String(words[1]), source: nil, line: number)
        ]
    }

    // MARK: Ruby, JVM, Swift

    private func ruby(_ line: String, _ number: Int) -> [DependencyFile.Entry] {
        let texts = Self.quoted(line)
        if line.hasPrefix("gem ") || line.hasPrefix("gem(") || line.contains("_dependency") {
            guard let name = texts.first, !line.hasPrefix("#") else { return [] }
            let place = ["git:", ":git", "path:", ":path", "github:", "source:"]
                .contains { line.contains($0) }
            return [
                DependencyFile.Entry(
                    name: name.lowercased(), version: place ? "" : texts.dropFirst().first ?? "",
                    source: place ? texts.last : nil, line: number)
            ]
        }
        return []
    }

    private mutating func pom(_ line: String, _ number: Int) -> [DependencyFile.Entry] {
        func value(_ tag: String) -> String? {
            guard let open = line.firstRange(of: "<\(tag)>"),
                let close = line.firstRange(of: "</\(tag)>"), open.upperBound <= close.lowerBound
            else { return nil }
            return String(line[open.upperBound..<close.lowerBound])
        }
        if line.contains("<dependency>") { section = "dependency" }
        if line.contains("</dependency>") { section = "" }
        guard section == "dependency" else { return [] }
        if let name = value("groupId") { group = name }
        if let artifact = value("artifactId") { return [entry("\(group):\(artifact)", "", number)] }
        return []
    }

    private func gradle(_ line: String, _ number: Int) -> [DependencyFile.Entry] {
        let words = [
            "implementation", "api", "compileOnly", "runtimeOnly", "testImplementation",
            "annotationProcessor", "kapt", "classpath", "module",
        ]
        guard words.contains(where: { line.hasPrefix($0) || line.contains("\($0) =") }) else {
            return []
        }
        return Self.quoted(line).compactMap { text in
            let parts = text.split(separator: ":")
            guard parts.count >= 2, !text.contains("/") else { return nil }
            return entry(
                "\(parts[0]):\(parts[1])", parts.count > 2 ? String(parts[2]) : "", number)
        }
    }

    private func swiftPackage(_ line: String, _ number: Int) -> [DependencyFile.Entry] {
        guard line.contains(".package("), line.contains("url:") || line.contains("path:") else {
            return []
        }
        let texts = Self.quoted(line)
        guard let place = texts.first(where: { $0.contains("/") || $0.hasPrefix(".") }) else {
            return []
        }
        let isPath = line.contains("path:")
        let isLoose = line.contains("branch:") || line.contains("revision:")
        return [
            DependencyFile.Entry(
                name: place.lowercased(), version: isPath ? "" : texts.last ?? "",
                source: isPath ? "file:\(place)" : isLoose ? "\(place)#\(texts.last ?? "")" : nil,
                line: number)
        ]
    }

    // MARK: Python

    private mutating func python(_ line: String, _ number: Int) -> [DependencyFile.Entry] {
        if fileName.hasSuffix(".txt") || fileName.hasSuffix(".in") {
            return requirement(line, number).map { [$0] } ?? []
        }
        if fileName == "setup.cfg" || fileName.hasSuffix(".toml") || fileName == "pipfile" {
            if line.hasPrefix("["), line.hasSuffix("]"), !line.contains("\"") {
                section = String(line.dropFirst().dropLast())
                return []
            }
        }
        if section.contains("poetry") && section.hasSuffix("dependencies")
            || section == "packages" || section == "dev-packages"
        {
            section += section.hasSuffix("dependencies") ? "" : ".dependencies"
            defer {
                section =
                    section.hasSuffix("packages.dependencies")
                    ? String(section.dropLast(13)) : section
            }
            return toml(line, number).filter { $0.name != "python" }
        }
        // Lists: `dependencies = [`, `install_requires=[`.
        let starts = [
            "dependencies", "install_requires", "requires", "tests_require", "extras_require",
        ]
        if starts.contains(where: { line.hasPrefix($0) }) {
            depth = line.contains("]") ? 0 : 1
            group = "list"
            if line.contains("[") {
                return Self.quoted(line).compactMap { requirement($0, number) }
            }
            return []
        }
        if group == "list" {
            if line.isEmpty || line.hasPrefix("[")
                || (line.contains("=") && !line.contains("=="))
                    && !line.contains(">=") && !line.contains("<") && !line.contains("~=")
            {
                group = ""
                return []
            }
            let texts = Self.quoted(line)
            if line.hasPrefix("]") { group = "" }
            if fileName == "setup.cfg" { return requirement(line, number).map { [$0] } ?? [] }
            return texts.compactMap { requirement($0, number) }
        }
        return []
    }

    /// One requirement (PEP 508).
    private func requirement(_ text: String, _ number: Int) -> DependencyFile.Entry? {
        let bare =
            text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            .first.map(String.init) ?? ""
        let line = bare.drop { $0 == " " }
        guard !line.isEmpty else { return nil }
        if line.hasPrefix("-e ") || Self.isLocation(String(line)) {
            let place = line.hasPrefix("-e ") ? String(line.dropFirst(3)) : String(line)
            if place == "." || place.hasPrefix(".[") { return nil }
            return DependencyFile.Entry(
                name: place.lowercased(), version: "", source: place, line: number)
        }
        guard let first = line.first, first.isLetter || first.isNumber else { return nil }
        let name = line.prefix { $0.isLetter || $0.isNumber || "._-".contains($0) }
        let rest = line[name.endIndex...]
        if let at = rest.firstRange(of: " @ ") {
            return DependencyFile.Entry(
                name: Self.normalised(name), version: "", source: String(rest[at.upperBound...]),
                line: number)
        }
        let version = rest.drop { $0 != "=" && $0 != ">" && $0 != "<" && $0 != "~" && $0 != "!" }
        return DependencyFile.Entry(
            name: Self.normalised(name), version: String(version.prefix { $0 != ";" }),
            source: nil, line: number)
    }

    /// PEP 503.
    private static func normalised(_ name: Substring) -> String {
        name.lowercased().split { "._-".contains($0) }.joined(separator: "-")
    }
}
