/// What a change did to the tests of all changed files together.
package struct TestComparison: Sendable {
    /// Ordered by path, line and kind.
    package let changes: [TestChange]
    package let baseTests: Int
    package let headTests: Int
    package let baseAssertions: Int
    package let headAssertions: Int

    /// - Parameters:
    ///   - base: censuses of the changed files before.
    ///   - head: censuses of the changed files after.
    ///   - renames: base path to head path.
    ///   - removedSymbols: names that the change removed from the code under test.
    ///   - keptFunctions: functions that it still has, in the files that it lost those from.
    ///   - reducedFunctions: those of them that lost a good part of what they did.
    package init(
        base: [TestCensus], head: [TestCensus], renames: [String: String] = [:],
        removedSymbols: Set<String> = [], keptFunctions: Set<String> = [],
        reducedFunctions: Set<String> = []
    ) {
        var builder = TestComparisonBuilder(
            base: base, head: head, renames: renames, removed: removedSymbols,
            kept: keptFunctions, reduced: reducedFunctions)
        builder.run()
        changes = builder.changes.sorted {
            ($0.path, $0.line, $0.kind.rawValue, $0.before) < (
                $1.path, $1.line, $1.kind.rawValue, $1.before
            )
        }
        baseTests = base.reduce(0) { $0 + $1.tests.count }
        headTests = head.reduce(0) { $0 + $1.tests.count }
        baseAssertions = base.reduce(0) { $0 + $1.tests.reduce(0) { $0 + $1.assertions.count } }
        headAssertions = head.reduce(0) { $0 + $1.tests.reduce(0) { $0 + $1.assertions.count } }
    }
}

/// Compares the censuses of all changed files; `TestComparison` is its result.
struct TestComparisonBuilder {
    let base: [TestCensus]
    let head: [TestCensus]
    let matching: TestMatching
    let renames: [String: String]
    let removedHashes: [UInt64: String]
    /// Functions that are still there and that no test of the changed files names any more.
    let untestedHashes: [UInt64: String]
    /// Functions that lost a good part of what they did and that tests still name.
    let reducedHashes: [UInt64: String]
    let hollowHelpers: Set<String>
    /// Bodies of base tests that are still there.
    let keptBodies: Set<UInt64>
    let undiscoveredByBody: [UInt64: TestReference]
    var changes: [TestChange] = []
    /// Looks at candidates that are left; beyond it a lost test counts as deleted.
    var budget = 200_000
    /// Signatures that new tests and other files gained.
    var gained: [String: Int] = [:]
    /// Assertions that helpers gained, by head path.
    var spareHelpers: [String: Int] = [:]

    init(
        base: [TestCensus], head: [TestCensus], renames: [String: String], removed: Set<String>,
        kept: Set<String>, reduced: Set<String>
    ) {
        self.base = base
        self.head = head
        self.renames = renames
        matching = TestMatching(base: base, head: head, renames: renames)
        removedHashes = Dictionary(
            removed.filter { $0.utf8.count >= 3 }.map { (TokenHash.of($0), $0) },
            uniquingKeysWith: { first, _ in first })
        let stillTested = Set(head.flatMap { $0.tests.flatMap(\.fingerprint) })
        untestedHashes = Dictionary(
            kept.subtracting(removed).filter { $0.utf8.count >= 5 }.compactMap { name in
                let hash = TokenHash.of(name)
                return stillTested.contains(hash) ? nil : (hash, name)
            }, uniquingKeysWith: { first, _ in first })
        reducedHashes = Dictionary(
            reduced.filter { $0.utf8.count >= 4 }.compactMap { name in
                let hash = TokenHash.of(name)
                return stillTested.contains(hash) ? (hash, name) : nil
            }, uniquingKeysWith: { first, _ in first })
        hollowHelpers = Set(head.flatMap { $0.symbols.filter(\.isHollow).map(\.name) })
        keptBodies = Set(matching.pairs.map(\.base.test.bodyHash))
        undiscoveredByBody = Dictionary(
            head.flatMap { census in
                census.undiscovered.map {
                    (
                        $0.bodyHash,
                        TestReference(path: census.path, identifier: $0.name, line: $0.line)
                    )
                }
            }, uniquingKeysWith: { first, _ in first })
    }

    mutating func run() {
        for added in matching.added {
            for assertion in added.test.assertions { gained[assertion.signature, default: 0] += 1 }
        }
        for pair in matching.pairs where pair.base.test.bodyHash != pair.head.test.bodyHash {
            let known = Set(pair.base.test.assertions.map(\.signature))
            for assertion in pair.head.test.assertions where !known.contains(assertion.signature) {
                gained[assertion.signature, default: 0] += 1
            }
        }
        for census in head {
            let before = base.first { (renames[$0.path] ?? $0.path) == census.path }
            if before == nil {
                for assertion in census.looseAssertions {
                    gained[assertion.signature, default: 0] += 1
                }
            }
            let growth = census.looseAssertions.count - (before?.looseAssertions.count ?? 0)
            if growth > 0 { spareHelpers[census.path] = growth }
        }
        for pair in matching.pairs { compare(pair) }
        for census in head { compareHelpers(census) }
        lose()
        hide()
    }

    // MARK: Tests that went

    private mutating func lose() {
        var rows = rowCandidates()
        for lost in matching.lost {
            let kind = fate(of: lost, &rows)
            guard let kind else { continue }
            changes.append(
                TestChange(
                    kind: kind.kind, base: reference(lost), head: kind.head, before: lost.test.name,
                    after: kind.detail, line: kind.head?.line ?? lost.test.line))
        }
    }

    private struct Rows {
        var located: TestMatching.Located
        var spare: Int
    }

    /// Parametrised tests of the head with more rows than before.
    private func rowCandidates() -> [Rows] {
        var rows = matching.added.compactMap { located in
            located.test.parameterCases.map { Rows(located: located, spare: $0) }
        }
        for pair in matching.pairs {
            let growth = (pair.head.test.parameterCases ?? 1) - (pair.base.test.parameterCases ?? 1)
            if growth > 0 { rows.append(Rows(located: pair.head, spare: growth)) }
        }
        return rows
    }

    private mutating func fate(
        of lost: TestMatching.Located, _ rows: inout [Rows]
    ) -> (kind: TestChange.Kind, head: TestReference?, detail: String)? {
        let path = renames[lost.path] ?? lost.path
        if lost.test.isDisabled, lost.test.markers.contains(where: { $0.kind == .skip }) {
            // It never ran: taking it out changes no result.
            return (.merged, nil, "was skipped")
        }
        // A twin with the same body is still there.
        if matching.pairs.contains(where: {
            $0.base.test.bodyHash == lost.test.bodyHash && $0.base.test.bodyTokens > 2
        }) {
            return (.merged, nil, "its twin stays")
        }
        if let found = undiscovered(lost, at: path) {
            return (.undiscovered, found, "\(found.path): \(found.identifier)")
        }
        for index in rows.indices where rows[index].spare > 0 {
            guard budget > 0 else { break }
            budget -= 1
            let target = rows[index].located
            let coverage = Self.coverage(of: lost.test.literals, in: target.test.literals)
            let isNear = target.path == path
            guard
                coverage >= (isNear ? 0.5 : 0.8)
                    || (isNear && lost.test.likeness(to: target.test) >= 0.4)
            else { continue }
            rows[index].spare -= max(1, lost.test.parameterCases ?? 1)
            return (.merged, reference(target), "row of \(target.test.name)")
        }
        if let index = rows.indices.first(where: {
            rows[$0].spare > 0 && rows[$0].located.path == path
        }), lost.test.parameterCases == nil {
            rows[index].spare -= 1
            return (.replacedByRows, reference(rows[index].located), rows[index].located.test.name)
        }
        // Its assertions live on in another test.
        let signatures = lost.test.assertions.map(\.signature)
        if !signatures.isEmpty, signatures.allSatisfy({ (gained[$0] ?? 0) > 0 }) {
            for signature in signatures { gained[signature, default: 0] -= 1 }
            return (.merged, nil, "its assertions moved")
        }
        guard
            let subject = Self.first(lost.test.fingerprint, in: removedHashes)
                ?? Self.first(lost.test.fingerprint, in: reducedHashes)
        else { return (.deleted, nil, "") }
        // What it also tested is still there, and nothing tests it now. Where the whole file went,
        // files that did not change may test it.
        if head.contains(where: { $0.path == path }),
            let left = Self.first(lost.test.fingerprint, in: untestedHashes)
        {
            return (.deleted, nil, left)
        }
        return (.deletedWithSubject, nil, subject)
    }

    private static func first(_ hashes: [UInt64], in names: [UInt64: String]) -> String? {
        for hash in hashes {
            if let name = names[hash] { return name }
        }
        return nil
    }

    /// The function that has the body or the name of a lost test, but that no runner finds.
    private mutating func undiscovered(
        _ lost: TestMatching.Located, at path: String
    ) -> TestReference? {
        if lost.test.bodyTokens > 2, let found = undiscoveredByBody[lost.test.bodyHash] {
            return found
        }
        for census in head where census.path == path {
            for symbol in census.undiscovered {
                guard budget > 0 else { return nil }
                budget -= 1
                if symbol.name == lost.test.name || Self.isDisguise(symbol.name, of: lost.test.name)
                {
                    return TestReference(
                        path: path, identifier: symbol.name, line: symbol.line)
                }
            }
        }
        return nil
    }

    /// `_test_x`, `xtest_x`, `disabled_test_x`, `tst_x` for `test_x`.
    private static func isDisguise(_ name: String, of test: String) -> Bool {
        guard name != test else { return false }
        let lower = name.lowercased()
        let plain = test.lowercased()
        guard plain.count > 6 else { return false }
        return lower.hasSuffix(plain) || lower.hasPrefix(plain) && lower.count <= plain.count + 10
            || plain.hasPrefix("test") && lower.hasSuffix(plain.dropFirst(4)) && plain.count > 10
    }

    private static func coverage(of literals: [String], in others: [String]) -> Double {
        guard !literals.isEmpty else { return 0 }
        let pool = Set(others)
        return Double(literals.count { pool.contains($0) }) / Double(literals.count)
    }
}
