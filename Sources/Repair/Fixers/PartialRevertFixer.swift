internal import RunModel

/// Takes the minimal causal hunks of the culprit back out, and nothing else of it: within them too,
/// what the tests do not need and what does not belong to the rest stays (`CausalLines`).
///
/// When that did not hold, something else of the culprit depends on them: then the hunks that
/// belong together go with them, as few as make the tests pass that the first try left broken.
/// Beyond that lies `RevertFixer`. The fallback of SapFix (ICSE-SEIP 2019), with hunks found by
/// delta debugging.
package struct PartialRevertFixer: Fixer {
    package let name = "partial-revert"
    package let summary = "reverts the hunks of the culprit that cause the failure"

    /// Half of such a file is worse than all of it: migrations ran, generated code has a source.
    private static let indivisible = [
        "**/migrations/**", "**/migrate/**", "*.sql", "**/fixtures/**", "**/generated/**",
        "*_pb2.py", "*.pb.go", "*.generated.*", "*.min.js", "schema.*",
    ].map(PathPattern.init)
    /// Proposals, after which it is the full revert's turn.
    private static let proposals = 2
    /// Runs of the failing tests that the search within the causal hunks may make.
    private static let probeLimit = 24

    static func isIndivisible(_ path: String) -> Bool {
        indivisible.contains { $0.matches(path) }
    }

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        let causal = problem.triage.causalHunks.filter { problem.scope.permits($0.path) }
        guard !causal.isEmpty else {
            return .nothing(reason: "triage found no causal hunks outside of the tests")
        }
        let paths = Set(causal.map(\.path))
        if let path = paths.sorted().first(where: Self.isIndivisible) {
            return .nothing(reason: "\(path) must not be reverted in part")
        }
        guard problem.history.count(where: { $0.fixer == name }) < Self.proposals else {
            return .nothing(reason: "parts of the culprit were tried \(Self.proposals) times")
        }
        var reasons: [String] = []
        let reversal = CommitReversal(problem: problem, tools: tools)
        let minimal = try await Self.minimal(causal, problem, tools, reversal)
        if let tree = try await Self.tree(
            "the causal hunks", problem, &reasons,
            {
                try await reversal.tree(reverting: minimal)
            })
        {
            let count = "\(minimal.count) causal hunk\(minimal.count == 1 ? "" : "s")"
            return .proposal(
                proposal(
                    tree, problem,
                    "Reverts \(minimal == causal ? "" : "the causal lines of ")\(count) of the "
                        + "culprit in \(Self.list(Set(minimal.map(\.path)))); its other "
                        + "\(minimal == causal ? "hunks" : "changes") stay.",
                    lost: minimal.compactMap(LineHunk.init)))
        }
        let culprit = try await CulpritUnits(of: problem, tools)
        for set in culprit.grown(
            from: culprit.touched(by: minimal), within: culprit.touched(by: causal))
        {
            let units = set.sorted().map { culprit.units[$0] }
            let step = "\(units.count) of its \(culprit.units.count) parts"
            guard
                let tree = try await Self.tree(
                    step, problem, &reasons,
                    {
                        try await reversal.tree(reverting: units)
                    })
            else { continue }
            // An attempt costs a verification; that it would fail is cheaper to know before.
            let probe = tools.probe(alsoOf: problem.brokenTests)
            let result = try await probe.result(of: ProbeVariation(tree: tree, role: "fixer"))
            guard result.outcome == .passed else {
                reasons.append("\(step): the tests do not pass without them")
                continue
            }
            return .proposal(
                proposal(
                    tree, problem,
                    "Reverts \(step) in \(Self.list(Set(units.map(\.path)))): those that cause the "
                        + "failure and those that belong together with them; without the latter "
                        + "the rest of the culprit would not hold.",
                    lost: units.compactMap(\.hunk)))
        }
        return .nothing(reason: reasons.joined(separator: "; "))
    }

    /// The causal hunks without what stands in them by chance; asked once for each tree.
    private static func minimal(
        _ causal: [TriageReport.Hunk], _ problem: RepairProblem, _ tools: RepairTools,
        _ reversal: CommitReversal
    ) async throws -> [TriageReport.Hunk] {
        var known: [String: Bool] = [:]
        return try await CausalLines(causal, of: problem, tools).minimal(probeLimit: probeLimit) {
            hunks in
            let tree: String
            do {
                tree = try await reversal.tree(reverting: hunks)
            } catch is CommitReversal.Impossible {
                return false
            }
            if let cures = known[tree] { return cures }
            let variation = ProbeVariation(tree: tree, role: "fixer")
            let cures = try await tools.probe.result(of: variation).outcome == .passed
            known[tree] = cures
            return cures
        }
    }

    /// `nil`, with a reason, for what cannot be made, changes nothing, or was tried.
    private static func tree(
        _ step: String, _ problem: RepairProblem, _ reasons: inout [String],
        _ make: () async throws -> String
    ) async throws -> String? {
        do {
            let tree = try await make()
            if tree == problem.tree {
                reasons.append("\(step): nothing left to revert")
            } else if problem.history.contains(where: { $0.tree == tree }) {
                reasons.append("\(step): tried already")
            } else {
                return tree
            }
        } catch let conflict as CommitReversal.Impossible {
            reasons.append("\(step): \(conflict)")
        }
        return nil
    }

    private func proposal(
        _ tree: String, _ problem: RepairProblem, _ explanation: String, lost: [LineHunk]
    ) -> Proposal {
        let (added, removed) = (lost.flatMap(\.added).count, lost.flatMap(\.removed).count)
        return Proposal(
            fixer: name, kind: .partialRevert, tree: tree, base: problem.tree,
            explanation: explanation,
            warnings: [
                "This takes back what a colleague meant to do: \(added) added lines are lost, "
                    + "\(removed) removed ones return. Whoever wrote the culprit should review it."
            ])
    }

    static func list(_ paths: Set<String>) -> String { paths.sorted().joined(separator: ", ") }
}
