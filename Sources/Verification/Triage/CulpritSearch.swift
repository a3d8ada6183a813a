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
        let chain = try await history.lineage(from: good, to: bad)
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
        guard candidates.count == 1, let index = bisection.candidates.first else {
            return Found(candidates: candidates)
        }
        let before = index > 0 ? chain[index - 1] : good
        return try await insideMerge(chain[index], mainline: before)
            ?? Found(candidates: candidates)
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
    ///
    /// - Parameter mainline: the parent by which the commit was reached, which passes.
    private func insideMerge(_ commit: String, mainline: String) async throws -> Found? {
        let parents = try await history.parents(ofCommit: commit)
        for branch in parents where branch != mainline {
            guard try await verdict(branch) == .bad else { continue }
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

extension HistoryReader {
    /// The commits between, oldest first: along the first parents; where `good` came in by a merge,
    /// as a branch has it that caught up with the mainline, along the parents that come after it.
    func lineage(from good: String, to bad: String) async throws -> [String] {
        do {
            return try await firstParentChain(from: good, to: bad)
        } catch {
            var later: Set<String> = [good]
            for commit in try await commits(from: good, to: bad) {
                let parents = try await parents(ofCommit: commit)
                if parents.contains(where: later.contains) { later.insert(commit) }
            }
            guard later.contains(bad) else { throw error }
            var chain: [String] = []
            var current = bad
            while current != good {
                chain.append(current)
                guard
                    let parent = try await parents(ofCommit: current).first(
                        where: later.contains)
                else { throw error }
                current = parent
            }
            return chain.reversed()
        }
    }
}
