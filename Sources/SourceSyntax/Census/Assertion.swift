/// What an assertion compares.
package enum Comparison: String, Sendable, Codable {
    case equal, identical, null, count
    case approximate, less, lessOrEqual, greater, greaterOrEqual, contains, matches, snapshot
    case type, throwsError, called
    case truthy, falsy, notNull, noError
    case fail
    /// What a helper named like an assertion demands is its own affair.
    case custom

    /// How much of a wrong answer would be noticed.
    package var strength: AssertionStrength {
        switch self {
        case .equal, .identical, .null, .count, .snapshot, .fail, .custom: .exact
        case .approximate, .less, .lessOrEqual, .greater, .greaterOrEqual, .contains, .matches,
            .called:
            .approximate
        case .type, .throwsError: .type
        case .truthy, .falsy, .notNull, .noError: .truthy
        }
    }
}

/// From "anything passes" to "one value passes".
package enum AssertionStrength: Int, Sendable, Comparable, Codable {
    case none, truthy, type, approximate, exact

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Code around an assertion that keeps its failure from counting.
package enum AssertionGuard: String, Sendable, Codable {
    /// Inside a block whose handler catches everything or assertion failures, and does not throw on.
    case swallowed
    /// Inside a loop that tries again after a failure.
    case retried
    /// Where control never comes.
    case unreachable
}

/// One assertion of a test, in a form that does not depend on its formatting.
package struct Assertion: Sendable, Equatable {
    /// The name as written: `assertEqual`, `toBe`, `==`.
    package var callee: String
    package var comparison: Comparison
    package var isNegated: Bool
    /// The operands without white space and comments, quotes unified; what is under test first.
    package var subject: String
    /// The value, type or pattern that is demanded, where one is.
    package var expected: String?
    /// Whether `expected` is a literal.
    package var expectsLiteral: Bool
    /// The allowed difference as written, such as `0.1` or `places=3`.
    package var tolerance: String?
    /// The outcome is fixed before the code under test ran.
    package var isConstant: Bool
    package var guardedBy: AssertionGuard?
    /// 1-based.
    package var line: Int

    /// How much of a wrong answer would be noticed. A negation of an exact claim claims little.
    package var strength: AssertionStrength {
        if isConstant { return .none }
        switch comparison {
        case .equal, .identical, .null, .count, .contains, .matches, .type:
            return isNegated ? .truthy : comparison.strength
        default: return comparison.strength
        }
    }

    /// Equal for two assertions that claim the same.
    package var signature: String {
        "\(comparison.rawValue)|\(isNegated)|\(subject)|\(expected ?? "")|\(tolerance ?? "")"
            + "|\(guardedBy?.rawValue ?? "")"
    }
}
