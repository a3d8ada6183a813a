/// Consecutive lines of the base that were replaced by consecutive lines of the head.
///
/// Lines are 1-based; either range may be empty, its lower bound then says where.
package struct LineHunk: Sendable, Equatable {
    package var base: Range<Int>
    package var head: Range<Int>

    package init(base: Range<Int>, head: Range<Int>) {
        self.base = base
        self.head = head
    }
}

/// Line differences in bounded time: patience anchors, then Myers' algorithm (1986) within small
/// regions, then "everything replaced".
///
/// The last step is conservative: it calls kept lines new, so a rule may see too much, never too
/// little.
package enum LineDifference {
    /// Edits that Myers' search may try within one region; its cost is the square of this.
    private static let editLimit = 192

    package static func hunks(from base: FileText?, to head: FileText?) -> [LineHunk] {
        let baseCount = base?.lineCount ?? 0
        let headCount = head?.lineCount ?? 0
        guard let base, let head, baseCount > 0, headCount > 0 else {
            return baseCount + headCount == 0
                ? [] : [LineHunk(base: 1..<(baseCount + 1), head: 1..<(headCount + 1))]
        }
        guard base.bytes != head.bytes else { return [] }
        let kept = base.linesInCommon(with: head)
        var symbols = LineSymbols()
        let old = symbols.intern(base, kept.first + 1..<baseCount - kept.last + 1)
        let new = symbols.intern(head, kept.first + 1..<headCount - kept.last + 1)
        var matcher = Matcher(old: old, new: new)
        matcher.match(old.indices, new.indices)
        return matcher.hunks(after: kept.first)
    }

    /// Gives equal lines equal numbers; `\r` before the newline counts as part of the line.
    private struct LineSymbols {
        private var numbers: [ArraySlice<UInt8>: Int32] = [:]

        mutating func intern(_ text: FileText, _ lines: Range<Int>) -> [Int32] {
            lines.map { number in
                let line = text.bytes[text.range(ofLines: number..<(number + 1))]
                if let known = numbers[line] { return known }
                let symbol = Int32(truncatingIfNeeded: numbers.count)
                numbers[line] = symbol
                return symbol
            }
        }
    }

    private struct Matcher {
        let old: [Int32]
        let new: [Int32]
        var keptOld: [Bool]
        var keptNew: [Bool]

        init(old: [Int32], new: [Int32]) {
            self.old = old
            self.new = new
            keptOld = Array(repeating: false, count: old.count)
            keptNew = Array(repeating: false, count: new.count)
        }

        mutating func match(_ wholeOld: Range<Int>, _ wholeNew: Range<Int>) {
            // An explicit stack: nesting of regions must not become nesting of calls.
            var pending = [(wholeOld, wholeNew)]
            while let (oldRange, newRange) = pending.popLast() {
                let (a, b) = trim(oldRange, newRange)
                if a.isEmpty || b.isEmpty { continue }
                let anchors = uniqueAnchors(a, b)
                if anchors.isEmpty {
                    myers(a, b)
                    continue
                }
                var previous = (a.lowerBound, b.lowerBound)
                for (x, y) in anchors {
                    keptOld[x] = true
                    keptNew[y] = true
                    pending.append((previous.0..<x, previous.1..<y))
                    previous = (x + 1, y + 1)
                }
                pending.append((previous.0..<a.upperBound, previous.1..<b.upperBound))
            }
        }

        private mutating func trim(
            _ oldRange: Range<Int>, _ newRange: Range<Int>
        ) -> (Range<Int>, Range<Int>) {
            var (a, b) = (oldRange, newRange)
            while let x = a.first, let y = b.first, old[x] == new[y] {
                keptOld[x] = true
                keptNew[y] = true
                a = (x + 1)..<a.upperBound
                b = (y + 1)..<b.upperBound
            }
            while let x = a.last, let y = b.last, old[x] == new[y] {
                keptOld[x] = true
                keptNew[y] = true
                a = a.lowerBound..<x
                b = b.lowerBound..<y
            }
            return (a, b)
        }

        /// Lines that occur once on each side, in their longest common order.
        private func uniqueAnchors(_ a: Range<Int>, _ b: Range<Int>) -> [(Int, Int)] {
            var places: [Int32: (count: Int32, index: Int)] = [:]
            for x in a { places[old[x], default: (0, x)].count += 1 }
            var seen: [Int32: Int32] = [:]
            for y in b where places[new[y]]?.count == 1 { seen[new[y], default: 0] += 1 }
            var piles: [Int] = []  // positions in `candidates`, by patience sorting
            var candidates: [(x: Int, y: Int, previous: Int)] = []
            for y in b where seen[new[y]] == 1 {
                guard let x = places[new[y]]?.index else { continue }
                var low = 0
                var high = piles.count
                while low < high {
                    let middle = (low + high) / 2
                    if candidates[piles[middle]].x < x { low = middle + 1 } else { high = middle }
                }
                candidates.append((x, y, low > 0 ? piles[low - 1] : -1))
                if low == piles.count {
                    piles.append(candidates.count - 1)
                } else {
                    piles[low] = candidates.count - 1
                }
            }
            var anchors: [(Int, Int)] = []
            var next = piles.last ?? -1
            while next >= 0 {
                anchors.append((candidates[next].x, candidates[next].y))
                next = candidates[next].previous
            }
            return anchors.reversed()
        }

        private mutating func myers(_ a: Range<Int>, _ b: Range<Int>) {
            let limit = min(editLimit, a.count + b.count)
            var furthest = Array(repeating: 0, count: 2 * limit + 3)
            var trace: [[Int]] = []
            let middle = limit + 1
            for edits in 0...limit {
                trace.append(furthest)
                for diagonal in stride(from: -edits, through: edits, by: 2) {
                    let down =
                        diagonal == -edits
                        || (diagonal != edits
                            && furthest[middle + diagonal - 1] < furthest[middle + diagonal + 1])
                    var x =
                        down
                        ? furthest[middle + diagonal + 1] : furthest[middle + diagonal - 1] + 1
                    var y = x - diagonal
                    while x < a.count, y < b.count, y >= 0,
                        old[a.lowerBound + x] == new[b.lowerBound + y]
                    {
                        x += 1
                        y += 1
                    }
                    furthest[middle + diagonal] = x
                    if x >= a.count, y >= b.count {
                        keep(trace, end: (a.count, b.count), origin: (a, b), middle: middle)
                        return
                    }
                }
            }
        }

        /// Walks the search back and marks the lines on its diagonals as kept.
        private mutating func keep(
            _ trace: [[Int]], end: (Int, Int), origin: (Range<Int>, Range<Int>), middle: Int
        ) {
            var (x, y) = end
            for edits in trace.indices.reversed() {
                let furthest = trace[edits]
                let diagonal = x - y
                let down =
                    diagonal == -edits
                    || (diagonal != edits
                        && furthest[middle + diagonal - 1] < furthest[middle + diagonal + 1])
                let previousDiagonal = down ? diagonal + 1 : diagonal - 1
                let previousX = edits == 0 ? 0 : furthest[middle + previousDiagonal]
                let previousY = edits == 0 ? 0 : previousX - previousDiagonal
                while x > previousX, y > previousY {
                    x -= 1
                    y -= 1
                    keptOld[origin.0.lowerBound + x] = true
                    keptNew[origin.1.lowerBound + y] = true
                }
                (x, y) = (previousX, previousY)
            }
        }

        /// - Parameter kept: lines that stand before those that were matched.
        func hunks(after kept: Int) -> [LineHunk] {
            var result: [LineHunk] = []
            var (x, y) = (0, 0)
            while x < old.count || y < new.count {
                let (startX, startY) = (x, y)
                while x < old.count, !keptOld[x] { x += 1 }
                while y < new.count, !keptNew[y] { y += 1 }
                if x > startX || y > startY {
                    result.append(
                        LineHunk(
                            base: (kept + startX + 1)..<(kept + x + 1),
                            head: (kept + startY + 1)..<(kept + y + 1)))
                }
                while x < old.count, y < new.count, keptOld[x], keptNew[y] {
                    x += 1
                    y += 1
                }
            }
            return result
        }
    }
}
