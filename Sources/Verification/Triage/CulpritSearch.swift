internal import RunModel

/// Finds the commit that broke something: along the first parents, and then into merges.
struct CulpritSearch: Sendable {
    let history: any HistoryReader
    /// Asked with commits; must remember its answers.
    let verdict: @Sendable (String) async throws -> RevisionVerdict

    /// The commit, or every commit that may be it.
    struct Found: Sendable, Equatable {
        var candidates: [String]

        var commit: String? { candidates.count == 1 ? candidates.first : nil }
    }

    /// - Parameters:
    ///   - good: a revision that passes, and whose ancestors do.
    ///   - bad: a revision that fails.
    func search(good: String, bad: String) async throws -> Found {
        let chain = try await history.firstParentChain(from: good, to: bad)
        guard !chain.isEmpty else { return Found(candidates: [bad]) }
        var bisection = Bisection(count: chain.count)
        while let index = bisection.next {
            bisection.record(try await verdict(chain[index]), at: index)
        }
        let candidates = bisection.candidates.map { chain[$0] }
        guard candidates.count == 1, let culprit = candidates.first else {
            return Found(candidates: candidates)
        }
        return try await insideMerge(culprit) ?? Found(candidates: [culprit])
    }

    /// The culprit on the branch that a merge brought in, or `nil` when the branch by itself passes
    /// (then the merge is to blame) or `commit` is no merge.
    private func insideMerge(_ commit: String) async throws -> Found? {
        let parents = try await history.parents(ofCommit: commit)
        guard let mainline = parents.first else { return nil }
        for branch in parents.dropFirst() where try await verdict(branch) == .bad {
            let chain = try await history.firstParentChain(from: mainline, to: branch)
            guard let oldest = chain.first,
                let fork = try await history.parents(ofCommit: oldest).first,
                // A branch that was already broken where it forked off broke nothing itself.
                try await verdict(fork) != .bad
            else { return nil }
            return try await search(good: mainline, bad: branch)
        }
        return nil
    }
}
