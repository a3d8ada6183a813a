internal import RunModel

/// What decides whether a flaky test passes: one dimension of the environment at a time is varied,
/// everything else stays as it is.
enum FlakinessDimension: String, Sendable, CaseIterable {
    /// Nothing that is controlled here: randomness, races, resources.
    case chance
    case hashSeed = "hash_seed"
    case locale, network, order, parallelism, time, user

    /// Environments and orders that differ from the plain one in this dimension only.
    var variations: [RunVariation] {
        func environment(_ values: [[String: String]]) -> [RunVariation] {
            values.map { RunVariation(number: 0, environment: $0) }
        }
        switch self {
        case .chance: return environment([[:], [:], [:], [:]])
        case .hashSeed: return environment((1...6).map { ["PYTHONHASHSEED": String($0 * 7919)] })
        case .locale: return environment([["LC_ALL": "C"], ["LC_ALL": "POSIX", "LANG": "C"]])
        // Taken away for once; where there is none it decides nothing.
        case .network:
            var variation = RunVariation(number: 0, environment: [:])
            variation.network = "none"
            return [variation]
        case .order:
            return (1...8).map { RunVariation(number: 0, environment: [:], orderSeed: $0) }
        case .parallelism:
            return [RunVariation(number: 0, environment: [:], cpus: 1)]
        case .time:
            return environment(
                ["Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"].map { ["TZ": $0] })
        case .user: return environment([["USER": "someone", "LOGNAME": "someone"]])
        }
    }
}

/// Runs a tree under each variation and compares every test with itself.
struct FlakinessProbe: Sendable {
    let runner: SuiteRunner
    let tree: String

    struct Finding: Sendable, Equatable {
        var dimension: FlakinessDimension
        var tally: TriageReport.Tally
    }

    /// - Parameter tests: those to look at; `nil`: all.
    /// - Returns: what decides, for each test that does not always end the same.
    func findings(
        tests: [String]?, evidence: inout [EvidenceRun]
    ) async throws -> [String: Finding] {
        // A fixed seed, so that it is not what the other dimensions seem to decide.
        let plain = try await run(RunVariation(number: 0, environment: fixed), ids: nil, &evidence)
        let watched = tests.map(Set.init) ?? plain.ids
        var tallies: [String: TriageReport.Tally] = [:]
        var decided: [String: FlakinessDimension] = [:]
        for dimension in FlakinessDimension.allCases
        where dimension != .network || runner.command.network != "none" {
            for variation in dimension.variations {
                var variation = variation
                variation.environment.merge(fixed) { varied, _ in varied }
                let isOrder = variation.orderSeed != nil
                let outcomes = try await run(
                    variation, ids: isOrder ? plain.ids.sorted() : nil, &evidence)
                for id in watched {
                    guard let status = outcomes[id] else { continue }
                    var tally = tallies[id] ?? TriageReport.Tally()
                    if status.isFailure { tally.failed += 1 } else { tally.passed += 1 }
                    tallies[id] = tally
                    if decided[id] == nil, status.isFailure != plain[id]?.isFailure {
                        decided[id] = dimension
                    }
                }
            }
        }
        return decided.reduce(into: [:]) { result, entry in
            result[entry.key] = Finding(
                dimension: entry.value, tally: tallies[entry.key] ?? TriageReport.Tally())
        }
    }

    private let fixed = ["PYTHONHASHSEED": "0"]

    private func run(
        _ variation: RunVariation, ids: [String]?, _ evidence: inout [EvidenceRun]
    ) async throws -> OutcomeMap {
        let run = try await runner.run(
            tree: tree, role: "flaky", tests: ids, variation: variation)
        evidence.append(run.evidence)
        return run.outcomes
    }

    init(runner: SuiteRunner, tree: String) {
        self.runner = runner
        self.tree = tree
    }
}
