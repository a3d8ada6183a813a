import RunModel
import Testing

@testable import Repair

@Suite struct RevertFixerTests {
    static let good = [
        "calc.py": (1...30).map { "line\($0) = \($0)" }.joined(separator: "\n") + "\n",
        "other.py": "other = 1\n", "tests/test_calc.py": "assert True\n",
    ]
    static let culprit: [String: String?] = [
        "calc.py": (1...30).map { index in
            switch index {
            case 3: "line3 = 'broken'"
            case 25: "line25 = 'wanted'"
            default: "line\(index) = \(index)"
            }
        }.joined(separator: "\n") + "\n",
        "other.py": "other = 2\n", "tests/test_calc.py": "assert 1\n", "new.py": "new = 1\n",
    ]

    @Test func onlyTheCausalHunkGoesBackAndTheOthersStay() async throws {
        try await RepairFixture.with(good: Self.good, culprit: Self.culprit) { fixture in
            let answer = try await PartialRevertFixer().propose(
                for: fixture.problem(causal: ["+line3 = 'broken'"]), using: fixture.tools())
            let proposal = try #require(answer.proposal)
            #expect(proposal.kind == .partialRevert)
            #expect(try fixture.changed(proposal.tree) == ["calc.py"])
            let text = try fixture.text("calc.py", in: proposal.tree)
            #expect(text.contains("line3 = 3\n"))
            #expect(text.contains("line25 = 'wanted'\n"))
        }
    }

    @Test func linesThatMovedSinceAreFoundAgain() async throws {
        let later = Self.culprit["calc.py"].flatMap { $0 }.map { "# one\n# two\n" + $0 }
        try await RepairFixture.with(
            good: Self.good, culprit: Self.culprit, later: ["calc.py": later]
        ) { fixture in
            let answer = try await PartialRevertFixer().propose(
                for: fixture.problem(causal: ["+line3 = 'broken'"]), using: fixture.tools())
            let text = try fixture.text("calc.py", in: try #require(answer.proposal).tree)
            #expect(text.hasPrefix("# one\n# two\nline1 = 1\nline2 = 2\nline3 = 3\n"))
        }
    }

    @Test func afterTheHunkFailedTheWholeFileGoesBackThenNothing() async throws {
        try await RepairFixture.with(good: Self.good, culprit: Self.culprit) { fixture in
            var history: [TriedProposal] = []
            var trees: [String] = []
            for _ in 0..<3 {
                let answer = try await PartialRevertFixer().propose(
                    for: fixture.problem(causal: ["+line3 = 'broken'"], history: history),
                    using: fixture.tools())
                guard let proposal = answer.proposal else { break }
                trees.append(proposal.tree)
                history.append(TriedProposal(fixer: "x", tree: proposal.tree, note: "no"))
            }
            #expect(trees.count == 2)
            #expect(try fixture.text("calc.py", in: trees[1]) == Self.good["calc.py"])
            #expect(try fixture.text("other.py", in: trees[1]) == "other = 2\n")
        }
    }

    /// A culprit that gives a function another parameter, wrongly, and uses it elsewhere; the rest
    /// of it is wanted.
    private enum Signature {
        static let filler = (1...12).map { "# \($0)\n" }.joined()
        static let good = [
            "calc.py": "def price(x):\n    return x * 2\n\(filler)def label(x):\n    return 'p'\n",
            "shop.py":
                "from calc import price\n\(filler)def total(items):\n    return sum(price(i) for i in items)\n"
                + "\(filler)def name(x):\n    return x.title()\n",
            "other.py": "other = 1\n",
        ]
        static let culprit: [String: String?] = [
            "calc.py": good["calc.py"]?
                .replacing(
                    "price(x):\n    return x * 2", with: "price(x, tax=1):\n    return x * 2 + tax"
                )
                .replacing("return 'p'", with: "return 'price'"),
            "shop.py": good["shop.py"]?
                .replacing("price(i)", with: "price(i, tax=0)")
                .replacing("x.title()", with: "x.capitalize()"),
            "other.py": "other = 2\n",
        ]
        static let failing = "python3 -c 'import calc; assert calc.price(1) == 2'"
        static let broken = "python3 -c 'import shop; assert shop.total([1, 2]) == 6'"
    }

    @Test func hunksThatBelongTogetherGoBackTogetherAndTheRestStays() async throws {
        try await RepairFixture.with(
            good: Signature.good, culprit: Signature.culprit, test: Signature.failing
        ) { fixture in
            var tools = fixture.tools()
            let executor = tools.executor
            tools.widerProbe = { tests in
                #expect(tests == ["total"])
                return ShellProbe(
                    executor: executor, command: "\(Signature.failing) && \(Signature.broken)")
            }
            var problem = try fixture.problem(causal: ["+    return x * 2 + tax"])
            let fixer = PartialRevertFixer()
            let first = try await fixer.propose(for: problem, using: tools)
            let minimal = try #require(first.proposal, "\(first.reason)").tree
            #expect(try fixture.changed(minimal) == ["calc.py"])

            problem.history = [TriedProposal(fixer: fixer.name, tree: minimal, note: "broken")]
            problem.brokenTests = ["total"]
            let second = try await fixer.propose(for: problem, using: tools)
            let grown = try #require(second.proposal, "\(second.reason)")
            #expect(try fixture.changed(grown.tree) == ["calc.py", "shop.py"])
            #expect(grown.kind == .partialRevert && grown.explanation.contains("2 of its 5 parts"))
            let shop = try fixture.text("shop.py", in: grown.tree)
            #expect(shop.contains("price(i) for") && shop.contains("x.capitalize()"))
            #expect(try fixture.text("calc.py", in: grown.tree).contains("return 'price'"))

            // Then it is the full revert's turn.
            problem.history.append(TriedProposal(fixer: fixer.name, tree: grown.tree, note: "no"))
            #expect(try await fixer.propose(for: problem, using: tools).proposal == nil)
        }
    }

    /// What would not pass costs no attempt.
    @Test func aLargerPartThatDoesNotCureIsNotProposed() async throws {
        try await RepairFixture.with(
            good: Signature.good, culprit: Signature.culprit, test: "false"
        ) { fixture in
            let fixer = PartialRevertFixer()
            var problem = try fixture.problem(causal: ["+    return x * 2 + tax"])
            let first = try await fixer.propose(for: problem, using: fixture.tools())
            problem.history = [
                TriedProposal(fixer: fixer.name, tree: try #require(first.proposal).tree, note: "")
            ]
            let second = try await fixer.propose(for: problem, using: fixture.tools())
            #expect(second.proposal == nil && second.reason.contains("do not pass without them"))
        }
    }

    @Test func partsOfOneFunctionBelongTogether() async throws {
        let body = (1...8).map { "    step\($0) = \($0)\n" }.joined()
        let filler = (1...8).map { "# \($0)\n" }.joined()
        let good = "def run(x):\n    if x:\n        pass\n\(body)    return 1\n\(filler)last = 1\n"
        let bad = good.replacing("        pass", with: "        raise ValueError")
            .replacing("return 1", with: "return 2").replacing("last = 1", with: "last = 2")
        try await RepairFixture.with(
            good: ["run.py": good, "other.py": "a\n"], culprit: ["run.py": bad, "other.py": "b\n"]
        ) { fixture in
            var problem = try fixture.problem(causal: ["+        raise ValueError"])
            let fixer = PartialRevertFixer()
            let first = try await fixer.propose(for: problem, using: fixture.tools())
            problem.history = [
                TriedProposal(fixer: fixer.name, tree: try #require(first.proposal).tree, note: "")
            ]
            let second = try await fixer.propose(for: problem, using: fixture.tools())
            let text = try fixture.text("run.py", in: try #require(second.proposal).tree)
            #expect(text.contains("pass\n") && text.contains("return 1\n"))
            #expect(text.contains("last = 2\n"))
        }
    }

    @Test func linesThatALaterCommitChangedAreAConflictAndNoGuess() async throws {
        let later = Self.good["calc.py"]?.replacing("line3 = 3", with: "line3 = 'again'")
        try await RepairFixture.with(
            good: Self.good, culprit: Self.culprit, later: ["calc.py": later]
        ) { fixture in
            let answer = try await PartialRevertFixer().propose(
                for: fixture.problem(causal: ["+line3 = 'broken'"]), using: fixture.tools())
            #expect(answer.proposal == nil)
            #expect(answer.reason.contains("later commit"))
        }
    }

    @Test func hunksInTestsAreNeverReverted() async throws {
        try await RepairFixture.with(good: Self.good, culprit: Self.culprit) { fixture in
            let answer = try await PartialRevertFixer().propose(
                for: fixture.problem(causal: ["tests/test_calc.py"]), using: fixture.tools())
            #expect(answer.proposal == nil)
        }
    }

    @Test func migrationsAreNotHalved() async throws {
        try await RepairFixture.with(
            good: ["db/migrations/1.py": "a\n"], culprit: ["db/migrations/1.py": "b\n"]
        ) { fixture in
            let answer = try await PartialRevertFixer().propose(
                for: fixture.problem(causal: ["db/migrations/1.py"]), using: fixture.tools())
            #expect(answer.reason.contains("migrations"))
        }
    }

    @Test func aFullRevertKeepsTheTestsAndDeletesWhatWasAdded() async throws {
        try await RepairFixture.with(good: Self.good, culprit: Self.culprit) { fixture in
            let answer = try await RevertFixer().propose(
                for: fixture.problem(), using: fixture.tools())
            let proposal = try #require(answer.proposal)
            #expect(
                try fixture.changed(proposal.tree, from: fixture.goodTree)
                    == ["tests/test_calc.py"])
            #expect(!proposal.warnings.isEmpty)
        }
    }

    @Test func aWholeFileUnitIsRestored() async throws {
        try await RepairFixture.with(
            good: ["a.py": "a\n", "data.bin": "x\n"], culprit: ["a.py": "a\n", "data.bin": nil]
        ) { fixture in
            var problem = try fixture.problem()
            problem.triage.causalHunks = [
                TriageReport.Hunk(path: "data.bin", header: "deleted file", lines: [])
            ]
            let answer = try await PartialRevertFixer().propose(
                for: problem, using: fixture.tools())
            #expect(try #require(answer.proposal).tree == fixture.goodTree)
        }
    }

    @Test func aRenameGoesBackToItsOldPath() async throws {
        try await RepairFixture.with(
            good: ["old.py": "a\nb\n"], culprit: ["old.py": nil, "new.py": "a\nb\n"]
        ) { fixture in
            var problem = try fixture.problem()
            problem.triage.causalHunks = [
                TriageReport.Hunk(path: "new.py", header: "renamed from old.py", lines: [])
            ]
            let answer = try await PartialRevertFixer().propose(
                for: problem, using: fixture.tools())
            #expect(try #require(answer.proposal).tree == fixture.goodTree)
        }
    }

    @Test(arguments: [
        ("a\nb", "a\nc\n"), ("a\nb\n", "a\nc"), ("", "x\n"), ("x\n", ""), ("a\r\n", "b\r\n"),
    ])
    func reversalIsExactToTheLastByte(old: String, new: String) throws {
        let (before, after) = (SourceText(old), SourceText(new))
        var hunks = LineHunk.hunks(from: before.lines, to: after.lines)
        if let last = hunks.indices.last {
            hunks[last].oldLacksNewline = !before.endsWithNewline
            hunks[last].newLacksNewline = !after.endsWithNewline
        }
        let reverted = try HunkReversal.revert(hunks, in: after)
        #expect(reverted.lines == before.lines)
        #expect(reverted.bytes == Array(old.utf8))
    }

    @Test func whatIsTakenBackAlreadyIsNoLaterCommits() throws {
        let (before, after) = (SourceText("a\nb\nc\n"), SourceText("a\nx\nc\n"))
        let hunks = LineHunk.hunks(from: before.lines, to: after.lines)
        func complaint(_ text: String) -> String? {
            do throws(HunkReversal.Conflict) {
                _ = try HunkReversal.revert(hunks, in: SourceText(text))
                return nil
            } catch { return error.reason }
        }
        #expect(complaint("a\nb\nc\n") == "is taken back already")
        #expect(complaint("a\ny\nc\n") == "was changed by a later commit")
        #expect(complaint("0\na\nx\nc\n") == nil)
    }
}
