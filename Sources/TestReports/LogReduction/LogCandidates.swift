/// A suspicious line with its surroundings.
struct LogCandidate {
    var number: Int
    var text: String
    var weight: LogSignature.Weight
    var failure: FailureClass?
    /// Whether no green log has a line like it; also `true` when there is no green log.
    var isNovel: Bool
    var window: [LogLine]

    /// What decides which candidates stay when there are too many.
    var rank: Int { weight.rawValue + (isNovel ? 5 : 0) }
}

/// The suspicious lines of one step, a bounded number: the first of the highest rank.
struct LogCandidates {
    private static let most = 60

    private(set) var all: [LogCandidate] = []
    /// Indices of candidates that still take lines after them, and how many.
    private var open: [(number: Int, wanted: Int)] = []

    mutating func add(_ candidate: LogCandidate, linesAfter: Int) {
        if all.count >= Self.most {
            // The latest of the lowest rank goes: first causes come first.
            guard
                let index = all.indices.min(by: {
                    (all[$0].rank, -all[$0].number) < (all[$1].rank, -all[$1].number)
                }), all[index].rank < candidate.rank
            else { return }
            all.remove(at: index)
        }
        all.append(candidate)
        open.append((candidate.number, linesAfter))
    }

    var wantsLines: Bool { !open.isEmpty }

    /// Gives a line to the windows that are open.
    mutating func follow(_ line: LogLine) {
        for index in open.indices {
            open[index].wanted -= 1
            if let place = all.lastIndex(where: { $0.number == open[index].number }) {
                all[place].window.append(line)
            }
        }
        open.removeAll { $0.wanted <= 0 }
    }

    /// The class that explains most, and the line that names the cause.
    var verdict: (failure: FailureClass?, cause: LogCandidate?) {
        var scores: [FailureClass: Int] = [:]
        for candidate in all {
            guard let failure = candidate.failure else { continue }
            scores[failure] = max(scores[failure] ?? 0, candidate.rank)
        }
        let winner = scores.min {
            (-$0.value, $0.key.precedence) < (-$1.value, $1.key.precedence)
        }
        guard let winner else {
            let best = all.map(\.rank).max()
            return (nil, all.first { $0.rank == best })
        }
        return (winner.key, all.first { $0.failure == winner.key && $0.rank == winner.value })
    }
}
