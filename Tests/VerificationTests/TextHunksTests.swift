import RunModel
import TestSupport
import Testing

@testable import Verification

@Suite struct TextHunksTests {
    private static func text(_ lines: [String]) -> [UInt8] {
        Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    @Test func takingNothingBackGivesTheNewTextAndTakingAllBackTheOld() {
        var generator = SplitMix(state: 4)
        for round in 0..<300 {
            let words = ["a", "b", "c", "", "}"]
            func lines(_ count: Int) -> [String] {
                (0..<count).map { _ in words.randomElement(using: &generator) ?? "a" }
            }
            let old = Self.text(lines(round % 40))
            var new = Self.text(lines(round % 33))
            if round.isMultiple(of: 3) { new += Array("no newline at the end".utf8) }
            let hunks = TextHunks(old: old, new: new)
            #expect(hunks.text(reverting: []) == new, "round \(round)")
            #expect(hunks.text(reverting: Set(0..<hunks.count)) == old, "round \(round)")
        }
    }

    /// The headers must be those that a reader finds in `git diff -U3`.
    @Test func headersAreThoseOfGit() throws {
        try withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let old = (1...60).map { "line \($0)" }
            var new = old
            new[4] = "changed"
            new.insert(contentsOf: ["added", "added too"], at: 30)
            new.remove(at: 50)
            try git.commit(["f": String(decoding: Self.text(old), as: UTF8.self)])
            try git.commit(["f": String(decoding: Self.text(new), as: UTF8.self)])
            let expected = try git.text(["diff", "-U3", "HEAD~1", "HEAD"])
                .split(separator: "\n").filter { $0.hasPrefix("@@") }
                .map { line in line.prefix(upTo: line.ranges(of: "@@")[1].upperBound) }
            let hunks = TextHunks(old: Self.text(old), new: Self.text(new))
            let headers = (0..<hunks.count).map { hunks.hunk($0, path: "f").header }
            #expect(headers == expected.map(String.init))
        }
    }

    @Test func hunksAreTakenBackOneByOne() {
        let old = (1...40).map(String.init)
        var new = old
        new[3] = "x"
        new[30] = "y"
        let hunks = TextHunks(old: Self.text(old), new: Self.text(new))
        var first = new
        first[3] = old[3]
        #expect(hunks.count == 2)
        #expect(hunks.text(reverting: [0]) == Self.text(first))
    }
}
