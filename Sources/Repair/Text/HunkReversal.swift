/// Takes hunks back out of a file that may have changed since.
package enum HunkReversal {
    /// A hunk's lines are no longer there, or are there twice equally near.
    package struct Conflict: Error, Sendable, Equatable, CustomStringConvertible {
        package var hunk: LineHunk
        package var reason: String

        package var description: String {
            "the hunk at line \(hunk.newStart + 1) \(reason)"
        }
    }

    /// The text without the hunks. Later lines first, so that line numbers hold.
    package static func revert(
        _ hunks: [LineHunk], in text: SourceText
    ) throws(Conflict) -> SourceText {
        var result = text
        for hunk in hunks.sorted(by: { $0.newStart > $1.newStart }) {
            let wanted = hunk.newSide
            let start = try position(of: wanted, near: hunk, in: result.lines)
            let touchesEnd = start + wanted.count == result.lines.count
            result.lines.replaceSubrange(start..<(start + wanted.count), with: hunk.oldSide)
            if touchesEnd {
                if hunk.oldLacksNewline {
                    result.endsWithNewline = false
                } else if hunk.newLacksNewline {
                    result.endsWithNewline = true
                }
            }
        }
        return result
    }

    private static func position(
        of wanted: [String], near hunk: LineHunk, in lines: [String]
    ) throws(Conflict) -> Int {
        // Nothing to look for: the place is all there is.
        if wanted.isEmpty { return min(hunk.newStart, lines.count) }
        guard wanted.count <= lines.count else {
            throw Conflict(hunk: hunk, reason: "is longer than the file is now")
        }
        let expected = min(hunk.newStart, lines.count - wanted.count)
        for distance in 0...lines.count {
            let candidates = Set([expected - distance, expected + distance]).filter { start in
                start >= 0 && start + wanted.count <= lines.count
                    && lines[start..<(start + wanted.count)].elementsEqual(wanted)
            }
            if candidates.count == 2 {
                throw Conflict(hunk: hunk, reason: "could stand in two places")
            }
            if let start = candidates.first { return start }
        }
        // An earlier attempt's tree, where it repaired something, is what the next one begins with.
        let old = hunk.oldSide
        let isBack =
            !old.isEmpty && hunk.newStart + old.count <= lines.count
            && lines[hunk.newStart..<(hunk.newStart + old.count)].elementsEqual(old)
        throw Conflict(
            hunk: hunk,
            reason: isBack ? "is taken back already" : "was changed by a later commit")
    }
}
