import RunModel
import Testing

@testable import Repair

/// What a colleague wrote next to the mistake, in one hunk with it, stays.
@Suite struct CausalLinesTests {
    private static let good = """
        def price(amount):
            return amount * 2


        def label(name):
            return name

        """

    private static func proposal(
        _ good: String, _ culprit: String, test: String, later: String? = nil,
        causal: String
    ) async throws -> (text: String, explanation: String) {
        try await RepairFixture.with(
            good: ["shop.py": good], culprit: ["shop.py": culprit],
            later: later.map { ["shop.py": $0] } ?? [:], test: "python3 -c '\(test)'"
        ) { fixture in
            let problem = try fixture.problem(causal: [causal])
            #expect(problem.triage.causalHunks.count == 1)
            let answer = try await PartialRevertFixer().propose(
                for: problem, using: fixture.tools())
            let proposal = try #require(answer.proposal, "\(answer.reason)")
            return (try fixture.text("shop.py", in: proposal.tree), proposal.explanation)
        }
    }

    @Test func aFunctionThreeLinesAwayStays() async throws {
        let culprit =
            Self.good.replacing("amount * 2", with: "amount * 3")
            .replacing("def label", with: "def tax(amount):\n    return amount / 5\n\n\ndef label")
        let (text, explanation) = try await Self.proposal(
            Self.good, culprit, test: "import shop; assert shop.price(1) == 2",
            causal: "+    return amount * 3")
        #expect(text == culprit.replacing("amount * 3", with: "amount * 2"))
        #expect(explanation.contains("causal lines of 1 causal hunk"))
    }

    @Test func aFunctionRightBelowStays() async throws {
        let good = "def price(amount):\n    return amount * 2\n"
        let culprit =
            "def price(amount):\n    return amount * 3\n\n\n@staticmethod\ndef tax(amount):\n    return 1\n"
        let (text, _) = try await Self.proposal(
            good, culprit, test: "import shop; assert shop.price(1) == 2",
            causal: "+    return amount * 3")
        #expect(text == culprit.replacing("amount * 3", with: "amount * 2"))
    }

    @Test func itIsFoundWhereLaterCommitsMovedIt() async throws {
        let culprit =
            Self.good.replacing("amount * 2", with: "amount * 3").replacing(
                "return name", with: "return name.title()")
        let (text, _) = try await Self.proposal(
            Self.good, culprit, test: "import shop; assert shop.price(1) == 2",
            later: "# moved\n# moved\n" + culprit, causal: "+    return amount * 3")
        #expect(
            text == "# moved\n# moved\n" + culprit.replacing("amount * 3", with: "amount * 2"))
    }

    /// The tests see one of the two lines only; the other one would be wrong without it.
    @Test(arguments: [
        (
            "def total(items):\n    start = 0\n    for item in items:\n        item.check()\n    return sum(items) + start\n",
            [("start = 0", "start = 1"), ("+ start", "- start")]
        ),
        (
            "def one(key):\n    # key\n    return key\n\n\ndef two(key):\n    return one(key)\n",
            [
                ("def one(key)", "def one(key, extra=1)"),
                ("return one(key)", "return one(key, extra=2)"),
            ]
        ),
    ])
    func whatBelongsTogetherGoesTogether(good: String, changes: [(String, String)]) async throws {
        let culprit = changes.reduce(good) { $0.replacing($1.0, with: $1.1) }
        // Passes as soon as the second change is gone.
        let test = "assert \"\(changes[1].1)\" not in open(\"shop.py\").read()"
        let (text, _) = try await Self.proposal(
            good, culprit, test: test, causal: "+" + Self.line(changes[1].1, in: culprit))
        #expect(text == good)
    }

    private static func line(_ part: String, in text: String) -> String {
        text.split(separator: "\n").first { $0.contains(part) }.map(String.init) ?? ""
    }

    @Test func twoChangesOfOneFunctionThatShareNothingAreTwo() async throws {
        let good =
            "def price(amount):\n    if amount < 0:\n        raise ValueError\n    # Twice.\n    return amount * 2\n"
        let culprit = good.replacing("raise ValueError", with: "raise TypeError")
            .replacing("amount * 2", with: "amount * 3").replacing("< 0", with: "<= 0")
        let (text, _) = try await Self.proposal(
            good, culprit, test: "import shop; assert shop.price(1) == 2",
            causal: "+    return amount * 3")
        #expect(text == culprit.replacing("amount * 3", with: "amount * 2"))
    }

    @Test func commentsGoWithTheCodeBelowThem() async throws {
        let good = "def price(amount):\n    # twice\n    x = 1\n    return amount * 2\n\n\na = 1\n"
        let culprit = good.replacing("twice", with: "thrice").replacing(
            "amount * 2", with: "amount * 3"
        ).replacing("a = 1", with: "a = 2")
        let (text, _) = try await Self.proposal(
            good, culprit, test: "import shop; assert shop.price(1) == 2",
            causal: "+    return amount * 3")
        #expect(text == good.replacing("a = 1", with: "a = 2"))
    }

    @Test func aMissingNewlineAtTheEndStaysWithItsLine() async throws {
        let good = "a = 1\nb = 1\nc = 1\n"
        let culprit = "a = 2\nb = 1\nc = 2"
        let (text, _) = try await Self.proposal(
            good, culprit, test: "import shop; assert shop.a == 1", causal: "+a = 2")
        #expect(text == "a = 1\nb = 1\nc = 2")
    }

    /// Triage showed that the hunk is needed: where nothing can be left out, nothing is asked.
    @Test func asksAtMostAsOftenAsItMayAndNotAtAllWithoutNeed() async throws {
        let lines = (1...40).map { "v\($0)" }
        func hunk(_ count: Int) -> TriageReport.Hunk {
            TriageReport.Hunk(
                path: "a.py", header: "@@ -1,80 +1,80 @@",
                lines: lines.prefix(count).flatMap { ["-\($0) = 1", "+\($0) = 2", " # -"] })
        }
        for (count, limit) in [(1, 0), (40, 24)] {
            var asked = 0
            let minimal = try await CausalLines([hunk(count)], changedWords: [:])
                .minimal(probeLimit: 24) { _ in
                    asked += 1
                    return false
                }
            #expect(asked == limit)
            #expect(minimal == [hunk(count)])
        }
    }
}
