internal import RunModel

/// The changed lines of causal hunks, in groups of those that belong together.
///
/// A hunk of triage has three lines of context and ends where nothing changed for six: what somebody
/// wrote next to the mistake is in it too. What belongs together is never torn apart, even where the
/// tests would pass: they do not see everything.
struct CausalLines {
    private let hunks: [TriageReport.Hunk]
    private let parts: [CausalPart]
    /// Indices of `parts`.
    private let groups: [[Int]]

    /// - Parameter changedWords: words that the culprit brought into a file or took from it, by path.
    init(_ hunks: [TriageReport.Hunk], changedWords: [String: Set<String>]) {
        self.hunks = hunks
        parts = hunks.enumerated().flatMap { index, hunk in
            CausalPart.parts(of: hunk, at: index, changedWords: changedWords[hunk.path] ?? [])
        }
        groups = Self.groups(of: parts)
    }

    /// - Parameter hunks: of the problem's triage.
    init(
        _ hunks: [TriageReport.Hunk], of problem: RepairProblem, _ tools: RepairTools
    ) async throws {
        var changedWords: [String: Set<String>] = [:]
        if let good = problem.goodTree, let culprit = problem.culpritTree {
            for path in Set(hunks.map(\.path)) {
                let old = try await tools.text(of: path, inTree: good)
                let new = try await tools.text(of: path, inTree: culprit)
                changedWords[path] = CulpritUnits.changedWords(old?.lines ?? [], new?.lines ?? [])
            }
        }
        self.init(hunks, changedWords: changedWords)
    }

    /// The hunks with as few groups of changes as still cure; what need not go back stands in them
    /// as context.
    ///
    /// - Parameter cures: whether the tests pass without these changes.
    func minimal(
        probeLimit: Int, cures: ([TriageReport.Hunk]) async throws -> Bool
    ) async throws -> [TriageReport.Hunk] {
        // Triage showed that each hunk is needed.
        let isDivisible = hunks.indices.contains { hunk in
            groups.count { $0.contains { parts[$0].hunk == hunk } } > 1
        }
        guard isDivisible else { return hunks }
        var search = DeltaDebugging(probeLimit: probeLimit)
        search.begin(Array(groups.indices))
        while let subset = search.next() {
            search.record(try await cures(reverting(subset)) ? .cured : .stillFailing)
        }
        return reverting(search.outcome.units)
    }

    private func reverting(_ chosen: [Int]) -> [TriageReport.Hunk] {
        let reverted = Set(chosen.flatMap { groups[$0] })
        return hunks.enumerated().compactMap { index, hunk in
            let own = parts.indices.filter { parts[$0].hunk == index }
            // A whole file.
            guard !own.isEmpty else { return hunk }
            if reverted.isDisjoint(with: own) { return nil }
            var hunk = hunk
            for part in own.reversed() where !reverted.contains(part) {
                let range = parts[part].lines
                hunk.lines.replaceSubrange(range, with: Self.asContext(hunk.lines[range]))
            }
            return hunk
        }
    }

    /// Lines of a unified diff as they stand in the new file.
    private static func asContext(_ lines: ArraySlice<String>) -> [String] {
        var kept: [String] = []
        var isKept = false
        for line in lines {
            // "No newline at end of file" is said of the line before.
            if line.first != "\\" { isKept = line.first != "-" }
            guard isKept else { continue }
            kept.append(line.first == "+" ? " " + line.dropFirst() : line)
        }
        return kept
    }

    private static func groups(of parts: [CausalPart]) -> [[Int]] {
        var groups: [[Int]] = []
        for index in parts.indices {
            func belongs(_ group: [Int]) -> Bool {
                group.contains { parts[$0].belongs(with: parts[index]) }
            }
            let joined = groups.filter(belongs).flatMap(\.self) + [index]
            groups = groups.filter { !belongs($0) } + [joined.sorted()]
        }
        return groups
    }
}
