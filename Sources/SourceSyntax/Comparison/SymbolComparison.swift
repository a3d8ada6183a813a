/// Which functions and classes a change removed, added and renamed.
package struct SymbolComparison: Sendable {
    package struct Rename: Sendable, Equatable {
        package var before: String
        package var after: String
    }

    /// Names that exist nowhere in the changed files any more, sorted.
    package let removed: [String]
    package let added: [String]
    /// Same body, other name: sorted by the old name.
    package let renames: [Rename]
    /// Functions that are still there with a good part less in them.
    package let reduced: Set<String>

    /// Bodies shorter than this are alike by chance.
    private static let tokensOfARename = 4
    /// Less than a statement with a call, or than a sixth of the body, is an edit.
    private static let tokensOfAReduction = 10
    private static let shareOfAReduction = 6

    package init(base: [[SymbolSummary]], head: [[SymbolSummary]]) {
        let old = base.flatMap { $0 }
        let new = head.flatMap { $0 }
        let oldNames = Set(old.map(\.name))
        let newNames = Set(new.map(\.name))
        var byBody: [UInt64: String] = [:]
        for symbol in new
        where !oldNames.contains(symbol.name) && symbol.bodyTokens >= Self.tokensOfARename {
            byBody[symbol.bodyHash] = byBody[symbol.bodyHash] ?? symbol.name
        }
        var renames: [Rename] = []
        var gone = oldNames.subtracting(newNames)
        for symbol in old
        where gone.contains(symbol.name) && symbol.bodyTokens >= Self.tokensOfARename {
            guard let name = byBody[symbol.bodyHash] else { continue }
            renames.append(Rename(before: symbol.name, after: name))
            gone.remove(symbol.name)
        }
        reduced = Self.reduced(from: old, to: new)
        self.renames = renames.sorted { $0.before < $1.before }
        removed = gone.sorted()
        added = newNames.subtracting(oldNames).subtracting(renames.map(\.after)).sorted()
    }

    private static func reduced(
        from old: [SymbolSummary], to new: [SymbolSummary]
    ) -> Set<String> {
        var left: [String: Int] = [:]
        for symbol in new where symbol.isFunction {
            left[symbol.name, default: 0] += symbol.bodyTokens
        }
        var had: [String: Int] = [:]
        for symbol in old where symbol.isFunction {
            had[symbol.name, default: 0] += symbol.bodyTokens
        }
        return Set(
            had.filter { name, tokens in
                left[name].map {
                    tokens - $0 >= max(tokensOfAReduction, tokens / shareOfAReduction)
                } ?? false
            }.keys)
    }
}
