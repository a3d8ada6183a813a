internal import RunModel

/// What a culprit changed, in parts that can be taken back by themselves, and which of them belong
/// together.
struct CulpritUnits {
    /// A run of changed lines; of what has no lines, and of what must not be halved, the whole file.
    struct Unit {
        var path: String
        var hunk: LineHunk?
        /// The innermost definition around it; `nil` at the file's own level.
        var symbol: String?
        /// Names that its lines define, before or after.
        var defines: Set<String> = []
        /// Its changed lines, before and after.
        var lines: [String] = []
        /// Words that the culprit brought into its file or took from it, of this unit's lines.
        var changedWords: Set<String> = []
    }

    let units: [Unit]

    /// Those of the problem's culprit that may be edited.
    init(of problem: RepairProblem, _ tools: RepairTools) async throws {
        guard let good = problem.goodTree, let culprit = problem.culpritTree else {
            units = []
            return
        }
        let paths = Set(
            try await tools.trees.difference(from: good, to: culprit)
                .flatMap { [$0.old?.path, $0.new?.path].compactMap(\.self) }
                .filter(problem.scope.permits))
        var units: [Unit] = []
        for path in paths.sorted() {
            let old = try await tools.text(of: path, inTree: good)
            let new = try await tools.text(of: path, inTree: culprit)
            units += Self.units(
                path, old?.lines ?? [], new?.lines ?? [], isWhole: old == nil || new == nil)
        }
        self.units = units
    }

    private static func units(
        _ path: String, _ old: [String], _ new: [String], isWhole: Bool
    ) -> [Unit] {
        let changed = changedWords(old, new)
        let hunks = LineHunk.hunks(from: old, to: new)
        func unit(_ hunk: LineHunk?, _ lines: [String]) -> Unit {
            let words = Set(lines.flatMap(Identifiers.words))
            return Unit(
                path: path, hunk: hunk, symbol: hunk.flatMap { enclosing($0, in: new) },
                defines: Set(lines.compactMap(RenameDetection.definedName)), lines: lines,
                changedWords: words.intersection(changed))
        }
        guard !isWhole, !PartialRevertFixer.isIndivisible(path), !hunks.isEmpty else {
            return [unit(nil, hunks.flatMap { $0.removed + $0.added })]
        }
        return hunks.map { unit($0, $0.removed + $0.added) }
    }

    /// Words that only one side has.
    static func changedWords(_ old: [String], _ new: [String]) -> Set<String> {
        Set(old.flatMap(Identifiers.words)).symmetricDifference(new.flatMap(Identifiers.words))
    }

    /// The name of the nearest line above that defines one and stands further left.
    static func enclosing(_ hunk: LineHunk, in lines: [String]) -> String? {
        func indentation(_ line: String) -> Int { line.prefix { $0 == " " || $0 == "\t" }.count }
        let own = (hunk.added + hunk.removed).filter { $0.contains { !$0.isWhitespace } }
            .map(indentation).min()
        guard let own, own > 0 else { return nil }
        return lines[..<min(hunk.newStart, lines.count)].last { line in
            indentation(line) < own && RenameDetection.definedName(line) != nil
        }.flatMap(RenameDetection.definedName)
    }

    /// The units that hunks of triage touch.
    func touched(by hunks: [TriageReport.Hunk]) -> Set<Int> {
        var found: Set<Int> = []
        for hunk in hunks {
            let lines = LineHunk(hunk)?.changedRange
            for (index, unit) in units.enumerated() where unit.path == hunk.path {
                guard let lines, let own = unit.hunk?.changedRange else {
                    found.insert(index)
                    continue
                }
                if own.overlaps(lines) { found.insert(index) }
            }
        }
        return found
    }

    /// Sets of units that belong together with `seed`, the smaller first: those of the causal hunks
    /// as a whole, of the same symbols, with what they define and use, with their whole files, and
    /// both. None is `seed` itself, and none is all there is: that is a revert in full.
    func grown(from seed: Set<Int>, within hunks: Set<Int>) -> [Set<Int>] {
        let bySymbol = seed.union(
            units.indices.filter { index in
                seed.contains { other in
                    units[other].path == units[index].path && units[other].symbol != nil
                        && units[other].symbol == units[index].symbol
                }
            })
        let paths = Set(seed.map { units[$0].path })
        let byFile = seed.union(units.indices.filter { paths.contains(units[$0].path) })
        var sets: [Set<Int>] = []
        for set in [
            hunks.union(seed), bySymbol, closure(of: bySymbol), byFile, closure(of: byFile),
        ]
        where set != seed && set.count < units.count && !sets.contains(set) {
            sets.append(set)
        }
        return sets.enumerated().sorted {
            ($0.element.count, $0.offset) < ($1.element.count, $1.offset)
        }
        .map(\.element)
    }

    /// With all units that define what these use or use what these define, and so on.
    private func closure(of seed: Set<Int>) -> Set<Int> {
        var closed = seed
        while true {
            let next = units.indices.filter { index in
                !closed.contains(index) && closed.contains { Self.belong(units[$0], units[index]) }
            }
            guard !next.isEmpty else { return closed }
            closed.formUnion(next)
        }
    }

    /// Whether they share words that the culprit changed, or one uses what the other defines.
    static func belong(_ one: Unit, _ other: Unit) -> Bool {
        !one.changedWords.isDisjoint(with: other.changedWords)
            || uses(other, one.defines) || uses(one, other.defines)
    }

    /// Whether the code of a unit has one of these names; what strings and comments say is no use.
    private static func uses(_ unit: Unit, _ names: Set<String>) -> Bool {
        names.contains { name in
            unit.lines.contains { Identifiers.replace(name, by: "", in: $0) != $0 }
        }
    }
}

extension LineHunk {
    /// From the first to the last changed line of the new side; where only lines went, the place.
    var changedRange: ClosedRange<Int> {
        var (line, first, last) = (newStart, Int?.none, newStart)
        for entry in lines {
            switch entry {
            case .context: line += 1
            case .removed:
                first = first ?? line
                last = max(last, line)
            case .added:
                first = first ?? line
                last = max(last, line)
                line += 1
            }
        }
        return (first ?? newStart)...max(first ?? newStart, last)
    }
}
