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

    /// Bodies shorter than this are alike by chance.
    private static let tokensOfARename = 4

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
        self.renames = renames.sorted { $0.before < $1.before }
        removed = gone.sorted()
        added = newNames.subtracting(oldNames).subtracting(renames.map(\.after)).sorted()
    }
}
