/// Makes copies of a test's text in each of which one assertion expects something else.
struct AssertionRewriter {
    let language: SourceLanguage

    /// What to do with a call that asserts something.
    enum Rewrite: Sendable {
        /// Two arguments are compared: change the expected one.
        case equality(Int, Int, opposite: String?)
        /// One argument is the expected value.
        case expected(Int, opposite: String?)
        /// One argument must hold: negate it.
        case truth(Int)
        /// Another assertion says the contrary.
        case opposite(String)
        /// The argument is the class of an expected exception.
        case exception
    }

    /// One copy: its text, and whether a fresh object stands for the expected value.
    struct Variant: Sendable, Equatable {
        var text: String
        var isFresh: Bool
    }

    /// More than this many copies of one test prove nothing new.
    private static let variantLimit = 6

    /// - Parameters:
    ///   - text: the whole test function.
    ///   - bodyStart: where its body begins; assertions directly in it are executed for certain.
    func variants(of text: String, bodyStart: Int) -> [Variant] {
        let scanner = CodeScanner(text, language: language)
        var direct: [Edit] = []
        var nested: [Edit] = []
        scanner.codePositions(in: bodyStart..<scanner.bytes.count) { index, depth in
            guard isWordStart(scanner, index), let edit = edit(at: index, scanner) else { return }
            if isDirect(scanner, index: index, depth: depth, bodyStart: bodyStart) {
                direct.append(edit)
            } else {
                nested.append(edit)
            }
        }
        var variants: [Variant] = []
        if direct.isEmpty, !nested.isEmpty {
            // Which of them are executed is not known: all are changed at once.
            variants.append(
                Variant(text: apply(nested.map(\.changed), to: scanner), isFresh: false))
        }
        for edit in direct.prefix(Self.variantLimit) {
            variants.append(Variant(text: apply([edit.changed], to: scanner), isFresh: false))
        }
        if let fresh = (direct + nested).lazy.compactMap(\.fresh).first {
            variants.append(Variant(text: apply([fresh], to: scanner), isFresh: true))
        }
        return variants
    }

    private struct Edit {
        var changed: Replacement
        var fresh: Replacement?
    }

    private struct Replacement {
        var range: Range<Int>
        var text: String
    }

    private func apply(_ replacements: [Replacement], to scanner: CodeScanner) -> String {
        var bytes = scanner.bytes
        for replacement in replacements.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            bytes.replaceSubrange(replacement.range, with: Array(replacement.text.utf8))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func isWordStart(_ scanner: CodeScanner, _ index: Int) -> Bool {
        index == 0 || !CodeScanner.isWord(scanner.bytes[index - 1])
            || scanner.bytes[index] == UInt8(ascii: ".")
            || scanner.bytes[index] == UInt8(ascii: "#")
    }

    private func isDirect(
        _ scanner: CodeScanner, index: Int, depth: Int, bodyStart: Int
    ) -> Bool {
        guard language == .python else { return depth <= 1 }
        func indentation(_ index: Int) -> Int {
            let start = scanner.bytes[..<index].lastIndex(of: 10).map { $0 + 1 } ?? 0
            return scanner.bytes[start...].prefix { $0 == 32 || $0 == 9 }.count
        }
        guard let first = scanner.bytes[bodyStart...].firstIndex(where: { $0 > 32 }) else {
            return false
        }
        return indentation(index) == indentation(first)
    }

    private func edit(at index: Int, _ scanner: CodeScanner) -> Edit? {
        if language == .python, let edit = pythonAssert(at: index, scanner) { return edit }
        if language == .go, let edit = goCondition(at: index, scanner) { return edit }
        let known = AssertionCatalogue.calls(language)
        guard
            let call = known.first(where: { scanner.starts(with: $0.name + "(", at: index) })
        else { return nil }
        let open = index + call.name.utf8.count
        guard let close = scanner.closing(of: open) else { return nil }
        let arguments = scanner.split(open + 1..<close, by: ",")
        let name = index..<open
        switch call.rewrite {
        case .equality(let first, let second, let opposite):
            guard arguments.indices.contains(max(first, second)) else { return nil }
            return comparison(
                [arguments[second], arguments[first]], scanner,
                fallback: opposite.map { Replacement(range: name, text: $0) })
        case .expected(let position, let opposite):
            guard arguments.indices.contains(position) else { return nil }
            return comparison(
                [arguments[position]], scanner,
                fallback: opposite.map { Replacement(range: name, text: $0) })
        case .truth(let position):
            guard arguments.indices.contains(position) else { return nil }
            return condition(arguments[position], scanner)
        case .opposite(let other):
            return Edit(changed: Replacement(range: name, text: other))
        case .exception:
            guard let first = arguments.first else { return nil }
            return Edit(
                changed: Replacement(range: first, text: #"type("Another", (Exception,), {})"#))
        }
    }

    /// - Parameter sides: the likelier expected value first.
    private func comparison(
        _ sides: [Range<Int>], _ scanner: CodeScanner, fallback: Replacement?
    ) -> Edit? {
        let fresh = sides.first.flatMap { side in
            ExpectedValue.fresh(language: language).map { Replacement(range: side, text: " " + $0) }
        }
        for side in sides {
            if let text = ExpectedValue.changed(scanner.text(side), language: language) {
                return Edit(
                    changed: Replacement(range: side, text: " " + text),
                    fresh: ExpectedValue.fresh(language: language).map {
                        Replacement(range: side, text: " " + $0)
                    })
            }
        }
        if let side = sides.first,
            let text = ExpectedValue.wrapped(scanner.text(side), language: language)
        {
            return Edit(changed: Replacement(range: side, text: " " + text), fresh: fresh)
        }
        return fallback.map { Edit(changed: $0) }
    }

    /// A condition: its expected value changed where it is one comparison, else negated.
    private func condition(_ range: Range<Int>, _ scanner: CodeScanner) -> Edit {
        let joins = language == .python ? [" and ", " or ", " if ", "lambda"] : ["&&", "||", "?"]
        let isCompound = joins.contains { scanner.split(range, by: $0).count > 1 }
        let operators = language == .javaScript ? ["===", "=="] : ["=="]
        for comparisonOperator in operators where !isCompound {
            let sides = scanner.split(range, by: comparisonOperator)
            if sides.count == 2,
                let edit = comparison([sides[1], sides[0]], scanner, fallback: nil)
            {
                return edit
            }
        }
        let text = scanner.text(range).trimmed
        let negated = language == .python ? " not (\(text))" : "!(\(text))"
        return Edit(changed: Replacement(range: range, text: negated))
    }

    private func pythonAssert(at index: Int, _ scanner: CodeScanner) -> Edit? {
        guard
            scanner.starts(with: "assert ", at: index) || scanner.starts(with: "assert(", at: index)
        else { return nil }
        let start = index + "assert".utf8.count
        // The statement ends at the first line end outside brackets.
        var end = scanner.bytes.count
        scanner.codePositions(in: start..<scanner.bytes.count) { position, depth in
            if depth == 0, scanner.bytes[position] == 10, end == scanner.bytes.count {
                end = position
            }
        }
        guard let expression = scanner.split(start..<end, by: ",").first else { return nil }
        return condition(expression, scanner)
    }

    /// `if got != want { t.Errorf(...)`: with another expected value, or the condition negated.
    private func goCondition(at index: Int, _ scanner: CodeScanner) -> Edit? {
        guard scanner.starts(with: "if ", at: index) else { return nil }
        var open: Int?
        scanner.codePositions(in: index..<scanner.bytes.count) { position, depth in
            if open == nil, depth == 0, scanner.bytes[position] == UInt8(ascii: "{") {
                open = position
            }
        }
        guard let open, let close = scanner.closing(of: open) else { return nil }
        let body = scanner.text(open..<close)
        guard ["t.Error", "t.Fatal", "t.Fail"].contains(where: body.contains) else { return nil }
        guard let condition = scanner.split(index + 3..<open, by: ";").last else { return nil }
        let sides = scanner.split(condition, by: "!=")
        if sides.count == 2, scanner.split(condition, by: "||").count == 1 {
            for side in [sides[1], sides[0]] {
                if let text = ExpectedValue.changed(scanner.text(side), language: .go) {
                    return Edit(changed: Replacement(range: side, text: " \(text) "))
                }
            }
        }
        return Edit(
            changed: Replacement(
                range: condition, text: " !(\(scanner.text(condition).trimmed)) "))
    }
}
