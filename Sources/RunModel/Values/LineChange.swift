/// A stretch of lines that differ between two versions of a text: `old` was replaced by `new`.
/// Ranges are 0-based line indices; one of them may be empty.
package struct LineChange: Sendable, Equatable {
    package var old: Range<Int>
    package var new: Range<Int>
}

/// The line difference of two texts, after Myers, "An O(ND) Difference Algorithm" (1986).
///
/// Texts that differ in more than `editLimit` lines are one change from the first to the last line
/// that differs: the cost grows with the square of the number of differing lines.
package enum EditScript {
    static let editLimit = 4_000

    /// The changes in order, each as far down as `git diff` shows it.
    package static func changes<Line: Hashable>(
        from old: [Line], to new: [Line]
    ) -> [LineChange] {
        var names: [Line: Int] = [:]
        func intern(_ lines: [Line]) -> [Int] {
            lines.map { line in
                if let name = names[line] { return name }
                names[line] = names.count
                return names.count - 1
            }
        }
        let left = intern(old)
        let right = intern(new)

        var start = 0
        while start < min(left.count, right.count), left[start] == right[start] { start += 1 }
        var leftEnd = left.count
        var rightEnd = right.count
        while leftEnd > start, rightEnd > start, left[leftEnd - 1] == right[rightEnd - 1] {
            leftEnd -= 1
            rightEnd -= 1
        }
        if start == leftEnd, start == rightEnd { return [] }
        let whole = LineChange(old: start..<leftEnd, new: start..<rightEnd)
        if whole.old.isEmpty || whole.new.isEmpty { return [slid(whole, left, right)] }
        guard
            let kept = matches(Array(left[start..<leftEnd]), Array(right[start..<rightEnd]))
        else { return [whole] }

        var changes: [LineChange] = []
        var oldNext = start
        var newNext = start
        for (leftIndex, rightIndex) in kept.map({ ($0 + start, $1 + start) })
            + [(leftEnd, rightEnd)]
        {
            if leftIndex > oldNext || rightIndex > newNext {
                changes.append(LineChange(old: oldNext..<leftIndex, new: newNext..<rightIndex))
            }
            oldNext = leftIndex + 1
            newNext = rightIndex + 1
        }
        return changes.map { slid($0, left, right) }
    }

    /// Pairs of equal lines in order, or `nil` when there are too many differences.
    private static func matches(_ old: [Int], _ new: [Int]) -> [(Int, Int)]? {
        let limit = min(old.count + new.count, editLimit)
        // furthest[k + limit + 1] is the furthest old index reached on diagonal k.
        var furthest = [Int](repeating: 0, count: 2 * limit + 3)
        let centre = limit + 1
        var history: [[Int]] = []
        for edits in 0...limit {
            history.append(Array(furthest[(centre - edits - 1)...(centre + edits + 1)]))
            for diagonal in stride(from: -edits, through: edits, by: 2) {
                let down =
                    diagonal == -edits
                    || (diagonal != edits
                        && furthest[centre + diagonal - 1] < furthest[centre + diagonal + 1])
                var oldIndex =
                    down ? furthest[centre + diagonal + 1] : furthest[centre + diagonal - 1] + 1
                var newIndex = oldIndex - diagonal
                while oldIndex < old.count, newIndex < new.count, newIndex >= 0,
                    old[oldIndex] == new[newIndex]
                {
                    oldIndex += 1
                    newIndex += 1
                }
                furthest[centre + diagonal] = oldIndex
                if oldIndex >= old.count, newIndex >= new.count {
                    return backtrack(history, edits: edits, old: old.count, new: new.count)
                }
            }
        }
        return nil
    }

    private static func backtrack(
        _ history: [[Int]], edits: Int, old: Int, new: Int
    ) -> [(Int, Int)] {
        var pairs: [(Int, Int)] = []
        var oldIndex = old
        var newIndex = new
        for step in stride(from: edits, through: 0, by: -1) {
            let row = history[step]
            func reached(_ diagonal: Int) -> Int { row[diagonal + step + 1] }
            let diagonal = oldIndex - newIndex
            let down =
                diagonal == -step
                || (diagonal != step && reached(diagonal - 1) < reached(diagonal + 1))
            let previousDiagonal = down ? diagonal + 1 : diagonal - 1
            let previousOld = step == 0 ? 0 : reached(previousDiagonal)
            let previousNew = step == 0 ? 0 : previousOld - previousDiagonal
            while oldIndex > previousOld, newIndex > previousNew {
                oldIndex -= 1
                newIndex -= 1
                pairs.append((oldIndex, newIndex))
            }
            oldIndex = previousOld
            newIndex = previousNew
        }
        return pairs.reversed()
    }

    /// Moves a pure insertion or deletion as far down as equal lines allow, as git does, so that
    /// hunks start where a reader of `git diff` expects them.
    private static func slid(_ change: LineChange, _ old: [Int], _ new: [Int]) -> LineChange {
        var change = change
        if change.old.isEmpty {
            while change.new.upperBound < new.count, change.old.lowerBound < old.count,
                new[change.new.lowerBound] == new[change.new.upperBound],
                old[change.old.lowerBound] == new[change.new.upperBound]
            {
                change.new = change.new.lowerBound + 1..<change.new.upperBound + 1
                change.old = change.old.lowerBound + 1..<change.old.upperBound + 1
            }
        } else if change.new.isEmpty {
            while change.old.upperBound < old.count, change.new.lowerBound < new.count,
                old[change.old.lowerBound] == old[change.old.upperBound],
                new[change.new.lowerBound] == old[change.old.upperBound]
            {
                change.old = change.old.lowerBound + 1..<change.old.upperBound + 1
                change.new = change.new.lowerBound + 1..<change.new.upperBound + 1
            }
        }
        return change
    }
}
