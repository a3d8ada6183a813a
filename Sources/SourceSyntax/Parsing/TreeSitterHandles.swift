internal import CTreeSitter

/// Owns one `TSParser`.
struct ParserHandle: ~Copyable {
    private let pointer: OpaquePointer

    init(language: SyntaxLanguage, grammar: OpaquePointer, timeMilliseconds: Int)
        throws(ParseFailure)
    {
        guard let pointer = ts_parser_new() else {
            throw .grammarUnusable(language)
        }
        guard ts_parser_set_language(pointer, grammar) else {
            ts_parser_delete(pointer)
            throw .grammarUnusable(language)
        }
        self.pointer = pointer
        ts_parser_set_timeout_micros(pointer, UInt64(max(1, timeMilliseconds)) * 1_000)
    }

    deinit { ts_parser_delete(pointer) }

    /// `nil` when the time was up.
    func parse(_ bytes: [UInt8]) -> TreeHandle? {
        // SAFETY: the parser reads the buffer during this call only; a tree keeps no reference to it.
        let tree = bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                ts_parser_parse_string(
                    pointer, nil, characters.baseAddress, UInt32(characters.count))
            }
        }
        return tree.map { TreeHandle(owning: $0) }
    }
}

/// Owns one `TSTree`.
struct TreeHandle: ~Copyable {
    private let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { ts_tree_delete(pointer) }

    /// Valid as long as this handle.
    var root: TSNode { ts_tree_root_node(pointer) }

    /// Walks all nodes in document order; `visit` gets the node, its field and its depth.
    func walk(
        _ visit: (TSNode, _ field: UInt16, _ depth: Int) throws(ParseFailure) -> Void
    ) throws(ParseFailure) {
        var cursor = ts_tree_cursor_new(root)
        defer { ts_tree_cursor_delete(&cursor) }
        var depth = 0
        while true {
            try visit(
                ts_tree_cursor_current_node(&cursor), ts_tree_cursor_current_field_id(&cursor),
                depth)
            if ts_tree_cursor_goto_first_child(&cursor) {
                depth += 1
                continue
            }
            while !ts_tree_cursor_goto_next_sibling(&cursor) {
                guard ts_tree_cursor_goto_parent(&cursor) else { return }
                depth -= 1
            }
        }
    }
}
