/// Compares the assertions of one test before and after.
struct AssertionComparison {
    /// Pairs of assertions that are looked at per test; beyond it the rest counts as removed.
    private static let comparisonLimit = 1_000_000

    struct Difference: Equatable {
        var kind: TestChange.Kind
        var before: Assertion?
        var after: Assertion?
    }

    /// - Parameters:
    ///   - base: assertions before.
    ///   - head: assertions after.
    ///   - elsewhere: signatures that were added in other tests: those moved, they did not vanish.
    ///   - spared: how many assertions may vanish because rows or helpers took their place.
    static func differences(
        base: [Assertion], head: [Assertion], elsewhere: inout [String: Int], spared: Int
    ) -> [Difference] {
        var (left, right) = withoutCommon(base, head)
        let doubled = adjacentTwins(base)
        var found: [Difference] = []
        pair(&left, &right, by: { $0.subject == $1.subject && !$0.subject.isEmpty }, into: &found)
        pair(
            &left, &right,
            by: { $0.expected == $1.expected && $0.expected != nil && $0.callee == $1.callee },
            into: &found)
        pair(&left, &right, by: { $0.callee == $1.callee }, into: &found)
        pair(&left, &right, by: { _, _ in true }, into: &found)
        var removed = left.filter { assertion in
            // The same assertion stood twice in a row, or moved to another test.
            if doubled.contains(assertion.signature) { return false }
            if let count = elsewhere[assertion.signature], count > 0 {
                elsewhere[assertion.signature] = count - 1
                return false
            }
            // "Must not come here" gave way to an assertion that says what must happen.
            if assertion.comparison == .fail, head.count >= base.count { return false }
            return !assertion.isConstant
        }
        removed.removeFirst(min(spared, removed.count))
        found += removed.map { Difference(kind: .assertionsRemoved, before: $0, after: nil) }
        found += right.filter {
            $0.isConstant && base.contains { !$0.isConstant } && !removed.isEmpty
        }
        .map { Difference(kind: .madeConstant, before: nil, after: $0) }
        return found
    }

    /// Assertions that stand twice with nothing between them. Further apart, what they are about
    /// may have changed in between.
    private static func adjacentTwins(_ assertions: [Assertion]) -> Set<String> {
        var found: Set<String> = []
        for (first, second) in zip(assertions, assertions.dropFirst())
        where second.line - first.line <= 1 && first.comparison != .fail {
            let signature = first.signature
            if signature == second.signature { found.insert(signature) }
        }
        return found
    }

    private static func withoutCommon(
        _ base: [Assertion], _ head: [Assertion]
    ) -> (base: [Assertion], head: [Assertion]) {
        var counts: [String: Int] = [:]
        for assertion in head { counts[assertion.signature, default: 0] += 1 }
        var used: [String: Int] = [:]
        let left = base.filter { assertion in
            let signature = assertion.signature
            guard let count = counts[signature], count > 0 else { return true }
            counts[signature] = count - 1
            used[signature, default: 0] += 1
            return false
        }
        let right = head.filter { assertion in
            guard let count = used[assertion.signature], count > 0 else { return true }
            used[assertion.signature] = count - 1
            return false
        }
        return (left, right)
    }

    private static func pair(
        _ left: inout [Assertion], _ right: inout [Assertion],
        by isPair: (Assertion, Assertion) -> Bool, into found: inout [Difference]
    ) {
        var rest: [Assertion] = []
        var budget = comparisonLimit
        for before in left {
            budget -= right.count
            guard budget > 0, let index = right.firstIndex(where: { isPair(before, $0) }) else {
                rest.append(before)
                continue
            }
            let after = right.remove(at: index)
            if let kind = judge(before, after) {
                found.append(Difference(kind: kind, before: before, after: after))
            }
        }
        left = rest
    }

    /// What became of one assertion; `nil` when it demands as much as before.
    static func judge(_ before: Assertion, _ after: Assertion) -> TestChange.Kind? {
        if after.isConstant { return before.isConstant ? nil : .madeConstant }
        if after.guardedBy != nil, before.guardedBy == nil { return .swallowed }
        // A call compared with itself, where a value was demanded.
        if after.subject == after.expected, before.subject != before.expected,
            after.comparison == .equal || after.comparison == .identical, !after.isNegated
        {
            return .madeConstant
        }
        let sameSubject = before.subject == after.subject
        if sameSubject, isOpposite(before, after) { return .flipped }
        if before.comparison == .throwsError, after.comparison == .throwsError {
            return isBroader(after.expected, than: before.expected, before.subject, after.subject)
                ? .errorBroadened : nil
        }
        if before.comparison == .throwsError, after.comparison == .noError { return .flipped }
        // What a project's own assertion demanded is not known: any real demand may be as strong.
        if before.comparison == .custom, after.strength > .truthy { return nil }
        if after.strength < before.strength {
            if before.strength == .exact, after.comparison == .approximate {
                return .toleranceWidened
            }
            // Another subject altogether is another test's design, unless next to nothing is asked.
            if sameSubject || before.expected == after.subject
                || concernsTheSame(before.subject, after.subject)
            {
                return .weakened
            }
            return after.strength <= .truthy ? .replacedByWeaker : nil
        }
        if before.comparison == .approximate, after.comparison == .approximate,
            isWider(after.tolerance, than: before.tolerance)
        {
            return .toleranceWidened
        }
        guard before.comparison == after.comparison else { return nil }
        if !sameSubject {
            // The same demand on another input.
            return before.expected == after.expected && before.isNegated == after.isNegated
                && LiteralText.differ(before.subject, after.subject) ? .valueReplaced : nil
        }
        guard before.expected != after.expected else { return nil }
        if before.callee == "be_within", let old = before.expected.flatMap(number),
            let new = after.expected.flatMap(number), new > old
        {
            return .toleranceWidened
        }
        if isRelaxedBound(before, after) { return .weakened }
        if before.expectsLiteral || after.expectsLiteral { return .valueReplaced }
        return nil
    }

    /// `bool(total)`, `-n "$total"` and `len(total)` still are about `total`.
    private static func concernsTheSame(_ before: String, _ after: String) -> Bool {
        let (short, long) = before.count < after.count ? (before, after) : (after, before)
        return short.count >= 3 && long.contains(short)
    }

    private static func isOpposite(_ before: Assertion, _ after: Assertion) -> Bool {
        if before.comparison == after.comparison, before.isNegated != after.isNegated,
            before.expected == after.expected
        {
            return true
        }
        let opposites: [(Comparison, Comparison)] = [
            (.truthy, .falsy), (.null, .notNull), (.less, .greater), (.less, .greaterOrEqual),
            (.lessOrEqual, .greater), (.lessOrEqual, .greaterOrEqual), (.throwsError, .noError),
        ]
        return opposites.contains { one, other in
            (before.comparison == one && after.comparison == other)
                || (before.comparison == other && after.comparison == one)
        }
    }

    private static let broadErrors: Set<String> = [
        "Exception", "BaseException", "Throwable", "Error", "StandardError", "RuntimeException",
        "RuntimeError", "OSError", "std::exception", "anyError", "System.Exception", "error",
    ]

    /// A type without the ways of languages to mention one.
    private static func typeName(_ text: String) -> String {
        var name = text.filter { !"()\\ ".contains($0) }
        for ending in [".class", "::class", ".self", "::class.java"] where name.hasSuffix(ending) {
            name.removeLast(ending.count)
        }
        return name
    }

    private static func isBroader(
        _ after: String?, than before: String?, _ detailBefore: String, _ detailAfter: String
    ) -> Bool {
        guard let before else { return false }
        guard let after else { return true }
        if after == before {
            // The demanded message went.
            return !detailBefore.isEmpty && detailAfter.isEmpty
        }
        if broadErrors.contains(typeName(after)) {
            return !broadErrors.contains(typeName(before))
                || ["BaseException", "Throwable"].contains(typeName(after))
        }
        // One type became several that include it.
        return after.hasPrefix("(") && after.contains(before)
    }

    private static func isWider(_ after: String?, than before: String?) -> Bool {
        guard after != before else { return false }
        guard let after else { return false }
        guard let before else { return true }
        guard let new = number(in: after), let old = number(in: before) else { return false }
        // `places=3` and `toBeCloseTo(x, 3)` count digits: fewer are wider.
        let countsDigits =
            before.contains("places") || before.contains("numDigits") || before.contains("decimal")
            || (old == old.rounded() && old >= 1 && new == new.rounded() && !before.contains("."))
        return countsDigits ? new < old : new > old
    }

    static func number(in text: String) -> Double? {
        let start = text.firstIndex { $0.isNumber } ?? text.endIndex
        let isNegative = start > text.startIndex && text[text.index(before: start)] == "-"
        let digits = text[start...].prefix { $0.isNumber || ".eE-_".contains($0) }
            .filter { $0 != "_" }
        return Double(digits).map { isNegative ? -$0 : $0 }
    }

    private static func isRelaxedBound(_ before: Assertion, _ after: Assertion) -> Bool {
        guard let old = before.expected.flatMap(number), let new = after.expected.flatMap(number),
            before.expectsLiteral, after.expectsLiteral
        else { return false }
        switch before.comparison {
        case .less, .lessOrEqual: return new > old
        case .greater, .greaterOrEqual: return new < old
        default: return false
        }
    }
}
