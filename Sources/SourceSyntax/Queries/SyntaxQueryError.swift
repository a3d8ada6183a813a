/// What is wrong with the text of a query.
package struct SyntaxQueryError: Error, Sendable, Equatable, CustomStringConvertible {
    package var reason: String
    package init(reason: String) { self.reason = reason }
    package var description: String { reason }
}

/// Why a query gave no complete answer for a source: it then counts as unjudged.
package enum SyntaxQueryFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case source(ParseFailure)
    case tooManyMatches(limit: Int)
    case tooManyCandidates(limit: Int)
    case tooSlow(limitMilliseconds: Int)

    package var description: String {
        switch self {
        case .source(let failure): failure.description
        case .tooManyMatches(let limit): "the query matches more than \(limit) times"
        case .tooManyCandidates(let limit):
            "the query follows more than \(limit) candidates at a time"
        case .tooSlow(let limit): "the query took more than \(limit) ms"
        }
    }
}

/// What a query may cost in one source.
package struct SyntaxQueryLimits: Sendable {
    package var matches: Int
    /// Matches that are begun and not finished at the same time. The library compares each with each
    /// and looks at the clock after a hundred nodes: its time is bounded by the square of this.
    package var candidates: Int
    package var timeMilliseconds: Int

    package init(matches: Int = 50_000, candidates: Int = 512, timeMilliseconds: Int = 2_000) {
        self.matches = matches
        self.candidates = candidates
        self.timeMilliseconds = timeMilliseconds
    }
}
