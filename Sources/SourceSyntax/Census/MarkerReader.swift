/// Finds what skips, focuses, retries or excuses a test.
struct MarkerReader {
    let stream: TokenStream
    let profile: LanguageProfile
    /// The last words of all patterns: most tokens are none of them.
    private let words: Set<String>
    /// `broken = pytest.mark.skip(...)`: names that stand for a marker.
    private let aliases: [String: MarkerKind]

    init(stream: TokenStream, profile: LanguageProfile) {
        self.stream = stream
        self.profile = profile
        words = Set(
            profile.tests.markers.compactMap { $0.name.split(separator: ".").last.map(String.init) }
        )
        aliases = Self.aliases(in: stream, profile)
    }

    private static func aliases(
        in stream: TokenStream, _ profile: LanguageProfile
    ) -> [String: MarkerKind] {
        guard profile.language == .python else { return [:] }
        var found: [String: MarkerKind] = [:]
        for index in stream.tokens.indices where stream.matches(index, "=") && index > 0 {
            guard stream.matches(index + 1, "pytest") || stream.matches(index + 1, "unittest")
            else { continue }
            let value = stream.joined(index + 1..<min(index + 6, stream.tokens.count))
            if let kind = markKinds.first(where: { value.contains($0.0) })?.1 {
                found[stream.text(index - 1)] = kind
            }
        }
        found["pytestmark"] = nil
        return found
    }

    /// Longer names first: `skipif` begins like `skip`.
    private static let markKinds: [(String, MarkerKind)] = [
        ("mark.skipif", .conditionalSkip), ("unittest.skipIf", .conditionalSkip),
        ("unittest.skipUnless", .conditionalSkip), ("mark.skip", .skip),
        ("unittest.skip", .skip), ("mark.xfail", .expectedFailure),
        ("unittest.expectedFailure", .expectedFailure),
    ]

    /// Words before the dot that make a call in a body speak to the runner.
    private static let runners: Set<String> = [
        "self", "this", "$this", "t", "b", "f", "tt", "test", "pytest", "unittest", "nose",
        "Assert",
        "Assume", "Assumptions", "Assumption", "s", "suite", "testing", "T", "jest", "vi", "Skip",
    ]

    func markers(of annotations: [Annotation], on container: String?) -> [TestMarker] {
        annotations.flatMap { annotation -> [TestMarker] in
            var kinds: Set<MarkerKind> = []
            let text = "\(annotation.path)(\(annotation.argumentText))"
            if let kind = aliases[annotation.path] {
                return [
                    TestMarker(kind: kind, text: text, line: annotation.line, container: container)
                ]
            }
            // `pytest.param(1, marks=pytest.mark.skip)`: a row that does not count.
            if annotation.argumentText.contains("marks="),
                let kind = Self.markKinds.first(where: { annotation.argumentText.contains($0.0) })?
                    .1
            {
                return [
                    TestMarker(
                        kind: kind, text: "row of \(annotation.path): \(kind.rawValue)",
                        line: annotation.line, container: container)
                ]
            }
            return profile.tests.markers.compactMap { pattern in
                guard pattern.matches(path: annotation.path, arguments: annotation.argumentText),
                    kinds.insert(pattern.kind).inserted
                else { return nil }
                return TestMarker(
                    kind: kind(pattern, annotation),
                    text: "\(annotation.path)(\(annotation.argumentText))", line: annotation.line,
                    container: container)
            }
        }
    }

    /// A skip with a condition is one that depends on something.
    private func kind(_ pattern: MarkerPattern, _ annotation: Annotation) -> MarkerKind {
        if pattern.kind == .conditionalSkip {
            return Self.isCertain(annotation.path, annotation.argumentText) ? .skip : pattern.kind
        }
        guard pattern.kind == .expectedFailure || pattern.kind == .skip else { return pattern.kind }
        let isConditional = annotation.argumentText.contains("condition=")
        return isConditional ? .conditionalSkip : pattern.kind
    }

    /// `skipif(True)`, `skipUnless(False)`: a condition in name only.
    private static func isCertain(_ path: String, _ arguments: String) -> Bool {
        let name = path.split(separator: ".").last?.lowercased() ?? ""
        let inverted =
            name.hasSuffix("unless") || name.hasPrefix("assumetrue") || name.hasPrefix("assumethat")
            || name == "assume"
        let text = arguments.replacing("condition=", with: "")
        let value = text.prefix { $0 != "," && $0 != ")" }.lowercased()
        return inverted
            ? ["false", "0", "none"].contains(value) : ["true", "1", "notfalse"].contains(value)
    }

    /// The marker patterns that a dotted call path such as `it.skip` or `xdescribe` carries.
    func markers(ofCall path: String, line: Int, on container: String?) -> [TestMarker] {
        let parts = path.split(separator: ".").map(String.init)
        return profile.tests.markers.compactMap { pattern in
            guard pattern.argument == nil, parts.contains(pattern.name) else { return nil }
            return TestMarker(kind: pattern.kind, text: path, line: line, container: container)
        }
    }

    /// Calls such as `pytest.skip(...)`, `t.Skip()`, `skip "reason"`, and throws of skip errors.
    func bodyMarkers(in range: Range<Int>) -> [TestMarker] {
        var found: [TestMarker] = []
        for index in range where stream.tokens[index].kind == .word {
            guard let pattern = bodyPattern(at: index, range) else { continue }
            let isConditional = isInsideCondition(index, range)
            var kind = pattern.kind == .skip && isConditional ? .conditionalSkip : pattern.kind
            if pattern.kind == .conditionalSkip, !isConditional, stream.opens(index + 1),
                Self.isCertain(
                    stream.text(index),
                    stream.joined(
                        index + 2..<min(index + 5, max(index + 2, Int(stream.partner[index + 1])))))
            {
                kind = .skip
            }
            found.append(
                TestMarker(
                    kind: kind, text: path(endingAt: index), line: Int(stream.tokens[index].line),
                    container: nil))
        }
        return found
    }

    private func bodyPattern(at index: Int, _ range: Range<Int>) -> MarkerPattern? {
        let word = stream.text(index)
        guard words.contains(word) else { return nil }
        let path = path(endingAt: index)
        let matching = profile.tests.markers.first {
            $0.argument == nil && $0.matches(path: path, arguments: "")
        }
        guard let pattern = matching, isUse(of: word, at: index, range) else { return nil }
        guard path.contains(".") else {
            let declares = ["def", "func", "function", "fn", "fun"]
            return index > 0 && declares.contains(stream.text(index - 1)) ? nil : pattern
        }
        // `parser.skip(3)` is no skipped test: what is before the dot must be the runner.
        if pattern.name.contains(".") { return pattern }
        let receiver = String(path.split(separator: ".").dropLast().last ?? "")
        return Self.runners.contains(receiver) ? pattern : nil
    }

    /// Whether the word is called, thrown, or stands as a command.
    private func isUse(of word: String, at index: Int, _ range: Range<Int>) -> Bool {
        let next = index + 1
        if next < range.upperBound, stream.matches(next, "(") { return true }
        if stream.matches(index - 1, "raise") || stream.matches(index - 1, "throw")
            || stream.matches(index - 1, "new")
            || word.hasPrefix("GTEST") || word.hasPrefix("with") || word.hasPrefix("XCT")
        {
            return true
        }
        guard !profile.syntax.bareArguments.isEmpty else { return false }
        let begins = index == 0 || stream.tokens[index - 1].line < stream.tokens[index].line
        return (begins || !stream.matches(index - 1, ".")) && !stream.matches(next, "=")
            && !stream.matches(next, ".") && !stream.matches(next, ":")
    }

    /// The dotted words that end at `index`.
    func path(endingAt index: Int) -> String {
        var parts = [stream.text(index)]
        var at = index
        while at >= 2,
            stream.matches(at - 1, ".") || stream.matches(at - 1, "::")
                || stream.matches(at - 1, "->"),
            stream.tokens[at - 2].kind == .word || stream.tokens[at - 2].kind == .mark,
            parts.count < 6
        {
            guard stream.tokens[at - 2].kind == .word else { break }
            parts.append(stream.text(at - 2))
            at -= 2
        }
        return parts.reversed().joined(separator: ".")
    }

    private func isInsideCondition(_ index: Int, _ range: Range<Int>) -> Bool {
        let startByte = stream.tokens[range.lowerBound].start
        var node = Int(stream.source.nodes[Int(stream.tokens[index].node)].parent)
        while node >= 0, stream.source.nodes[node].start >= startByte {
            let kind = stream.source.kind(of: stream.source.nodes[node])
            if kind.hasPrefix("if") || kind.contains("conditional") || kind.contains("except")
                || kind.contains("catch") || kind == "unless" || kind.hasPrefix("switch")
                || kind.contains("guard") || kind == "list" || kind.contains("rescue")
                || kind.hasPrefix("unless")
            {
                return true
            }
            node = Int(stream.source.nodes[node].parent)
        }
        return false
    }

    // MARK: The file

    /// Markers that stand outside every test and class.
    func fileMarkers(outside ranges: [Range<Int>]) -> [TestMarker] {
        var depth = [Int32](repeating: 0, count: stream.tokens.count + 1)
        for range in ranges {
            depth[range.lowerBound] += 1
            depth[range.upperBound] -= 1
        }
        for index in depth.indices.dropFirst() { depth[index] += depth[index - 1] }
        var found: [TestMarker] = buildConstraints()
        for index in stream.tokens.indices
        where depth[index] == 0 && stream.tokens[index].kind == .word {
            if stream.matches(index, "pytestmark") || stream.matches(index, "collect_ignore")
                || stream.matches(index, "__test__")
            {
                found += assignedMarkers(at: index)
            } else if let pattern = bodyPattern(at: index, index..<stream.tokens.count),
                pattern.kind.disables,
                // A value that is kept for later marks nothing yet.
                !path(endingAt: index).contains(".mark."), !isDecorator(index)
            {
                found.append(
                    TestMarker(
                        kind: isInsideCondition(index, 0..<stream.tokens.count)
                            && pattern.kind == .skip ? .conditionalSkip : pattern.kind,
                        text: path(endingAt: index), line: Int(stream.tokens[index].line),
                        container: "file"))
            }
        }
        return found
    }

    /// Decorators stand beside what they decorate, outside its node.
    private func isDecorator(_ index: Int) -> Bool {
        var node = Int(stream.tokens[index].node)
        while node >= 0 {
            if profile.syntax.annotations.contains(
                stream.source.kind(of: stream.source.nodes[node]))
            {
                return true
            }
            node = Int(stream.source.nodes[node].parent)
        }
        return false
    }

    private func assignedMarkers(at index: Int) -> [TestMarker] {
        var end = index + 1
        while end < stream.tokens.count,
            stream.tokens[end].line == stream.tokens[index].line || !stream.opens(index)
        {
            end = stream.past(end)
            if end < stream.tokens.count, stream.tokens[end].line > stream.tokens[end - 1].line {
                break
            }
        }
        let text = stream.joined(index..<min(end, stream.tokens.count))
        let kinds: [(String, MarkerKind)] = [
            ("mark.skipif", .conditionalSkip), ("mark.skip", .skip),
            ("mark.xfail", .expectedFailure),
            ("__test__=False", .skip), ("mark.flaky", .retry),
        ]
        guard let kind = kinds.first(where: { text.contains($0.0) })?.1 else { return [] }
        return [
            TestMarker(
                kind: kind, text: text, line: Int(stream.tokens[index].line), container: "file")
        ]
    }

    /// Go's build constraints decide whether a file exists at all.
    private func buildConstraints() -> [TestMarker] {
        guard profile.language == .go else { return [] }
        return stream.comments.compactMap { range in
            let text = String(decoding: stream.source.bytes[range], as: UTF8.self)
            guard text.hasPrefix("//go:build ") || text.hasPrefix("// +build ") else { return nil }
            let line = stream.source.bytes[..<range.lowerBound].count { $0 == 0x0A } + 1
            let tags = text.split(whereSeparator: { " \t,".contains($0) }).dropFirst()
                .filter { $0 != "+build" }
            // Tags that nobody sets.
            let never: Set<Substring> = [
                "ignore", "never", "none", "disabled", "disable", "skip", "skipped", "broken",
                "off",
                "exclude", "false", "no",
            ]
            let isNever = tags.count == 1 && tags.allSatisfy(never.contains)
            return TestMarker(
                kind: isNever ? .skip : .conditionalSkip, text: text, line: line, container: "file")
        }
    }
}
