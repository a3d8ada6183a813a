/// Finds the assertions in a stretch of tokens.
struct AssertionReader {
    let stream: TokenStream
    let profile: LanguageProfile
    private let expressions: ExpressionReader
    private let functions: [String: AssertionForm]
    private let matchers: [String: AssertionForm]
    private let infix: [String: AssertionForm]
    private let starters: Set<String>
    private let negations: Set<String>
    private let roles: NodeRoles
    /// Macros of this file that assert.
    private let macros: Set<String>
    private static let insideLimit = 4_096

    init(_ stream: TokenStream, profile: LanguageProfile) {
        self.stream = stream
        self.profile = profile
        expressions = ExpressionReader(stream: stream)
        let vocabulary = profile.assertions
        functions = Self.byName(vocabulary.functions)
        matchers = Self.byName(vocabulary.matchers)
        infix = Self.byName(vocabulary.infix)
        starters = Set(vocabulary.starters)
        negations = Set(vocabulary.negations)
        roles = stream.roles
        macros = Self.assertingMacros(stream, profile, functions)
    }

    private static func byName(_ forms: [AssertionForm]) -> [String: AssertionForm] {
        Dictionary(forms.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// All assertions in `range`, in order.
    func assertions(in range: Range<Int>) -> [Assertion] {
        var found: [Assertion] = []
        var index = range.lowerBound
        let guards = guards(in: range)
        while index < range.upperBound {
            let before = found.count
            let next = read(at: index, limit: range.upperBound, into: &found)
            if !guards.isEmpty, let guarding = guards[index - range.lowerBound] {
                for new in before..<found.count { found[new].guardedBy = guarding }
            }
            index = max(next, index + 1)
        }
        return found
    }

    /// Reads one assertion that begins at `index`; returns where to go on.
    private func read(at index: Int, limit: Int, into found: inout [Assertion]) -> Int {
        let token = stream.tokens[index]
        guard token.kind == .word || token.kind == .mark else { return index + 1 }
        if token.kind == .mark {
            return profile.language == .bash ? readTestCommand(at: index, into: &found) : index + 1
        }
        let name = stream.text(index)
        switch (profile.language, name) {
        case (.python, "assert"):
            return readStatement(at: index, into: &found)
        case (.go, "if"):
            return readGoCheck(at: index, into: &found)
        case (.go, "Error"), (.go, "Errorf"), (.go, "Fatal"), (.go, "Fatalf"), (.go, "FailNow"):
            if stream.matches(index - 1, "."), stream.matches(index - 2, "t") {
                found.append(
                    make("t." + name, .fail, false, subject: index - 2..<index + 1, line: index))
                return index + 1
            }
        default: break
        }
        if starters.contains(name), let next = readSentence(at: index, limit, into: &found) {
            return next
        }
        if let form = functions[name], let call = call(at: index, limit), accepts(index, name) {
            append(form, name, call, at: index, into: &found)
            // Go on inside: an assertion may hold a closure with others. One that holds thousands
            // of tokens holds data, and nested ones would be read again and again.
            return call.end - index > Self.insideLimit ? call.end : index + 1
        }
        if isHelper(name, at: index), let call = call(at: index, limit) {
            found.append(
                make(
                    name, .custom, false,
                    subject: index + 1..<min(max(index + 1, call.end), limit), line: index))
            return index + 1
        }
        if let form = infix[name], index > 0 {
            readInfix(form, name, at: index, limit, into: &found)
        }
        return index + 1
    }

    // MARK: Calls

    struct Call {
        var arguments: [Range<Int>]
        /// Text between `<` and `>` before the arguments.
        var generic: String?
        var end: Int
    }

    /// The call whose name stands at `index`.
    func call(at index: Int, _ limit: Int) -> Call? {
        var open = index + 1
        if stream.matches(open, "!") { open += 1 }
        var generic: String?
        if stream.matches(open, "<") || stream.matches(open, "::") {
            var close = open
            while close < min(limit, open + 40), !stream.matches(close, "("),
                !stream.matches(close, "{")
            {
                close += 1
            }
            guard stream.opens(close), stream.matches(close - 1, ">") else { return nil }
            generic = stream.joined(open..<close).filter { $0 != "<" && $0 != ">" }
            open = close
        }
        if open < limit, stream.opens(open),
            stream.matches(open, "(") || stream.matches(index + 1, "!")
        {
            let close = Int(stream.partner[open])
            return Call(
                arguments: stream.arguments(in: open + 1..<close), generic: generic, end: close + 1)
        }
        if open < limit, stream.opens(open), stream.matches(open, "{"),
            profile.language == .swift || profile.language == .kotlin || profile.language == .ruby
        {
            return Call(arguments: [], generic: generic, end: Int(stream.partner[open]) + 1)
        }
        return bareCall(at: index, limit)
    }

    /// Ruby's and the shell's calls, whose arguments need no brackets.
    private func bareCall(at index: Int, _ limit: Int) -> Call? {
        guard !profile.syntax.bareArguments.isEmpty else { return nil }
        if profile.language == .bash {
            guard let command = ancestor(of: index, role: .bareArguments),
                stream.range(ofNode: command).lowerBound == index
            else { return nil }
            let range = stream.range(ofNode: command)
            return Call(
                arguments: (index + 1..<range.upperBound).map { $0..<$0 + 1 }, generic: nil,
                end: range.upperBound)
        }
        guard index + 1 < limit else { return nil }
        guard let node = ancestor(of: index + 1, role: .bareArguments) else { return nil }
        let range = stream.range(ofNode: node)
        guard range.lowerBound == index + 1 else { return nil }
        return Call(arguments: stream.arguments(in: range), generic: nil, end: range.upperBound)
    }

    private func ancestor(of index: Int, role: NodeRoles.Role) -> Int? {
        var node = Int(stream.tokens[index].node)
        var steps = 0
        while node >= 0, steps < 6 {
            if roles[stream.source.nodes[node].symbol] == role { return node }
            node = Int(stream.source.nodes[node].parent)
            steps += 1
        }
        return nil
    }

    /// Whether what stands before the name fits an assertion.
    private func accepts(_ index: Int, _ name: String) -> Bool {
        if stream.matches(index - 1, "def") || stream.matches(index - 1, "func")
            || stream.matches(index - 1, "function") || stream.matches(index - 1, "fn")
        {
            return false
        }
        let receivers = profile.assertions.receivers
        guard !receivers.isEmpty else { return true }
        guard stream.matches(index - 1, ".") else {
            return name.lowercased().hasPrefix("assert")
        }
        return index >= 2 && receivers.contains(stream.text(index - 2))
    }

    /// A project's own assertion, known by its name.
    private func isHelper(_ name: String, at index: Int) -> Bool {
        if macros.contains(name), stream.matches(index + 1, "!") { return true }
        guard functions[name] == nil, name.count > 6, name.utf8.count < 64 else { return false }
        let isNamed = ["assert", "Assert", "verify", "expect_", "check_", "checkThat"].contains {
            name.hasPrefix($0)
        }
        let declares = ["def", "func", "function", "fn", "fun", "import", "void", "class"]
        return isNamed && (index == 0 || !declares.contains(stream.text(index - 1)))
    }

    // MARK: Forms

    func append(
        _ form: AssertionForm, _ name: String, _ call: Call, subject given: Range<Int>? = nil,
        negated: Bool = false, at index: Int, into found: inout [Assertion]
    ) {
        let arguments = Array(call.arguments.dropFirst(form.skipped))
        let isNegated = form.isNegated != negated
        switch form.layout {
        case .expression:
            guard let first = arguments.first else { return }
            if let error = labelled(arguments, "throws") {
                found.append(
                    make(
                        name, .throwsError, isNegated, subject: 0..<0, expected: error, line: index)
                )
                return
            }
            appendClaims(name, first, line: index, into: &found)
        case .subject:
            let subject = given ?? arguments.first ?? 0..<0
            var made = make(name, form.comparison, isNegated, subject: subject, line: index)
            if let generic = call.generic { made.expected = generic }
            if given != nil, let first = arguments.first, form.comparison != .truthy {
                made.expected = stream.joined(first)
                made.expectsLiteral = expressions.isLiteral(first)
            }
            found.append(made)
        case .error:
            var types = arguments
            if given == nil, types.count > 1, isClosure(types[0]) { types.removeFirst() }
            var made = make(
                name, .throwsError, isNegated, subject: given ?? 0..<0,
                expected: types.first.flatMap { isClosure($0) ? nil : $0 }, line: index)
            if let generic = call.generic { made.expected = generic }
            let rest = types.dropFirst().filter { !isClosure($0) }
            if !rest.isEmpty {
                made.subject += rest.map(stream.joined).joined(separator: ",")
            }
            found.append(made)
        case .operands:
            appendOperands(
                form, name, given.map { [$0] + arguments } ?? arguments, isNegated, at: index,
                into: &found)
        }
    }

    private func appendOperands(
        _ form: AssertionForm, _ name: String, _ operands: [Range<Int>], _ isNegated: Bool,
        at index: Int, into found: inout [Assertion]
    ) {
        guard let first = operands.first else { return }
        guard operands.count > 1 else {
            found.append(make(name, form.comparison, isNegated, subject: first, line: index))
            return
        }
        var comparison = form.comparison
        var subject = first
        var expected = operands[1]
        if expressions.isLiteral(subject), !expressions.isLiteral(expected) {
            swap(&subject, &expected)
            comparison = comparison.mirrored
        }
        var made = make(
            name, comparison, isNegated, subject: subject, expected: expected, line: index)
        let extra = operands.dropFirst(2)
        let extraText = extra.map(stream.joined).joined(separator: ",")
        if form.tolerance != nil, !extra.isEmpty, comparison != .equal {
            made.tolerance = extraText
        } else if comparison == .equal, extra.count <= 2, let third = extra.first,
            stream.tokens[third.lowerBound].kind == .number || extraText.contains("accuracy:")
                || extraText.contains("delta") || extraText.contains("within")
        {
            made.comparison = .approximate
            made.tolerance = extraText
        } else if comparison == .equal, made.expected?.contains("approx(") == true {
            made.comparison = .approximate
            made.tolerance = expressions.toleranceText(in: expected)
        }
        found.append(made)
    }

    func appendClaims(
        _ name: String, _ range: Range<Int>, line: Int, into found: inout [Assertion]
    ) {
        if isNonemptyTuple(range) {
            var made = make(name, .truthy, false, subject: range, line: line)
            made.isConstant = true
            found.append(made)
            return
        }
        for claim in expressions.claims(range) {
            var made = make(
                name, claim.comparison, claim.isNegated, subject: claim.subject,
                expected: claim.expected, line: line)
            made.tolerance = claim.tolerance
            if claim.comparison == .truthy, endsInTrue(claim.subject) { made.isConstant = true }
            found.append(made)
        }
    }

    func make(
        _ callee: String, _ comparison: Comparison, _ isNegated: Bool, subject: Range<Int>,
        expected: Range<Int>? = nil, line: Int
    ) -> Assertion {
        let subjectText = stream.joined(subject)
        let expectedText = expected.map(stream.joined)
        let literalSubject =
            expressions.isLiteral(subject)
            || expected == nil && Self.constantTexts.contains(subjectText)
            || isCastLiteral(subject)
        let literalExpected = expected.map(expressions.isLiteral) ?? false
        let compares = comparison != .fail && comparison != .throwsError && comparison != .snapshot
        let isConstant =
            compares && !subject.isEmpty
            && (literalSubject && (expected == nil || literalExpected)
                || (comparison == .equal || comparison == .identical) && !isNegated
                    && subjectText == expectedText && !subjectText.contains("("))
        return Assertion(
            callee: callee, comparison: asked(comparison, of: expectedText), isNegated: isNegated,
            subject: subjectText,
            expected: expectedText, expectsLiteral: literalExpected, tolerance: nil,
            isConstant: isConstant, guardedBy: nil,
            line: Int(stream.tokens[min(line, stream.tokens.count - 1)].line))
    }

    /// `3 as number`.
    private func isCastLiteral(_ range: Range<Int>) -> Bool {
        guard profile.language == .typescript || profile.language == .tsx, range.count >= 3,
            let cast = range.first(where: { stream.matches($0, "as") })
        else { return false }
        return expressions.isLiteral(range.lowerBound..<cast)
    }

    /// Truth values that are written otherwise.
    private static let constantTexts: Set<String> = [
        "Bool(true)", "bool(True)", "Boolean(true)", "Boolean.TRUE", "Boolean.valueOf(true)",
        "!false", "!(false)", "notFalse", "!0", "1==1", "!!true", "!!1",
    ]

    /// A placeholder for any value asks for a type at the most.
    private func asked(_ comparison: Comparison, of expected: String?) -> Comparison {
        guard comparison == .equal || comparison == .identical, let expected else {
            return comparison
        }
        let placeholders = [
            "expect.any(", "expect.anything(", "mock.ANY", "mock.Anything", "anything()",
            "Arg.Any", "It.IsAny", "jasmine.any(", "sinon.match.any", "an_instance_of(",
        ]
        if expected == "ANY" || placeholders.contains(where: expected.contains) { return .type }
        return expected.contains("Containing(") ? .contains : comparison
    }

    private func labelled(_ arguments: [Range<Int>], _ label: StaticString) -> Range<Int>? {
        arguments.first {
            stream.matches($0.lowerBound, label) && stream.matches($0.lowerBound + 1, ":")
        }
        .map { $0.lowerBound + 2..<$0.upperBound }
    }

    private func isClosure(_ range: Range<Int>) -> Bool {
        range.contains {
            stream.matches($0, "=>") || stream.matches($0, "->") || stream.matches($0, "function")
                || stream.matches($0, "lambda") || stream.matches($0, "{")
        }
    }

    /// Python's `assert (x, "message")` is always true.
    private func isNonemptyTuple(_ range: Range<Int>) -> Bool {
        profile.language == .python && range.count > 3 && stream.matches(range.lowerBound, "(")
            && Int(stream.partner[range.lowerBound]) == range.upperBound - 1
            && stream.arguments(in: range.lowerBound + 1..<range.upperBound - 1).count > 1
    }

    /// `x or True`, `x || true`.
    private func endsInTrue(_ range: Range<Int>) -> Bool {
        guard range.count > 2 else { return false }
        let pairs: [(StaticString, StaticString)] = [
            ("or", "True"), ("||", "true"), ("or", "1"), ("||", "1"), ("or", "true"),
        ]
        return pairs.contains { word, value in
            stream.matches(range.upperBound - 2, word)
                && stream.matches(range.upperBound - 1, value)
                || stream.matches(range.lowerBound, value)
                    && stream.matches(range.lowerBound + 1, word)
        }
    }
}

extension AssertionReader {
    func form(matcher name: String) -> AssertionForm? { matchers[name] }
    func isNegation(_ name: String) -> Bool { negations.contains(name) }
    var expressionReader: ExpressionReader { expressions }
    func role(ofNode node: Int) -> NodeRoles.Role { roles[stream.source.nodes[node].symbol] }
}
