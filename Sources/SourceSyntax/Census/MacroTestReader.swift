/// Rust's tests that only a macro turns into functions: `#[test] fn` inside `proptest! { ... }`, and
/// `rgtest!(name, |dir| { ... })` of suites that bring a macro of their own.
struct MacroTestReader {
    let stream: TokenStream
    let profile: LanguageProfile
    let markers: MarkerReader
    let assertions: AssertionReader

    /// - Parameter isTestFile: whether an invocation may define a test by its name alone.
    func read(isTestFile: Bool) -> [TestReader.Draft] {
        guard profile.language == .rust else { return [] }
        var found: [TestReader.Draft] = []
        for (index, node) in stream.source.nodes.enumerated()
        where node.isNamed && stream.source.kind(of: node) == "macro_invocation" {
            let range = stream.range(ofNode: index)
            let inner = functions(in: range)
            found += inner
            if inner.isEmpty, isTestFile, isItem(index), let test = invocation(range) {
                found.append(test)
            }
        }
        return found
    }

    /// Functions that carry a test's attribute among tokens that the grammar does not look into.
    private func functions(in range: Range<Int>) -> [TestReader.Draft] {
        range.compactMap { index in
            guard stream.matches(index, "fn"), index + 2 < range.upperBound, isOpaque(index),
                stream.tokens[index + 1].kind == .word
            else { return nil }
            let (annotations, start) = attributes(before: index, from: range.lowerBound)
            let isTest = annotations.contains { annotation in
                profile.tests.annotations.contains {
                    annotation.path == $0 || annotation.path.hasSuffix("." + $0)
                }
            }
            var open = index + 2
            while open < range.upperBound, !stream.matches(open, "{") { open = stream.past(open) }
            guard isTest, stream.opens(open) else { return nil }
            let end = Int(stream.partner[open]) + 1
            return draft(
                name: stream.text(index + 1), range: start..<end, body: index + 2..<end,
                statements: open..<end, annotations)
        }
    }

    private func isOpaque(_ index: Int) -> Bool {
        let parent = Int(stream.source.nodes[Int(stream.tokens[index].node)].parent)
        return parent >= 0 && stream.source.kind(of: stream.source.nodes[parent]) == "token_tree"
    }

    /// The attributes that stand before `fn`, and where the first of them begins.
    private func attributes(
        before function: Int, from lowest: Int
    ) -> (annotations: [Annotation], start: Int) {
        var found: [Annotation] = []
        var start = function
        var index = function - 1
        while index > lowest, !stream.closes(index), stream.tokens[index].kind == .word {
            // `pub`, `async`, `const`.
            index -= 1
        }
        while index > lowest, stream.matches(index, "]"), stream.closes(index) {
            let open = Int(stream.partner[index])
            guard open > lowest, stream.matches(open - 1, "#") else { break }
            found.insert(annotation(open + 1..<index), at: 0)
            start = open - 1
            index = start - 1
        }
        return (found, start)
    }

    private func annotation(_ range: Range<Int>) -> Annotation {
        var end = range.lowerBound
        while end < range.upperBound, !stream.opens(end) { end += 1 }
        let arguments =
            end < range.upperBound ? end + 1..<Int(stream.partner[end]) : end..<end
        return Annotation(
            path: stream.joined(range.lowerBound..<end).replacing("::", with: "."),
            arguments: arguments, argumentText: stream.joined(arguments),
            line: Int(stream.tokens[range.lowerBound].line))
    }

    /// Whether an invocation stands where items do: in a file or a module.
    private func isItem(_ node: Int) -> Bool {
        var parent = Int(stream.source.nodes[node].parent)
        if parent >= 0,
            stream.source.kind(of: stream.source.nodes[parent]) == "expression_statement"
        {
            parent = Int(stream.source.nodes[parent].parent)
        }
        guard parent >= 0 else { return false }
        let kind = stream.source.kind(of: stream.source.nodes[parent])
        return kind == "source_file" || kind == "declaration_list"
    }

    /// `name!(title, ... { assertions } ...)`.
    private func invocation(_ range: Range<Int>) -> TestReader.Draft? {
        guard
            let open = range.first(where: { stream.opens($0) }),
            open + 2 < range.upperBound, stream.tokens[open + 1].kind == .word,
            stream.matches(open + 2, ",")
        else { return nil }
        let body = open + 3..<Int(stream.partner[open])
        guard body.contains(where: { stream.matches($0, "{") }),
            !assertions.assertions(in: body).isEmpty
        else { return nil }
        return draft(
            name: stream.text(open + 1), range: range, body: body, statements: body, [])
    }

    private func draft(
        name: String, range: Range<Int>, body: Range<Int>, statements: Range<Int>,
        _ annotations: [Annotation]
    ) -> TestReader.Draft {
        TestReader.Draft(
            name: name, range: range, body: body, statements: statements,
            annotations: annotations, markers: markers.markers(of: annotations, on: nil),
            parameterCases: nil, line: Int(stream.tokens[range.lowerBound].line),
            endLine: Int(stream.tokens[range.upperBound - 1].line))
    }
}

extension AssertionReader {
    /// Rust's `macro_rules!` in whose rules an assertion stands.
    static func assertingMacros(
        _ stream: TokenStream, _ profile: LanguageProfile, _ functions: [String: AssertionForm]
    ) -> Set<String> {
        guard profile.language == .rust else { return [] }
        var found: Set<String> = []
        for (index, node) in stream.source.nodes.enumerated()
        where node.isNamed && stream.source.kind(of: node) == "macro_definition" {
            let range = stream.range(ofNode: index)
            guard let open = range.first(where: { stream.opens($0) }), open > range.lowerBound,
                stream.tokens[open - 1].kind == .word
            else { continue }
            let asserts = (open..<range.upperBound).contains {
                stream.tokens[$0].kind == .word && stream.matches($0 + 1, "!")
                    && functions[stream.text($0)] != nil
            }
            if asserts { found.insert(stream.text(open - 1)) }
        }
        return found
    }
}
