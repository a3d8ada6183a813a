internal import Yams

/// Turns YAML text into ``PolicyNode``s, refusing what makes YAML dangerous or ambiguous.
///
/// Anchors and aliases (whose expansion can grow without bound), explicit tags, several documents,
/// repeated keys, keys that are not text, and deep nesting are errors with their place.
package struct YAMLReader {
    /// Deeper than any document of the contract by an order of magnitude.
    package static let depthMax = 32
    private let file: String
    private let dialect: Dialect
    private let budget: NodeBudget

    /// What a file may use of YAML.
    package enum Dialect: Sendable {
        /// Policies: nothing that is ambiguous.
        case policy
        /// Files of CI systems, written for others: anchors, aliases and tags are in use there.
        /// Aliases are written out, within a bound; tags are kept as text.
        case pipeline
    }

    private init(file: String, dialect: Dialect) {
        self.file = file
        self.dialect = dialect
        budget = NodeBudget()
    }

    /// - Returns: the root; an empty file is an empty mapping.
    package static func read(
        _ source: PolicyText, dialect: Dialect = .policy
    ) throws(PolicyFileError) -> PolicyNode {
        try YAMLReader(file: source.name, dialect: dialect).root(of: source.text)
    }

    private func root(of text: String) throws(PolicyFileError) -> PolicyNode {
        try refuseAliasBomb(text)
        let parser: Parser
        let node: Node?
        do {
            // No rules: types are the decoder's matter, and seven regular expressions are not made.
            parser = try Parser(yaml: text, resolver: .basic)
            node = try parser.singleRoot()
        } catch {
            throw explain(error)
        }
        // Yams keeps anchors only as long as their parser lives, and they must be seen to be refused.
        defer { withExtendedLifetime(parser) {} }
        guard let node else {
            return PolicyNode(content: .mapping([]), location: PolicyLocation(line: 1, column: 1))
        }
        return try convert(node, depth: 0)
    }

    private func convert(_ node: Node, depth: Int) throws(PolicyFileError) -> PolicyNode {
        let location = place(node.mark)
        guard depth < Self.depthMax else {
            throw failure(
                location, "is nested more than \(Self.depthMax) levels deep", "flatten it")
        }
        try budget.spend(file: file)
        guard dialect == .pipeline || node.anchor == nil else {
            throw failure(location, "uses an anchor (&name)", "write the value out in each place")
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            try refuseTag(node.tag, location)
            return PolicyNode(content: .scalar(scalar.string, isPlain: isPlain), location: location)
        case .sequence(let sequence):
            try refuseTag(node.tag, location)
            var items: [PolicyNode] = []
            for item in sequence { items.append(try convert(item, depth: depth + 1)) }
            return PolicyNode(
                content: .sequence(items), location: location, tag: localTag(node.tag))
        case .mapping(let mapping):
            try refuseTag(node.tag, location)
            var entries: [PolicyNode.Entry] = []
            for (key, value) in mapping {
                entries.append(try entry(key, value, depth: depth + 1))
            }
            return PolicyNode(content: .mapping(entries), location: location)
        case .alias:
            throw failure(location, "uses an alias (*name)", "write the value out in each place")
        }
    }

    private func entry(
        _ key: Node, _ value: Node, depth: Int
    ) throws(PolicyFileError) -> PolicyNode.Entry {
        let key = try convert(key, depth: depth)
        guard case .scalar(let name, _) = key.content else {
            throw failure(key.location, "has \(key.kind) as a key", "keys are plain names")
        }
        return PolicyNode.Entry(
            key: name, keyLocation: key.location, value: try convert(value, depth: depth))
    }

    /// Only the tags that YAML's own schema gives to untagged values are let through.
    private func refuseTag(_ tag: Tag, _ location: PolicyLocation) throws(PolicyFileError) {
        if dialect == .pipeline { return }
        let known: [Tag.Name] = [
            .implicit, .str, .seq, .map, .bool, .float, .int, .null, .timestamp, .merge, .value,
        ]
        guard known.contains(where: { $0.rawValue == tag.rawValue }) else {
            throw failure(location, "uses the tag \(tag.rawValue)", "write a plain value")
        }
    }

    /// Refuses what could be an alias bomb before the parser sees it.
    ///
    /// Aliases are shared while parsing, but one that is used as a key is hashed in full, which takes
    /// time exponential in the number of aliases. Few aliases are harmless and get a precise message
    /// from `convert`. Counts text that only looks like an alias too, hence the generous bound.
    private func refuseAliasBomb(_ text: String) throws(PolicyFileError) {
        var counts: [UInt8: Int] = [:]
        var previous = UInt8(ascii: "\n")
        var beforePrevious = previous
        for byte in text.utf8 {
            let isName =
                byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte.isAlphanumeric
            if isName && " \n\r\t,[{:?-".utf8.contains(beforePrevious) {
                counts[previous, default: 0] += 1
            }
            (beforePrevious, previous) = (previous, byte)
        }
        if dialect == .pipeline { return try refuseAliasKeys(text) }
        let (anchors, aliases) = (counts[UInt8(ascii: "&")] ?? 0, counts[UInt8(ascii: "*")] ?? 0)
        guard anchors == 0 || aliases <= 12 else {
            throw PolicyFileError(
                file: file, location: nil, problem: "uses anchors and \(aliases) aliases",
                remedy: "write the values out in each place")
        }
    }

    /// Without an alias in a key nothing is hashed in full, and the written-out size is bounded by
    /// `NodeBudget`.
    private func refuseAliasKeys(_ text: String) throws(PolicyFileError) {
        for (index, line) in text.split(
            separator: "\n", omittingEmptySubsequences: false
        ).enumerated() {
            let isComplexKey = line.contains(#/(^|[\s\[{,-])\?\s/#) && line.contains("*")
            guard isComplexKey || line.contains(#/\*[A-Za-z0-9_-]+\s*:/#) else { continue }
            throw failure(
                PolicyLocation(line: index + 1, column: 1), "has an alias as a key",
                "write the key out")
        }
    }

    /// `!reference` of GitLab and the like; `nil` for YAML's own tags.
    private func localTag(_ tag: Tag) -> String? {
        tag.rawValue.hasPrefix("!") && tag.rawValue.count > 1 ? tag.rawValue : nil
    }

    private func explain(_ error: any Error) -> PolicyFileError {
        guard let error = error as? YamlError else {
            return failure(nil, "cannot be parsed: \(error)", "")
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return failure(
                place(mark), "is not valid YAML: \(problem)", "check indentation and quotes")
        case .duplicatedKeysInMapping(let keys, let context):
            return failure(
                place(context.mark), "has \(keys.joined(separator: ", ")) twice", "keep one of them"
            )
        case .reader(let problem, let offset, _, _):
            let place = offset.map { " at byte \($0)" } ?? ""
            return failure(
                nil, "is not valid YAML: \(problem)\(place)", "remove control characters")
        default:
            return failure(nil, "cannot be parsed: \(error)", "")
        }
    }

    private func place(_ mark: Mark?) -> PolicyLocation {
        PolicyLocation(line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private func failure(
        _ location: PolicyLocation?, _ problem: String, _ remedy: String
    ) -> PolicyFileError {
        PolicyFileError(file: file, location: location, problem: problem, remedy: remedy)
    }
}

/// Bounds what aliases grow to when they are written out.
private final class NodeBudget {
    private static let nodesMax = 100_000
    private var spent = 0

    func spend(file: String) throws(PolicyFileError) {
        spent += 1
        guard spent <= Self.nodesMax else {
            throw PolicyFileError(
                file: file, location: nil,
                problem: "has more than \(Self.nodesMax) values, aliases written out",
                remedy: "use fewer aliases inside each other")
        }
    }
}

extension UInt8 {
    fileprivate var isAlphanumeric: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
    }
}
