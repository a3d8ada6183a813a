internal import Digests
package import RunModel

/// Judges the difference between two trees: rules over a change set, findings, a verdict.
///
/// The same trees, policy and day give the same report, apart from the time taken.
package struct Gate: Sendable {
    private let policy: GatePolicy
    private let rules: [any Rule]
    private let limits: GateLimits
    private let cache: PatternCache
    private let today: String

    /// - Parameters:
    ///   - today: `YYYY-MM-DD`, against which suppressions expire.
    ///   - rules: the built-in rules; those of the policy are added.
    package init(
        policy: GatePolicy, today: String, rules: [any Rule] = RuleCatalog.all,
        limits: GateLimits = GateLimits(), cache: PatternCache = .inMemory
    ) {
        self.policy = policy
        self.today = today
        self.rules = rules + policy.customRules
        self.limits = limits
        self.cache = cache
    }

    /// What differs between two trees, read once for `judge`. It needs no policy, and so can begin
    /// before there is one.
    ///
    /// - Throws: what `reader` threw, or the limit that was reached.
    package static func changes(
        from baseTree: String, to headTree: String, reader: any TreeReader,
        limits: GateLimits = GateLimits()
    ) async throws -> GateChanges {
        let deadline = Deadline(limits)
        return GateChanges(
            loaded: try await ChangeSetLoader(reader: reader, limits: limits, deadline: deadline)
                .load(from: baseTree, to: headTree), deadline: deadline)
    }

    /// - Parameters:
    ///   - base: the commit whose tree `baseTree` is, for the report; `head` likewise.
    ///   - baseTree: id of the tree to compare with.
    ///   - changes: between the trees, where they are being read already.
    /// - Throws: what `reader` threw, or `PatternError` for a pattern that cannot be compiled.
    ///   Limits are not errors: the report then says `block`.
    package func judge(
        base: String, head: String?, baseTree: String, headTree: String, reader: any TreeReader,
        changes: (@Sendable () async throws -> GateChanges)? = nil
    ) async throws -> GateReport {
        let start = ContinuousClock.now
        var assembly = FindingAssembly(policy: policy, today: today)
        var statistics = GateStatistics()
        statistics.rules = rules.count
        do {
            // Patterns are restored while the change is read.
            let active = rules.filter { policy.actions[$0.metadata.id] != .off }
            let scanner = try ContentScanner(rules: active, cache: cache)
            let changes =
                if let changes { try await changes() } else {
                    try await Self.changes(
                        from: baseTree, to: headTree, reader: reader, limits: limits)
                }
            let (loaded, deadline) = (changes.loaded, changes.deadline)
            loaded.exceeded.forEach { assembly.add($0) }
            statistics.count(loaded.files)
            let matches = try await scanner.matches(
                in: loaded.files, hitLimit: limits.hitsPerFile, deadline: deadline)
            let view = ChangeSetView(
                files: loaded.files, baseTree: baseTree, headTree: headTree, policy: policy,
                reader: reader, fileByteLimit: limits.fileBytes, matches: matches)
            for (rule, collector) in try await evaluate(active, on: view, until: deadline) {
                assembly.add(collector, of: rule)
            }
        } catch let limit as GateLimitReached {
            assembly.add(limit)
        }
        let outcome = assembly.finish()
        statistics.suppressed = outcome.suppressed
        statistics.findingsLeftOut = outcome.leftOut
        let elapsed = (ContinuousClock.now - start).components
        statistics.wallMilliseconds =
            (Double(elapsed.seconds) * 1e3 + Double(elapsed.attoseconds) / 1e15)
        return GateReport(
            verdict: outcome.verdict, base: base, head: head, tree: headTree,
            policy: policy.identity, findings: outcome.findings, statistics: statistics)
    }

    /// What each rule collected, in the order of `rules`, whichever ended first.
    ///
    /// Rules about tests share an analysis that one of them makes: it begins first, with a helper
    /// that reads the files from the other end, and the others come last, so that they need not
    /// wait for it.
    private func evaluate(
        _ rules: [any Rule], on view: ChangeSetView, until deadline: Deadline
    ) async throws -> [(RuleMetadata, FindingCollector)] {
        let sharing = rules.indices.filter { rules[$0].metadata.category == .tests }
        let alone = rules.indices.filter { rules[$0].metadata.category != .tests }
        let limit = limits.findingsPerRule
        var collected: [Int: FindingCollector] = [:]
        try await withThrowingTaskGroup(of: (Int, FindingCollector).self) { group in
            if !sharing.isEmpty {
                group.addTask {
                    try TestAnalysis.readAhead(view, until: deadline)
                    return (rules.endIndex, FindingCollector(limit: 0))
                }
            }
            for index in sharing.prefix(1) + alone + sharing.dropFirst() {
                let rule = rules[index]
                group.addTask {
                    try deadline.check()
                    var collector = FindingCollector(limit: limit)
                    try await rule.evaluate(view, into: &collector)
                    try deadline.check()
                    return (index, collector)
                }
            }
            for try await (index, collector) in group { collected[index] = collector }
        }
        return rules.indices.compactMap { index in
            collected[index].map { (rules[index].metadata, $0) }
        }
    }
}

/// What is judged, and until when.
package struct GateChanges: Sendable {
    var loaded: ChangeSetLoader.Loaded
    var deadline: Deadline
}

extension GateStatistics {
    fileprivate mutating func count(_ changed: [ChangedFile]) {
        files = changed.count
        for file in changed {
            linesAdded += file.addedLineCount
            linesRemoved += file.removedLineCount
            guard let text = file.head.text else { continue }
            for hunk in file.hunks { bytesAdded += text.range(ofLines: hunk.head).count }
        }
    }
}
