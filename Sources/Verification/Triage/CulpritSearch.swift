internal import RunModel

/// Finds the commit that broke something: along the first parents, and then into merges.
struct CulpritSearch: Sendable {
    let history: any HistoryReader
    /// Asked with commits; must remember its answers.
    let verdict: @Sendable (String) async throws -> RevisionVerdict
    /// How many revisions may be tested at the same time.
    var width = 1

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
        while true {
            let indices = bisection.next(atOnce: width)
            if indices.isEmpty { break }
            let verdicts = try await verdicts(indices.map { chain[$0] })
            for (index, verdict) in zip(indices, verdicts) {
                bisection.record(verdict, at: index)
            }
        }
        let candidates = bisection.candidates.map { chain[$0] }
        guard candidates.count == 1, let culprit = candidates.first else {
            return Found(candidates: candidates)
        }
        return try await insideMerge(culprit) ?? Found(candidates: [culprit])
    }

    private func verdicts(_ commits: [String]) async throws -> [RevisionVerdict] {
        guard commits.count > 1 else { return [try await verdict(commits[0])] }
        return try await withThrowingTaskGroup(of: (Int, RevisionVerdict).self) { group in
            for (number, commit) in commits.enumerated() {
                group.addTask { (number, try await verdict(commit)) }
            }
            var found = [RevisionVerdict](repeating: .untestable, count: commits.count)
            for try await (number, verdict) in group { found[number] = verdict }
            return found
        }
    }

    /// The culprit on the branch that a merge brought in, or `nil` when the branch by itself passes
    /// (then the merge is to blame) or `commit` is no merge.
    private func insideMerge(_ commit: String) async throws -> Found? {
        let parents = try await history.parents(ofCommit: commit)
        guard let mainline = parents.first else { return nil }
        for branch in parents.dropFirst() where try await verdict(branch) == .bad {
            // A branch that was already broken where it forked off broke nothing itself.
            guard let origin = try await branchPoint(of: branch, from: mainline),
                try await verdict(origin) != .bad
            else { return nil }
            return try await search(good: origin, bad: branch)
        }
        return nil
    }

    /// Where a branch left the mainline, along its own first parents.
    private func branchPoint(of branch: String, from mainline: String) async throws -> String? {
        let own = Set(try await history.commits(from: mainline, to: branch))
        var current = branch
        while own.contains(current) {
            guard let parent = try await history.parents(ofCommit: current).first else {
                return nil
            }
            current = parent
        }
        return current
    }
}
