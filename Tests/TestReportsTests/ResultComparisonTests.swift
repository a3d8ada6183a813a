import RunModel
import Testing

@testable import TestReports

@Suite struct ResultComparisonTests {
    private func table(_ entries: [(String, TestStatus)]) -> OutcomeTable {
        OutcomeTable(entries.map { TestResult(id: $0.0, status: $0.1) })
    }

    @Test func everyTestIsInOneListOfTheMatrix() {
        let before = table([
            ("passes", .passed), ("breaks", .passed), ("fixed", .failed), ("still", .error),
            ("gone", .passed), ("skips", .passed), ("skipped", .skipped),
            ("xfail", .expectedFailure),
        ])
        let after = table([
            ("passes", .passed), ("breaks", .failed), ("fixed", .passed), ("still", .failed),
            ("skips", .skipped), ("skipped", .skipped), ("xfail", .unexpectedPass),
            ("new", .passed), ("new red", .error),
        ])
        let comparison = ResultComparison(baseline: before, current: after)
        #expect(comparison.stillPassing == ["passes"])
        #expect(comparison.broken == ["breaks", "xfail"])
        #expect(comparison.fixed == ["fixed"])
        #expect(comparison.stillFailing == ["still"])
        #expect(comparison.missing == ["gone"])
        #expect(comparison.newlySkipped == ["skips"])
        #expect(comparison.stillSkipped == ["skipped"])
        #expect(comparison.added == ["new"])
        #expect(comparison.addedFailing == ["new red"])
        #expect(comparison.isRegression)
    }

    @Test func aFailureThatIsSkippedNowIsNotFixed() {
        let comparison = ResultComparison(
            baseline: table([("a", .failed)]), current: table([("a", .skipped)]))
        #expect(comparison.fixed.isEmpty)
        #expect(comparison.newlySkipped == ["a"])
    }

    @Test func theSameIsNoRegression() {
        let same = table([("a", .passed), ("b", .failed), ("c", .skipped)])
        #expect(!ResultComparison(baseline: same, current: same).isRegression)
    }

    @Test func aRerunThatPassesIsFlakyAndNoPass() {
        let outcomes = table([("a", .failed), ("a", .passed)])
        #expect(outcomes["a"]?.isFlaky == true)
        #expect(outcomes["a"]?.status == .failed)
        let comparison = ResultComparison(baseline: table([("a", .passed)]), current: outcomes)
        #expect(comparison.flaky == ["a"])
        #expect(comparison.broken == ["a"])
    }

    @Test func aHiddenRerunIsFlaky() {
        let report = TestReport(
            format: "junit", results: [TestResult(id: "a", status: .passed)],
            problems: [ReportProblem(.hiddenRerun, "", test: "a")])
        #expect(OutcomeTable([report])["a"]?.isFlaky == true)
    }

    @Test(
        arguments: [
            // baseline, current, threshold, tolerance, regressed
            (0.9, 0.9, nil, 0.0, false),
            (0.9, 0.89, nil, 0.0, true),
            (0.9, 0.86, nil, 0.05, false),
            (0.9, 0.84, nil, 0.05, true),
            (0.9, 0.86, 0.87, 0.05, true),
            (0.5, 0.6, 0.8, 0.05, true),
            (0.9, Double.nan, nil, 0.05, true),
            (0.9, Double.nan, 0.1, 0.05, true),
            (0.1, 0.9, 0.8, 0.05, false),
        ] as [(Double, Double, Double?, Double, Bool)])
    func scoresAreHeldToThresholdAndTolerance(
        baseline: Double, current: Double, threshold: Double?, tolerance: Double, regressed: Bool
    ) {
        func run(_ score: Double) -> OutcomeTable {
            OutcomeTable([TestResult(id: "a", status: .passed, score: score)])
        }
        let comparison = ResultComparison(
            baseline: run(baseline), current: run(current),
            scores: ScoreRule(threshold: threshold, tolerance: tolerance))
        #expect(comparison.scoreFalls.isEmpty != regressed)
        #expect((comparison.broken + comparison.stillFailing == ["a"]) == regressed)
    }

    @Test func aTestsOwnThresholdCounts() {
        let result = TestResult(id: "a", status: .passed, score: 0.7, threshold: 0.8)
        #expect(OutcomeTable([result])["a"]?.isFailure() == true)
    }

    @Test func classNamesBecomePathsExactlyWhenTheFilesAreKnown() throws {
        let bytes = Array(
            """
            <testsuite name="pytest"><testcase classname="pkg.Upper.test_a.test_b" name="t"/></testsuite>
            """.utf8)
        let context = ReportContext(files: ["pkg/Upper/test_a.py"])
        let report = try JUnitXML().parse(bytes, context: context)
        #expect(report.results.first?.id == "pkg/Upper/test_a.py::test_b::t")
    }

    @Test(arguments: [
        ("0.5", 0.5), ("0,5", 0.5), ("1,234", 1234), ("1,234.5", 1234.5), ("1.234,5", 1234.5),
        ("0,123", 0.123), ("1 234,5", 1234.5), ("1,234,567", 1_234_567), ("1e-3", 0.001),
    ])
    func numbersOfAnyLocaleAreRead(_ text: String, _ value: Double) {
        #expect(LocaleNumber.parse(text) == value)
    }

    @Test(arguments: ["", "abc", "inf", "nan", "1,2,x", "0x", "--1"])
    func whatIsNoNumberIsNone(_ text: String) {
        #expect(LocaleNumber.parse(text) == nil)
    }
}
