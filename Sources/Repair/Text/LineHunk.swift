package import RunModel

/// One hunk of a line difference, with as much context as it was given.
package struct LineHunk: Sendable, Equatable {
    package enum Line: Sendable, Equatable {
        case context(String)
        case removed(String)
        case added(String)
    }

    /// 0-based index in the new file of the hunk's first line; of an empty new side, where it
    /// would be.
    package var newStart: Int
    package var lines: [Line]
    /// Whether the old, the new file ended without a line feed within this hunk.
    package var oldLacksNewline = false
    package var newLacksNewline = false

    package init(newStart: Int, lines: [Line]) {
        self.newStart = newStart
        self.lines = lines
    }

    /// Reads the lines of a unified diff (POSIX diff, section "Diff -u Output Format").
    ///
    /// `nil` for what has no line numbers: whole files, binary ones, changed modes.
    package init?(_ hunk: TriageReport.Hunk) {
        guard hunk.header.hasPrefix("@@"),
            let plus = hunk.header.firstIndex(of: "+"),
            let range = hunk.header[hunk.header.index(after: plus)...]
                .split(separator: " ", maxSplits: 1).first
        else { return nil }
        let numbers = range.split(separator: ",").map { Int($0) }
        guard let start = numbers.first ?? nil else { return nil }
        let count = numbers.count > 1 ? (numbers[1] ?? 1) : 1
        newStart = count == 0 ? start : max(0, start - 1)
        lines = []
        for line in hunk.lines {
            let text = String(line.dropFirst())
            switch line.first {
            case "+": lines.append(.added(text))
            case "-": lines.append(.removed(text))
            case "\\":
                switch lines.last {
                case .removed: oldLacksNewline = true
                case .added: newLacksNewline = true
                default: (oldLacksNewline, newLacksNewline) = (true, true)
                }
            // Some programs strip the blank of an empty context line.
            default: lines.append(.context(text))
            }
        }
    }

    package var oldSide: [String] {
        lines.compactMap { line in
            switch line {
            case .context(let text), .removed(let text): text
            case .added: nil
            }
        }
    }

    package var newSide: [String] {
        lines.compactMap { line in
            switch line {
            case .context(let text), .added(let text): text
            case .removed: nil
            }
        }
    }

    package var removed: [String] {
        lines.compactMap { if case .removed(let text) = $0 { text } else { nil } }
    }

    package var added: [String] {
        lines.compactMap { if case .added(let text) = $0 { text } else { nil } }
    }
}

extension LineHunk {
    /// What turns `old` into `new`, without context.
    package static func hunks(from old: [String], to new: [String]) -> [LineHunk] {
        EditScript.changes(from: old, to: new).map { change in
            LineHunk(
                newStart: change.new.lowerBound,
                lines: old[change.old].map(Line.removed) + new[change.new].map(Line.added))
        }
    }
}
