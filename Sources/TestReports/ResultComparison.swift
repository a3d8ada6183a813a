internal import RunModel

/// What counts as a regression of a score.
package struct ScoreRule: Sendable, Equatable {
    /// Scores below it count as failed, where the report gives a test none of its own.
    package var threshold: Double?
    /// By how much a score may fall against the baseline.
    package var tolerance: Double

    package init(threshold: Double? = nil, tolerance: Double = 0) {
        self.threshold = threshold
        self.tolerance = tolerance
    }
}

/// Two runs of the same tests, test by test.
package struct ResultComparison: Sendable, Equatable {
    /// A score that fell by more than the tolerance, or below its threshold.
    package struct ScoreFall: Sendable, Equatable {
        package var id: String
        package var baseline: Double?
        package var current: Double
        package var threshold: Double?
    }

    /// Failed before and passes now.
    package private(set) var fixed: [String] = []
    /// Did not fail before and fails now; scores that fell are among them.
    package private(set) var broken: [String] = []
    package private(set) var stillFailing: [String] = []
    package private(set) var stillPassing: [String] = []
    /// In the baseline and not in the current run at all.
    package private(set) var missing: [String] = []
    /// Ran before and is skipped now: no pass.
    package private(set) var newlySkipped: [String] = []
    /// Skipped in both.
    package private(set) var stillSkipped: [String] = []
    /// Not in the baseline and passing.
    package private(set) var added: [String] = []
    /// Not in the baseline and failing.
    package private(set) var addedFailing: [String] = []
    /// Executions differ within one of the runs. They stand in the other lists too.
    package private(set) var flaky: [String] = []
    package private(set) var scoreFalls: [ScoreFall] = []

    /// - Parameters:
    ///   - baseline: the run that is known, such as the last green one.
    ///   - current: the run to judge.
    package init(baseline: OutcomeTable, current: OutcomeTable, scores: ScoreRule = ScoreRule()) {
        for id in baseline.ids where current[id] == nil { missing.append(id) }
        for id in current.ids {
            guard let now = current[id] else { continue }
            if now.isFlaky || baseline[id]?.isFlaky == true { flaky.append(id) }
            let fall = Self.fall(from: baseline[id], to: now, scores)
            if let fall { scoreFalls.append(fall) }
            let isRed = now.isFailure(threshold: scores.threshold) || fall != nil
            guard let before = baseline[id] else {
                if isRed { addedFailing.append(id) } else { added.append(id) }
                continue
            }
            let wasRed = before.isFailure(threshold: scores.threshold)
            switch (wasRed, isRed) {
            case (_, false) where now.status == .skipped:
                if before.status == .skipped {
                    stillSkipped.append(id)
                } else {
                    newlySkipped.append(id)
                }
            case (true, false): fixed.append(id)
            case (false, false): stillPassing.append(id)
            case (true, true): stillFailing.append(id)
            case (false, true): broken.append(id)
            }
        }
    }

    /// Whether the current run is worse: something fails that did not, is gone, or is skipped now.
    package var isRegression: Bool {
        !broken.isEmpty || !missing.isEmpty || !newlySkipped.isEmpty || !addedFailing.isEmpty
    }

    private static func fall(
        from before: TestOutcome?, to now: TestOutcome, _ rule: ScoreRule
    ) -> ScoreFall? {
        guard let score = now.score else { return nil }
        let threshold = now.threshold ?? rule.threshold
        let isBelow = threshold.map { !(score >= $0) } ?? false
        // Written so that a score that is no number counts as fallen.
        let isWorse = before?.score.map { !($0 - score <= rule.tolerance) } ?? false
        guard isBelow || isWorse else { return nil }
        return ScoreFall(
            id: now.id, baseline: before?.score, current: score, threshold: threshold)
    }
}
