/// Finds for each test of the base the test of the head that it became.
struct TestMatching {
    struct Located: Sendable {
        var path: String
        var test: TestCase
    }
    struct Pair: Sendable {
        var base: Located
        var head: Located
    }

    private(set) var pairs: [Pair] = []
    private(set) var lost: [Located] = []
    private(set) var added: [Located] = []

    /// Likeness from which a test with another name counts as the same.
    private static let renameLikeness = 0.6
    private static let moveLikeness = 0.4
    /// Pairs of unmatched tests that are compared at the most.
    private static let comparisonLimit = 40_000

    init(base: [TestCensus], head: [TestCensus], renames: [String: String]) {
        var left = base.flatMap { census in
            census.tests.map { Located(path: census.path, test: $0) }
        }
        var right = head.flatMap { census in
            census.tests.map { Located(path: census.path, test: $0) }
        }
        match(&left, &right) { base, head in
            (renames[base.path] ?? base.path) == head.path
                && base.test.identifier == head.test.identifier
        }
        matchByKey(&left, &right) { "\($0.test.name)|\($0.test.bodyHash)" }
        matchByKey(&left, &right) { "\($0.test.bodyHash)" }
        matchBest(&left, &right, atLeast: Self.moveLikeness) { $0.test.name == $1.test.name }
        matchBest(&left, &right, atLeast: Self.renameLikeness) { base, head in
            (renames[base.path] ?? base.path) == head.path
        }
        matchBest(&left, &right, atLeast: 0.85) { _, _ in true }
        lost = left
        added = right
    }

    private mutating func match(
        _ left: inout [Located], _ right: inout [Located], by isPair: (Located, Located) -> Bool
    ) {
        // Identifier first: a table instead of a product.
        var table: [String: [Int]] = [:]
        for (index, located) in right.enumerated() {
            table[located.test.identifier, default: []].append(index)
        }
        var used: Set<Int> = []
        var rest: [Located] = []
        for base in left {
            let candidates = (table[base.test.identifier] ?? []).filter {
                !used.contains($0) && isPair(base, right[$0])
            }
            // Twins of one name: the likest.
            let best =
                candidates.first { right[$0].test.bodyHash == base.test.bodyHash }
                ?? candidates.first
            if let best {
                used.insert(best)
                pairs.append(Pair(base: base, head: right[best]))
            } else {
                rest.append(base)
            }
        }
        left = rest
        right = right.enumerated().filter { !used.contains($0.offset) }.map(\.element)
    }

    private mutating func matchByKey(
        _ left: inout [Located], _ right: inout [Located], key: (Located) -> String
    ) {
        var table: [String: [Int]] = [:]
        for (index, located) in right.enumerated() where located.test.bodyTokens > 2 {
            table[key(located), default: []].append(index)
        }
        var used: Set<Int> = []
        var rest: [Located] = []
        for base in left {
            if base.test.bodyTokens > 2, var candidates = table[key(base)], !candidates.isEmpty {
                let index = candidates.removeFirst()
                table[key(base)] = candidates
                used.insert(index)
                pairs.append(Pair(base: base, head: right[index]))
            } else {
                rest.append(base)
            }
        }
        left = rest
        right = right.enumerated().filter { !used.contains($0.offset) }.map(\.element)
    }

    private mutating func matchBest(
        _ left: inout [Located], _ right: inout [Located], atLeast threshold: Double,
        where isCandidate: (Located, Located) -> Bool
    ) {
        guard left.count * right.count <= Self.comparisonLimit else { return }
        var scored: [(likeness: Double, base: Int, head: Int)] = []
        for (baseIndex, base) in left.enumerated() {
            for (headIndex, head) in right.enumerated() where isCandidate(base, head) {
                let likeness = base.test.likeness(to: head.test)
                if likeness >= threshold { scored.append((likeness, baseIndex, headIndex)) }
            }
        }
        scored.sort { ($1.likeness, $0.base, $0.head) < ($0.likeness, $1.base, $1.head) }
        var usedBase: Set<Int> = []
        var usedHead: Set<Int> = []
        for entry in scored where !usedBase.contains(entry.base) && !usedHead.contains(entry.head) {
            usedBase.insert(entry.base)
            usedHead.insert(entry.head)
            pairs.append(Pair(base: left[entry.base], head: right[entry.head]))
        }
        left = left.enumerated().filter { !usedBase.contains($0.offset) }.map(\.element)
        right = right.enumerated().filter { !usedHead.contains($0.offset) }.map(\.element)
    }
}
