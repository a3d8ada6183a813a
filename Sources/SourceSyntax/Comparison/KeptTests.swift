/// What became of tests that are still there, and of what they call.
extension TestComparisonBuilder {
    private static let helperChangesMax = 5

    /// Assertions outside of tests: what they demand, every test demands that calls them.
    mutating func compareHelpers(_ census: TestCensus) {
        let folded = census.path.lowercased()
        guard folded.contains("test") || folded.contains("spec"),
            let before = base.first(where: { (renames[$0.path] ?? $0.path) == census.path }),
            !before.looseAssertions.isEmpty
        else { return }
        var elsewhere = gained
        let differences = AssertionComparison.differences(
            base: before.looseAssertions, head: census.looseAssertions, elsewhere: &elsewhere,
            spared: 0)
        gained = elsewhere
        for difference in differences.prefix(Self.helperChangesMax) {
            let line = difference.after?.line ?? difference.before?.line ?? 1
            let kind: TestChange.Kind =
                difference.kind == .assertionsRemoved ? .helperAssertionsRemoved : difference.kind
            // New values in helpers are those of new callers.
            if kind == .valueReplaced || kind == .replacedByWeaker { continue }
            changes.append(
                TestChange(
                    kind: kind,
                    base: TestReference(
                        path: before.path, identifier: "a helper",
                        line: difference.before?.line ?? 1),
                    head: TestReference(
                        path: census.path, identifier: "a helper",
                        line: difference.after?.line ?? 1),
                    before: difference.before.map(describe) ?? "",
                    after: difference.after.map(describe) ?? "", line: line))
        }
    }

    /// Python keeps the last definition of a name: a second one hides the test above it.
    mutating func hide() {
        for census in head where census.language == .python {
            var seen: [String: Int] = [:]
            for test in census.tests { seen[test.identifier, default: 0] += 1 }
            guard seen.values.contains(where: { $0 > 1 }) else { continue }
            let before = base.first { (renames[$0.path] ?? $0.path) == census.path }
            for test in census.tests.dropLast() where seen[test.identifier, default: 0] > 1 {
                seen[test.identifier] = 0
                let old = before?.tests.filter { $0.identifier == test.identifier } ?? []
                guard old.count == 1 else { continue }
                let reference = TestReference(
                    path: census.path, identifier: test.identifier, line: test.line)
                changes.append(
                    TestChange(
                        kind: .undiscovered,
                        base: TestReference(
                            path: before?.path ?? census.path, identifier: test.identifier,
                            line: old[0].line), head: reference, before: test.name,
                        after: "a later definition of the same name hides it", line: test.line))
            }
        }
    }

    mutating func compare(_ pair: TestMatching.Pair) {
        let (old, new) = (pair.base.test, pair.head.test)
        compareMarkers(pair)
        if pair.base.path != pair.head.path,
            let profile = LanguageCatalog.profile(path: pair.base.path),
            profile.collects(pair.base.path), !profile.collects(pair.head.path)
        {
            add(.undiscovered, pair, pair.base.path, pair.head.path)
        }
        if let before = old.parameterCases,
            let after = new.parameterCases ?? (new.bodyHash == old.bodyHash ? nil : 1),
            after < before, new.parameterCases != nil || new.assertions.count < before
        {
            add(.parametersRemoved, pair, "\(before) rows", "\(after) rows")
        }
        if old.expectedError != new.expectedError {
            let kind: TestChange.Kind = old.expectedError == nil ? .flipped : .errorBroadened
            let moved = new.assertions.contains { $0.comparison == .throwsError }
            if !moved,
                old.expectedError == nil || new.expectedError == nil || isBroad(new.expectedError)
            {
                add(
                    kind, pair, old.expectedError ?? "no error expected",
                    new.expectedError ?? "none")
            }
        }
        if let before = old.parameterCases, before == new.parameterCases {
            replacedLiterals(pair, old.parameterLiterals, new.parameterLiterals)
        }
        guard old.bodyHash != new.bodyHash else { return }
        if old.bodyTokens > 3, new.bodyTokens <= 1 {
            let kind: TestChange.Kind =
                old.assertions.isEmpty ? .emptiedWithoutAssertions : .emptied
            add(kind, pair, "\(old.assertions.count) assertions", "an empty body")
            return
        }
        let rowGrowth = (new.parameterCases ?? 1) > (old.parameterCases ?? 1)
        let path = pair.head.path
        let spared = rowGrowth ? old.assertions.count : (spareHelpers[path] ?? 0)
        var elsewhere = gained
        // A helper that does nothing asserts nothing.
        let kept = new.assertions.filter {
            $0.comparison != .custom || !hollowHelpers.contains($0.callee)
        }
        let differences = AssertionComparison.differences(
            base: old.assertions, head: kept, elsewhere: &elsewhere, spared: spared)
        gained = elsewhere
        if differences.isEmpty, abs(old.bodyTokens - new.bodyTokens) <= 2, !old.assertions.isEmpty,
            old.assertions.map(\.signature) == new.assertions.map(\.signature)
        {
            // Nothing but a value changed: in a table, or in a variable that is compared.
            replacedLiterals(pair, old.literals, new.literals)
        }
        for difference in differences {
            add(
                namesRemovedCode(difference) ? .assertionsRemovedWithSubject : difference.kind,
                pair, difference.before.map(describe) ?? "",
                difference.after.map(describe) ?? "", line: difference.after?.line)
        }
    }

    /// Whether an assertion is gone that was about code that is gone too.
    private func namesRemovedCode(_ difference: AssertionComparison.Difference) -> Bool {
        guard difference.kind == .assertionsRemoved, !removedHashes.isEmpty,
            let assertion = difference.before
        else { return false }
        let text = assertion.subject + " " + (assertion.expected ?? "")
        return text.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "$") }
            .contains { removedHashes[TokenHash.of(String($0))] != nil }
    }

    private static let literalsShown = 3

    private mutating func replacedLiterals(
        _ pair: TestMatching.Pair, _ before: [String], _ after: [String]
    ) {
        let gone = LiteralText.missing(before, in: after)
        let new = LiteralText.missing(after, in: before)
        // A number may give way to one that stands there already; a text that only goes was a message.
        let isNumber = gone.allSatisfy { $0.first?.isNumber ?? false }
        guard !gone.isEmpty, !new.isEmpty || isNumber else { return }
        add(
            .valueReplaced, pair, gone.prefix(Self.literalsShown).joined(separator: ", "),
            new.prefix(Self.literalsShown).joined(separator: ", "))
    }

    private func isBroad(_ text: String?) -> Bool {
        guard let text else { return true }
        return ["Exception.class", "Throwable.class", "panic ", "Exception::class"].contains(text)
    }

    private mutating func compareMarkers(_ pair: TestMatching.Pair) {
        let old = pair.base.test.markers
        for marker in pair.head.test.markers {
            let before = old.filter { $0.kind == marker.kind }
            if before.contains(where: { $0.text == marker.text }) { continue }
            switch marker.kind {
            case .skip, .expectedFailure:
                if old.contains(where: { $0.kind == .skip || $0.kind == .expectedFailure }) {
                    continue
                }
                add(.disabled, pair, "", marker.text, line: marker.line)
            case .conditionalSkip:
                if old.contains(where: \.kind.disables) { continue }
                add(.conditionallyDisabled, pair, "", marker.text, line: marker.line)
            case .focus: add(.focused, pair, "", marker.text, line: marker.line)
            case .retry:
                if let previous = before.first, !isRaised(marker.text, over: previous.text) {
                    continue
                }
                add(.retried, pair, before.first?.text ?? "", marker.text, line: marker.line)
            case .timeout:
                guard let previous = before.first, isRaised(marker.text, over: previous.text) else {
                    continue
                }
                add(.timeoutRaised, pair, previous.text, marker.text, line: marker.line)
            }
        }
    }

    private func isRaised(_ after: String, over before: String) -> Bool {
        guard let new = AssertionComparison.number(in: after),
            let old = AssertionComparison.number(in: before)
        else { return false }
        return new > old
    }

    mutating func add(
        _ kind: TestChange.Kind, _ pair: TestMatching.Pair, _ before: String, _ after: String,
        line: Int? = nil
    ) {
        changes.append(
            TestChange(
                kind: kind, base: reference(pair.base), head: reference(pair.head), before: before,
                after: after, line: line ?? pair.head.test.line))
    }

    func reference(_ located: TestMatching.Located) -> TestReference {
        TestReference(
            path: located.path, identifier: located.test.identifier, line: located.test.line)
    }

    func describe(_ assertion: Assertion) -> String {
        let negation = assertion.isNegated ? "not " : ""
        let expected = assertion.expected.map { " " + $0 } ?? ""
        let tolerance = assertion.tolerance.map { " ± " + $0 } ?? ""
        return
            "\(assertion.callee): \(assertion.subject) \(negation)\(assertion.comparison.rawValue)\(expected)\(tolerance)"
    }
}
