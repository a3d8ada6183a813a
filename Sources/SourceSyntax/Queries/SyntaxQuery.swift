internal import CTreeSitter

/// A tree-sitter query compiled for one language.
///
/// A query says what it reports with a capture: `@finding`, or the first one where no capture has
/// that name.
package final class SyntaxQuery: @unchecked Sendable {
    // SAFETY: a compiled query is read-only; each search has a cursor of its own. `deinit` frees it
    // after the last user let go.
    private let handle: OpaquePointer
    package let language: SyntaxLanguage
    /// Expressions of `#match?` conditions, which the caller evaluates.
    package let expressions: [String]
    private let predicates: [[QueryPredicate]]
    private let reported: UInt32

    /// Longest query; compiling takes time and stack by its length.
    package static let lengthMax = 4_096

    /// - Throws: ``SyntaxQueryError`` that says where the query is not understood.
    package init(_ text: String, language: SyntaxLanguage) throws(SyntaxQueryError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.lengthMax else {
            throw SyntaxQueryError(reason: "is longer than \(Self.lengthMax) bytes")
        }
        guard let grammar = Grammar.of(language).pointer else {
            throw SyntaxQueryError(
                reason: ParseFailure.grammarUnusable(language).description)
        }
        var offset: UInt32 = 0
        var error = TSQueryErrorNone
        let compiled = bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                ts_query_new(
                    grammar, characters.baseAddress, UInt32(characters.count), &offset, &error)
            }
        }
        guard let compiled else {
            throw SyntaxQueryError(
                reason: Self.explanation(of: error, at: Int(offset), in: bytes, language))
        }
        var expressions: [String] = []
        var predicates: [[QueryPredicate]] = []
        do throws(SyntaxQueryError) {
            guard ts_query_pattern_count(compiled) > 0 else {
                throw SyntaxQueryError(reason: "has no pattern")
            }
            for pattern in 0..<ts_query_pattern_count(compiled) {
                predicates.append(
                    try QueryPredicate.read(compiled, pattern: pattern, expressions: &expressions))
            }
            reported = try Self.reportedCapture(compiled)
        } catch {
            ts_query_delete(compiled)
            throw error
        }
        handle = compiled
        self.language = language
        self.expressions = expressions
        self.predicates = predicates
    }

    deinit { ts_query_delete(handle) }

    /// Where a query matched: the captured text that is to be reported.
    package struct Match: Sendable, Equatable {
        package var range: Range<Int>
        /// 1-based, inclusive.
        package var lines: ClosedRange<Int>
    }

    /// Every match in document order.
    ///
    /// - Parameter satisfies: whether a range of `bytes` matches the expression with that index.
    /// - Throws: ``SyntaxQueryFailure`` when a bound is reached; there is then no answer.
    package func matches(
        in bytes: [UInt8], limits: SyntaxQueryLimits = SyntaxQueryLimits(),
        parsing: ParseLimits = ParseLimits(), satisfies: (Int, Range<Int>) -> Bool
    ) throws(SyntaxQueryFailure) -> [Match] {
        let tree = try parse(bytes, parsing)
        let cursor = QueryCursor(limits: limits)
        var found: [Match] = []
        try cursor.run(handle, on: tree) { (match) throws(SyntaxQueryFailure) in
            let captures = UnsafeBufferPointer(
                start: match.captures, count: Int(match.capture_count))
            let holds = predicates[Int(match.pattern_index)].allSatisfy {
                Self.holds($0, captures, in: bytes, satisfies)
            }
            guard holds, let node = captures.first(where: { $0.index == reported })?.node
            else { return }
            guard found.count < limits.matches else {
                throw .tooManyMatches(limit: limits.matches)
            }
            let first = Int(ts_node_start_point(node).row) + 1
            let last = Int(ts_node_end_point(node).row) + 1
            found.append(Match(range: Self.range(node), lines: first...max(first, last)))
        }
        return found.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
    }

    private func parse(
        _ bytes: [UInt8], _ limits: ParseLimits
    ) throws(SyntaxQueryFailure) -> TreeHandle {
        guard bytes.count <= limits.bytes else {
            throw .source(.tooLarge(bytes: bytes.count, limit: limits.bytes))
        }
        guard let grammar = Grammar.of(language).pointer else {
            throw .source(.grammarUnusable(language))
        }
        let parser: ParserHandle
        do throws(ParseFailure) {
            parser = try ParserHandle(
                language: language, grammar: grammar, timeMilliseconds: limits.timeMilliseconds)
        } catch {
            throw .source(error)
        }
        guard let tree = parser.parse(bytes) else {
            throw .source(.tooSlow(limitMilliseconds: limits.timeMilliseconds))
        }
        return tree
    }

    private static func range(_ node: TSNode) -> Range<Int> {
        Int(ts_node_start_byte(node))..<Int(ts_node_end_byte(node))
    }

    /// A condition holds when all nodes of its capture meet it.
    private static func holds(
        _ predicate: QueryPredicate, _ captures: UnsafeBufferPointer<TSQueryCapture>,
        in bytes: [UInt8], _ satisfies: (Int, Range<Int>) -> Bool
    ) -> Bool {
        captures.allSatisfy { capture in
            guard capture.index == predicate.capture else { return true }
            let range = range(capture.node)
            let holds =
                switch predicate.test {
                case .anyOf(let texts): texts.contains(Array(bytes[range]))
                case .equal(.text(let text)): bytes[range].elementsEqual(text)
                case .equal(.capture(let other)):
                    captures.contains {
                        $0.index == other && bytes[Self.range($0.node)] == bytes[range]
                    }
                case .matches(let expression): satisfies(expression, range)
                }
            return holds != predicate.isNegated
        }
    }

    private static func reportedCapture(_ query: OpaquePointer) throws(SyntaxQueryError) -> UInt32 {
        let count = ts_query_capture_count(query)
        guard count > 0 else {
            throw SyntaxQueryError(reason: "captures nothing: put @finding after what to report")
        }
        let named = (0..<count).first { index in
            var length: UInt32 = 0
            guard let name = ts_query_capture_name_for_id(query, index, &length) else {
                return false
            }
            return String(cString: name) == "finding"
        }
        return named ?? 0
    }

    private static func explanation(
        of error: TSQueryError, at offset: Int, in bytes: [UInt8], _ language: SyntaxLanguage
    ) -> String {
        let rest = bytes.dropFirst(offset).prefix { $0 != 0x0A }.prefix(40)
        let place = "at byte \(offset), \"\(String(decoding: rest, as: UTF8.self))\""
        return switch error {
        case TSQueryErrorNodeType: "names a node that \(language.rawValue) does not have, \(place)"
        case TSQueryErrorField: "names a field that \(language.rawValue) does not have, \(place)"
        case TSQueryErrorCapture: "names a capture that is not there, \(place)"
        case TSQueryErrorStructure: "describes a structure that cannot occur, \(place)"
        default: "is not a query, \(place)"
        }
    }
}
