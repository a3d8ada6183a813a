import Guardrails
import TestSupport
import Testing

@Suite("Line differences")
struct LineDifferenceTests {
    @Test("unchanged text has no hunk")
    func equal() {
        #expect(LineDifference.hunks(from: FileText("a\nb\n"), to: FileText("a\nb\n")).isEmpty)
    }

    @Test("a new file is one hunk, an empty one none")
    func newFile() {
        #expect(
            LineDifference.hunks(from: nil, to: FileText("a\nb\n"))
                == [LineHunk(base: 1..<1, head: 1..<3)])
        #expect(LineDifference.hunks(from: nil, to: FileText("")).isEmpty)
    }

    @Test("an insertion, a deletion and a replacement")
    func kinds() {
        let hunks = LineDifference.hunks(
            from: FileText("a\nb\nc\nd\ne\n"), to: FileText("a\nx\nb\nd\nf\n"))
        #expect(
            hunks == [
                LineHunk(base: 2..<2, head: 2..<3), LineHunk(base: 3..<4, head: 4..<4),
                LineHunk(base: 5..<6, head: 5..<6),
            ])
    }

    @Test("a missing newline at the end is a change")
    func missingNewline() {
        #expect(
            LineDifference.hunks(from: FileText("a\nb\n"), to: FileText("a\nb"))
                == [LineHunk(base: 2..<3, head: 2..<3)])
    }

    @Test("hunks turn the base into the head, whatever the texts", arguments: 0..<200)
    func reconstructs(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        func text() -> FileText {
            let count = Int.random(in: 0...40, using: &generator)
            return FileText(
                (0..<count).map { _ in "\(Int.random(in: 0...6, using: &generator))\n" }.joined())
        }
        let (base, head) = (text(), text())
        var lines: [String] = []
        var next = 1
        for hunk in LineDifference.hunks(from: base, to: head) {
            while next < hunk.base.lowerBound {
                lines.append(base.string(ofLine: next))
                next += 1
            }
            next = hunk.base.upperBound
            lines += hunk.head.map { head.string(ofLine: $0) }
        }
        while next <= base.lineCount {
            lines.append(base.string(ofLine: next))
            next += 1
        }
        #expect(lines == (0..<head.lineCount).map { head.string(ofLine: $0 + 1) }, "seed \(seed)")
    }

    @Test("texts without a common line are replaced whole, in bounded time")
    func nothingInCommon() {
        let base = FileText((0..<20_000).map { "a\($0 % 3)\n" }.joined())
        let head = FileText((0..<20_000).map { "b\($0 % 3)\n" }.joined())
        #expect(LineDifference.hunks(from: base, to: head).count == 1)
    }
}
