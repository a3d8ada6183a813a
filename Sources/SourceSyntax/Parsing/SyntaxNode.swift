/// One node of a parsed source: a plain value in a flat array in document order.
///
/// Nodes are copied out of the C library once, so that no pointer outlives its tree.
package struct SyntaxNode: Sendable {
    /// Index into the grammar's symbol table; see ``ParsedSource/kind(of:)``.
    let symbol: UInt16
    let isNamed: Bool
    /// What the grammar calls this child of its parent; 0 for none.
    let field: UInt16
    /// Index of the parent, -1 for the root.
    package let parent: Int32
    /// One past the last node of the subtree.
    package internal(set) var subtreeEnd: Int32
    /// Byte offsets into the source, end exclusive.
    package let start: Int32
    package let end: Int32
    /// 1-based.
    package let line: Int32
}
