internal import RunModel

/// The loop over the projects of a monorepo: a bounded number at a time, in the order in which the
/// configuration names them, so that none waits for ever.
struct MonorepoHeal: Sendable {
    let projects: [String]
    let concurrency: Int

    /// - Parameter heal: works on one project; its budgets bound how long it holds its place.
    /// - Returns: the report that stands for all; an error in one project ends none of the others.
    func run(
        _ heal: @escaping @Sendable (String) async throws -> HealReport
    ) async -> HealReport {
        var parts: [Int: HealReport.Project] = [:]
        await withTaskGroup(of: (Int, HealReport.Project).self) { group in
            var waiting = projects.enumerated().makeIterator()
            func start() {
                guard let (index, path) = waiting.next() else { return }
                group.addTask {
                    do {
                        return (index, .init(path: path, report: try await heal(path)))
                    } catch {
                        return (index, .init(path: path, error: "\(error)"))
                    }
                }
            }
            for _ in 0..<max(1, concurrency) { start() }
            while let (index, part) = await group.next() {
                parts[index] = part
                start()
            }
        }
        let ordered = projects.indices.compactMap { parts[$0] }
        var report = HealReport(outcome: Self.outcome(ordered))
        report.projects = ordered
        return report
    }

    /// What asks most of a human stands for all.
    private static func outcome(_ parts: [HealReport.Project]) -> HealOutcome {
        let order: [HealOutcome] = [
            .escalated, .awaitingApproval, .pullRequest, .skipped, .nothingToHeal,
        ]
        let found = Set(parts.compactMap(\.report?.outcome))
        return order.first(where: found.contains) ?? .nothingToHeal
    }
}
