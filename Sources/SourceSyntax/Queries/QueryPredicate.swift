internal import CTreeSitter

/// A condition on captures that a query states in the form `(#name? @capture ...)`.
///
/// The C library only parses these; evaluating them is left to its users.
struct QueryPredicate: Sendable {
    enum Operand: Sendable {
        case capture(UInt32)
        case text([UInt8])
    }

    enum Test: Sendable {
        case equal(Operand)
        case anyOf(Set<[UInt8]>)
        /// Index into ``SyntaxQuery/expressions``.
        case matches(expression: Int)
    }

    var capture: UInt32
    var test: Test
    var isNegated: Bool

    static let names = [
        "eq?", "not-eq?", "any-of?", "not-any-of?", "match?", "not-match?",
    ]

    /// Reads the predicates of one pattern; expressions of `match?` are appended to `expressions`.
    static func read(
        _ query: OpaquePointer, pattern: UInt32, expressions: inout [String]
    ) throws(SyntaxQueryError) -> [QueryPredicate] {
        var count: UInt32 = 0
        let start = ts_query_predicates_for_pattern(query, pattern, &count)
        // SAFETY: the library says how many steps there are; they live as long as the query.
        let steps = UnsafeBufferPointer(start: start, count: Int(count))
        var found: [QueryPredicate] = []
        for sentence in steps.split(whereSeparator: { $0.type == TSQueryPredicateStepTypeDone }) {
            var operands = sentence.map { step in
                step.type == TSQueryPredicateStepTypeCapture
                    ? Operand.capture(step.value_id) : .text(string(query, step.value_id))
            }
            guard case .text(let bytes)? = operands.first else {
                throw SyntaxQueryError(reason: "a condition begins with its name, such as #eq?")
            }
            operands.removeFirst()
            found.append(
                try Self(String(decoding: bytes, as: UTF8.self), operands, &expressions))
        }
        return found
    }

    private init(
        _ name: String, _ operands: [Operand], _ expressions: inout [String]
    ) throws(SyntaxQueryError) {
        guard Self.names.contains(name) else {
            throw SyntaxQueryError(
                reason: "#\(name) is not a condition that is known: "
                    + Self.names.map { "#\($0)" }.joined(separator: ", "))
        }
        guard case .capture(let capture)? = operands.first, operands.count >= 2 else {
            throw SyntaxQueryError(reason: "#\(name) takes a capture and what to compare it with")
        }
        self.capture = capture
        isNegated = name.hasPrefix("not-")
        let kind = isNegated ? String(name.dropFirst(4)) : name
        let texts = operands.dropFirst().compactMap { operand -> [UInt8]? in
            if case .text(let bytes) = operand { bytes } else { nil }
        }
        switch kind {
        case "any-of?" where texts.count == operands.count - 1: test = .anyOf(Set(texts))
        case "eq?" where operands.count == 2: test = .equal(operands[1])
        case "match?" where operands.count == 2 && texts.count == 1:
            test = .matches(expression: expressions.count)
            expressions.append(String(decoding: texts[0], as: UTF8.self))
        default: throw SyntaxQueryError(reason: "#\(name) does not take these arguments")
        }
    }

    private static func string(_ query: OpaquePointer, _ index: UInt32) -> [UInt8] {
        var length: UInt32 = 0
        guard let text = ts_query_string_value_for_id(query, index, &length) else { return [] }
        // SAFETY: `length` bytes at `text` belong to the query.
        return UnsafeBufferPointer(start: text, count: Int(length)).map { UInt8(bitPattern: $0) }
    }
}
