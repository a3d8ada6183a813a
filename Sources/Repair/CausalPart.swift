internal import RunModel

/// Changed lines of one causal hunk that can be taken back by themselves.
struct CausalPart {
    /// Index of its hunk.
    var hunk: Int
    /// Indices into the hunk's own lines.
    var lines: Range<Int>
    var unit: CulpritUnits.Unit
    /// Names that its lines give a value to.
    var assigned: Set<String>

    static func parts(
        of hunk: TriageReport.Hunk, at index: Int, changedWords: Set<String>
    ) -> [CausalPart] {
        guard LineHunk(hunk) != nil else { return [] }
        var ranges: [Range<Int>] = []
        // Comments and white space go with the code below them, or else above.
        var pending: Int?
        for run in runs(of: hunk.lines) {
            let range = (pending ?? run.lowerBound)..<run.upperBound
            if hunk.lines[run].contains(where: { isChange($0) && isCode($0.dropFirst()) }) {
                ranges.append(range)
                pending = nil
            } else {
                pending = range.lowerBound
            }
        }
        if let pending {
            let start = ranges.popLast()?.lowerBound ?? pending
            ranges.append(start..<hunk.lines.count)
        }
        return ranges.map { CausalPart(hunk, index, $0, changedWords) }
    }

    private init(
        _ hunk: TriageReport.Hunk, _ index: Int, _ range: Range<Int>, _ changedWords: Set<String>
    ) {
        self.hunk = index
        lines = range
        let newSide = hunk.lines.map { $0.first == "-" || $0.first == "\\" ? nil : $0.dropFirst() }
        let changed = hunk.lines[range].filter(Self.isChange)
        let texts = changed.map { String($0.dropFirst()) }
        let own = LineHunk(
            newStart: newSide[..<range.lowerBound].count { $0 != nil },
            lines: changed.map { line in
                let text = String(line.dropFirst())
                return line.first == "+" ? .added(text) : .removed(text)
            })
        let code = texts.filter { Self.isCode($0[...]) }
        let outermost = code.min { Self.indentation($0) < Self.indentation($1) }
        unit = CulpritUnits.Unit(
            path: hunk.path, hunk: own,
            symbol: outermost.flatMap(Self.definedScope)
                ?? CulpritUnits.enclosing(own, in: newSide.compactMap { $0.map(String.init) }),
            defines: Set(texts.compactMap(RenameDetection.definedName)), lines: texts,
            changedWords: Set(code.flatMap(Identifiers.words)).intersection(changedWords)
                // That both say 2 now ties nothing together.
                .filter { $0.first?.isNumber == false })
        assigned = Set(code.flatMap(Self.assignedNames))
    }

    /// Whether one without the other would be neither the old code nor the new.
    func belongs(with other: CausalPart) -> Bool {
        if CulpritUnits.belong(unit, other.unit) { return true }
        guard hunk == other.hunk, unit.symbol == other.unit.symbol else { return false }
        func words(_ part: CausalPart) -> Set<String> {
            Set(part.unit.lines.flatMap(Identifiers.words))
        }
        return !assigned.isDisjoint(with: words(other))
            || !other.assigned.isDisjoint(with: words(self))
    }
}

// MARK: Lines

extension CausalPart {
    private static func isChange(_ line: String) -> Bool { line.first == "+" || line.first == "-" }

    private static func indentation(_ line: some StringProtocol) -> Int {
        line.prefix { $0 == " " || $0 == "\t" }.count
    }

    /// Neither blank nor a comment by itself.
    private static func isCode(_ line: Substring) -> Bool {
        let text = line.drop { $0 == " " || $0 == "\t" }
        let comments = ["//", "/*", "*/", "* ", "# ", "<!--"]
        return !text.isEmpty && text != "#" && text != "*"
            && !comments.contains(where: text.hasPrefix)
    }

    /// Lines that changed without a line between them that did not, a new definition behind other
    /// changes apart.
    private static func runs(of lines: [String]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start: Int?
        for (index, line) in lines.enumerated() {
            if line.first == "\\" { continue }
            guard isChange(line) else {
                if let first = start { runs += split(first..<index, of: lines) }
                start = nil
                continue
            }
            start = start ?? index
        }
        if let first = start { runs += split(first..<lines.count, of: lines) }
        return runs
    }

    /// A definition that was added below a blank line, no further right than what stands above it,
    /// begins a part of its own, unless it takes the place of one that went.
    private static func split(_ run: Range<Int>, of lines: [String]) -> [Range<Int>] {
        let removed = Set(
            lines[run].filter { $0.first == "-" }
                .compactMap { RenameDetection.definedName(String($0.dropFirst())) })
        var ranges: [Range<Int>] = []
        var start = run.lowerBound
        var outermost = Int.max
        // The first of the blank lines right above, which go with what is below them.
        var blank: Int?
        for index in run where isChange(lines[index]) {
            let text = lines[index].dropFirst()
            guard isCode(text) else {
                let isBlank = lines[index].first == "+" && text.allSatisfy(\.isWhitespace)
                blank = isBlank ? blank ?? index : blank
                continue
            }
            let own = indentation(text)
            if let above = blank, above > start, own <= outermost, outermost != .max,
                let name = definition(from: index, in: lines[run]), !removed.contains(name)
            {
                ranges.append(start..<above)
                start = above
                outermost = .max
            }
            blank = nil
            outermost = min(outermost, own)
        }
        return ranges + [start..<run.upperBound]
    }

    /// What the line or, below decorators and attributes, the next one defines.
    private static func definition(from start: Int, in lines: ArraySlice<String>) -> String? {
        for line in lines[start...] where line.first == "+" {
            let text = line.dropFirst().drop { $0 == " " || $0 == "\t" }
            if text.first == "@" || text.hasPrefix("#[") { continue }
            return definedScope(String(line.dropFirst()))
        }
        return nil
    }

    /// The name of a function, type or value that the line defines; of no local variable.
    private static func definedScope(_ line: String) -> String? {
        let variables: Set<String> = ["const", "let", "val", "var"]
        let first = Identifiers.words(of: line).first(where: RenameDetection.definers.contains)
        let isLocal = indentation(line) > 0 && first.map(variables.contains) ?? true
        return isLocal ? nil : RenameDetection.definedName(line)
    }

    /// `x` of `let x = 1`, `x += 1`, `x, y := f()` and `self.x = 1`.
    private static func assignedNames(_ line: String) -> [String] {
        guard let equals = line.firstIndex(of: "="), equals != line.startIndex else { return [] }
        let after = line[line.index(after: equals)...].first
        let before = line[line.index(before: equals)]
        guard after != "=", after != ">", after != "~", !"!<>=".contains(before) else { return [] }
        let target = line[..<equals].split(separator: ":", maxSplits: 1).first.map(String.init)
        return (target ?? "").split(separator: ",").compactMap {
            $0.contains("(") ? nil : Identifiers.words(of: String($0)).last
        }
    }
}
