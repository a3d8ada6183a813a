/// A manifest that both lists dependencies and steers the test runner.
protocol ManifestFormat: Sendable {
    func handles(_ path: String) -> Bool
    /// The head's manifest with everything that steers the runner taken from the base.
    ///
    /// - Returns: `nil` when the text cannot be understood: then the base's counts whole.
    func merged(head: String, base: String) -> String?
}

/// TOML and INI by sections: `[name]` up to the next header. Sections that steer, by prefix of
/// their dotted name, come from the base, in the base's order, after the head's others.
struct SectionManifest: ManifestFormat {
    let names: [String]
    let steering: [String]
    /// Keys that steer inside of sections that otherwise follow the head.
    var steeringKeys: Set<String> = []

    func handles(_ path: String) -> Bool { names.contains(path.lastOfPath) }

    func merged(head: String, base: String) -> String? {
        let headSections = sections(head)
        let baseSections = sections(base)
        let kept = headSections.filter { !steers($0.name) }.map { section in
            steeringKeys.isEmpty
                ? section.text
                : keys(section, from: baseSections.first { $0.name == section.name })
        }
        let restored = baseSections.filter { steers($0.name) }.map(\.text)
        let before = headSections.filter { steers($0.name) }.map(\.text)
        // Nothing that steers was touched: the file stays as it is, byte for byte.
        if before == restored, steeringKeys.isEmpty { return head }
        let merged = (kept + restored).joined()
        return merged == head ? head : merged
    }

    private struct Section: Equatable {
        var name: String
        var text: String
    }

    private func sections(_ text: String) -> [Section] {
        var sections = [Section(name: "", text: "")]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let code = String(line).trimmed
            if code.hasPrefix("["), line.first == "[", code.hasSuffix("]") || code.contains("] #") {
                let name = code.prefix { $0 != "#" }.filter { !"[]\"' ".contains($0) }
                sections.append(Section(name: String(name), text: ""))
            }
            sections[sections.count - 1].text += line + "\n"
        }
        // The last piece after a final line feed is not a line.
        let last = sections.count - 1
        if sections[last].text.hasSuffix("\n") { sections[last].text.removeLast() }
        return sections
    }

    private func steers(_ name: String) -> Bool {
        steering.contains { name == $0 || name.hasPrefix($0 + ".") || name.hasPrefix($0 + ":") }
    }

    /// The head's section, with the steering keys as the base has them.
    private func keys(_ section: Section, from base: Section?) -> String {
        func key(_ line: Substring) -> String {
            String(line.prefix { $0 != "=" }).trimmed
        }
        func lines(_ text: String) -> [Substring] {
            text.split(separator: "\n", omittingEmptySubsequences: false)
        }
        let restored = base.map { lines($0.text).filter { steeringKeys.contains(key($0)) } } ?? []
        let own = lines(section.text)
        guard own.filter({ steeringKeys.contains(key($0)) }) != restored else {
            return section.text
        }
        var result = own.filter { !steeringKeys.contains(key($0)) }
        let insertion = result.first?.hasPrefix("[") == true ? 1 : 0
        result.insert(contentsOf: restored, at: min(insertion, result.count))
        return result.joined(separator: "\n")
    }
}
