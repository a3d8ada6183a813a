/// How much work a source may cost. Past a bound the parse throws; nothing is judged by half.
package struct ParseLimits: Sendable {
    package var bytes: Int
    package var nodes: Int
    /// Depth of the tree: nesting beyond it has no use but to exhaust a reader.
    package var depth: Int
    package var timeMilliseconds: Int

    /// - Parameters:
    ///   - bytes: the largest source.
    ///   - nodes: the largest tree.
    ///   - depth: the deepest nesting.
    ///   - timeMilliseconds: the longest parse.
    package init(
        bytes: Int = 4 << 20, nodes: Int = 4_000_000, depth: Int = 2_000,
        timeMilliseconds: Int = 10_000
    ) {
        self.bytes = bytes
        self.nodes = nodes
        self.depth = depth
        self.timeMilliseconds = timeMilliseconds
    }
}

/// Why a source has no tree.
package enum ParseFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLarge(bytes: Int, limit: Int)
    case tooManyNodes(limit: Int)
    case tooDeep(limit: Int)
    case tooSlow(limitMilliseconds: Int)
    /// The linked grammar does not fit the linked core: a build error, never an input's fault.
    case grammarUnusable(SyntaxLanguage)

    package var description: String {
        switch self {
        case .tooLarge(let bytes, let limit):
            "source of \(bytes) bytes is over the limit of \(limit): not parsed"
        case .tooManyNodes(let limit): "syntax tree has more than \(limit) nodes: not read"
        case .tooDeep(let limit): "source nests deeper than \(limit) levels: not read"
        case .tooSlow(let limit): "parsing took more than \(limit) ms: given up"
        case .grammarUnusable(let language):
            "grammar of \(language.rawValue) does not fit the core: run .ci/tree-sitter"
        }
    }
}
