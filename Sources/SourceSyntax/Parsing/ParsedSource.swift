internal import CTreeSitter

/// The syntax tree of one source, as a value: bytes and nodes in document order.
///
/// Broken syntax still gives a tree, with error nodes; ``errorBytes`` says how much was not
/// understood.
package struct ParsedSource: Sendable {
    package let language: SyntaxLanguage
    package let bytes: [UInt8]
    package let nodes: [SyntaxNode]
    /// Bytes inside error nodes.
    package let errorBytes: Int
    let grammar: Grammar

    /// Parses `bytes` as `language`.
    ///
    /// - Throws: ``ParseFailure`` when a bound is reached.
    package init(
        _ bytes: [UInt8], language: SyntaxLanguage, limits: ParseLimits = ParseLimits()
    ) throws(ParseFailure) {
        guard bytes.count <= limits.bytes else {
            throw .tooLarge(bytes: bytes.count, limit: limits.bytes)
        }
        let grammar = Grammar.of(language)
        guard let pointer = grammar.pointer else { throw .grammarUnusable(language) }
        let parser = try ParserHandle(
            language: language, grammar: pointer, timeMilliseconds: limits.timeMilliseconds)
        guard let tree = parser.parse(bytes) else {
            throw .tooSlow(limitMilliseconds: limits.timeMilliseconds)
        }
        var nodes: [SyntaxNode] = []
        nodes.reserveCapacity(bytes.count / 3)
        var open: [Int32] = []
        var errorBytes = 0
        var errorEnd: UInt32 = 0
        try tree.walk { (node, field, depth) throws(ParseFailure) in
            guard depth <= limits.depth else { throw .tooDeep(limit: limits.depth) }
            guard nodes.count < limits.nodes else { throw .tooManyNodes(limit: limits.nodes) }
            while open.count > depth {
                nodes[Int(open.removeLast())].subtreeEnd = Int32(nodes.count)
            }
            let start = ts_node_start_byte(node)
            let end = ts_node_end_byte(node)
            // Errors nest; each byte counts once.
            if ts_node_is_error(node), end > errorEnd {
                errorBytes += Int(end - max(start, errorEnd))
                errorEnd = end
            }
            nodes.append(
                SyntaxNode(
                    symbol: ts_node_symbol(node), isNamed: ts_node_is_named(node), field: field,
                    parent: open.last ?? -1, subtreeEnd: Int32(nodes.count + 1),
                    start: Int32(start), end: Int32(end),
                    line: Int32(ts_node_start_point(node).row) + 1))
            open.append(Int32(nodes.count - 1))
        }
        while let last = open.popLast() { nodes[Int(last)].subtreeEnd = Int32(nodes.count) }
        self.language = language
        self.bytes = bytes
        self.nodes = nodes
        self.errorBytes = errorBytes
        self.grammar = grammar
    }

    /// The grammar's name for a node, such as `function_definition`.
    package func kind(of node: SyntaxNode) -> String {
        let symbol = Int(node.symbol)
        return symbol < grammar.kinds.count ? grammar.kinds[symbol] : "ERROR"
    }

    /// What a node says, invalid UTF-8 replaced.
    package func text(of node: SyntaxNode) -> String {
        String(decoding: bytes[Int(node.start)..<Int(node.end)], as: UTF8.self)
    }

    /// Indices of the direct children.
    package func children(of index: Int) -> [Int] {
        var found: [Int] = []
        var next = index + 1
        let end = Int(nodes[index].subtreeEnd)
        while next < end {
            found.append(next)
            next = Int(nodes[next].subtreeEnd)
        }
        return found
    }

    /// The child that the grammar calls `field`.
    package func child(of index: Int, field: String) -> Int? {
        var next = index + 1
        let end = Int(nodes[index].subtreeEnd)
        while next < end {
            let node = nodes[next]
            if node.field != 0, grammar.fields[Int(node.field)] == field { return next }
            next = Int(node.subtreeEnd)
        }
        return nil
    }
}
