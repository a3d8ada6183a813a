internal import GitWorktrees
package import Guardrails
internal import PolicyFiles
package import RunModel

/// Opens the repository, finds the policy of the base and lets the gate judge.
package enum GateCoordinator {
    /// A report, with what is needed to render it.
    package struct Outcome: Sendable {
        package var report: GateReport
        package var rules: RuleIndex
    }

    /// Begins what every judgement needs, before the call has been understood.
    package static func prepare() { GitRepository.prepare() }

    /// - Throws: what is wrong with the repository, the revisions, the patch or the policy file. A
    ///   policy that says something unknown is no error: it blocks, and the finding says what.
    package static func judge(_ request: GateRequest) async throws -> Outcome {
        let repository = try GitRepository(
            at: request.repository, quarantine: request.quarantine)
        let policyTree = try await repository.tree(named: request.base)
        var baseTree = policyTree
        let base = try await repository.commitOrTree(named: request.base)
        let headTree: String
        let head: String?
        switch request.change {
        case .head(let revision):
            headTree = try await repository.tree(named: revision)
            head = try await repository.commitOrTree(named: revision)
            if request.sinceMergeBase {
                baseTree = try await repository.mergeBaseTree(of: request.base, and: revision)
            }
        case .patch(let bytes):
            headTree = try await repository.apply(patch: bytes, toTree: baseTree)
            head = nil
        }
        // The policy is found and read meanwhile.
        let changes = Task { [baseTree] in
            try await Gate.changes(from: baseTree, to: headTree, reader: repository)
        }
        defer { changes.cancel() }
        var policy: GatePolicy
        do {
            policy = try await PolicySelection(reader: repository, baseTree: policyTree)
                .policy(named: request.policy)
        } catch let error as PolicyFileError where error.isAboutContent {
            return Outcome(
                report: .refused(
                    policyProblem: error.description, source: error.file, base: base, head: head,
                    tree: headTree),
                rules: RuleIndex())
        }
        if !request.scope.isEmpty { policy.scope = try globs(request.scope) }
        let gate = Gate(
            policy: policy, today: request.today, cache: .ofUser)
        let report = try await gate.judge(
            base: base, head: head, baseTree: baseTree, headTree: headTree,
            reader: repository, changes: { try await changes.value })
        return Outcome(report: report, rules: RuleIndex(policy: policy))
    }

    private static func globs(_ patterns: [String]) throws -> [PathGlob] {
        try patterns.map { pattern in
            guard let glob = PathGlob(pattern) else {
                throw PolicyFileError(
                    file: "--scope", location: nil,
                    problem: "\"\(pattern)\" is not a path pattern",
                    remedy: "close every [ and {, for example src/**")
            }
            return glob
        }
    }
}

extension PolicyFileError {
    /// Whether the file could be read and says something that is not understood, as opposed to a
    /// file that is not there, too large or no YAML.
    fileprivate var isAboutContent: Bool { location != nil || !entry.isEmpty }
}
