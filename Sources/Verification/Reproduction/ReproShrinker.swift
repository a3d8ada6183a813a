internal import Digests
package import RunModel

/// Makes a failure smaller while it stays the same: which test, which files, which variables are
/// needed for it.
package struct ReproShrinker: Sendable {
    private let executor: any CommandExecutor
    private let trees: any TreeReader
    private let recorded: ReproOutcome
    /// How the project's tests are selected, where that is known.
    private let testCommand: TestCommand?
    private let probeLimit: Int

    package init(
        executor: any CommandExecutor, trees: any TreeReader, recorded: ReproOutcome,
        testCommand: TestCommand?, probeLimit: Int = 150
    ) {
        self.executor = executor
        self.trees = trees
        self.recorded = recorded
        self.testCommand = testCommand
        self.probeLimit = probeLimit
    }

    package struct Outcome: Sendable {
        package var request: CommandRequest
        package var outcome: ReproOutcome
        package var probes: Int
        /// Whether each remaining file and variable was shown to be needed.
        package var isOneMinimal: Bool
        package var tests: [String]
        package var files: [String]
        package var variables: [String]
    }

    /// - Parameter request: fails as recorded.
    package func shrink(_ request: CommandRequest) async throws -> Outcome {
        var course = Course(request: request, outcome: recorded, probes: 0)
        try await shrinkTests(&course)
        let files = try await shrinkFiles(&course)
        let variables = try await shrinkEnvironment(&course)
        return Outcome(
            request: course.request, outcome: course.outcome, probes: course.probes,
            isOneMinimal: files.isOneMinimal && variables.isOneMinimal,
            tests: course.outcome.failing, files: files.kept, variables: variables.kept)
    }

    private struct Course {
        var request: CommandRequest
        /// What counts as the same failure by now.
        var outcome: ReproOutcome
        var probes: Int
    }

    private func run(_ request: CommandRequest) async throws -> ReproOutcome {
        var request = request
        request.role = "shrink"
        return ReproOutcome(try await executor.run(request))
    }

    /// One failing test by itself, when it still fails by itself.
    private func shrinkTests(_ course: inout Course) async throws {
        guard let testCommand else { return }
        for test in recorded.failing.prefix(8) where course.probes < probeLimit {
            guard let text = testCommand.shellText(selecting: [test]) else { return }
            var request = course.request
            request.arguments = ["/bin/sh", "-c", text]
            request.workingDirectory = testCommand.workingDirectory
            course.probes += 1
            let outcome = try await run(request)
            if outcome.isFailure, outcome.failing == [test] {
                course.request = request
                course.outcome = outcome
                return
            }
        }
    }

    private struct Kept {
        var kept: [String]
        var isOneMinimal: Bool
    }

    /// Folder by folder from the root, then file by file.
    private func shrinkFiles(_ course: inout Course) async throws -> Kept {
        guard let tree = course.request.tree else { return Kept(kept: [], isOneMinimal: true) }
        let paths = try await trees.files(inTree: tree).map(\.path)
        var kept = Array(paths.indices)
        var isOneMinimal = true
        for depth in 1...3 {
            let groups = Dictionary(grouping: kept) { index in
                paths[index].split(separator: "/").prefix(depth).joined(separator: "/")
            }.values.sorted { $0[0] < $1[0] }
            guard groups.count < kept.count || depth == 3 else { continue }
            let result = try await minimise(groups, &course, tree: tree, paths: paths)
            kept = result.units.flatMap { groups[$0] }.sorted()
        }
        let last = try await minimise(kept.map { [$0] }, &course, tree: tree, paths: paths)
        kept = last.units.map { kept[$0] }
        isOneMinimal = last.isOneMinimal
        course.request.tree = try await self.tree(tree, keeping: kept, of: paths)
        return Kept(kept: kept.map { paths[$0] }, isOneMinimal: isOneMinimal)
    }

    private func minimise(
        _ groups: [[Int]], _ course: inout Course, tree: String, paths: [String]
    ) async throws -> DeltaDebugging.Outcome {
        let request = course.request
        let wanted = course.outcome
        var search = DeltaDebugging(probeLimit: max(probeLimit - course.probes, 0))
        let outcome = try await search.minimise(Array(groups.indices)) { chosen in
            var request = request
            request.tree = try await self.tree(
                tree, keeping: chosen.flatMap { groups[$0] }, of: paths)
            return try await run(request).isSameFailure(as: wanted) ? .cured : .stillFailing
        }
        course.probes += search.probes
        return outcome
    }

    private func tree(
        _ tree: String, keeping kept: [Int], of paths: [String]
    ) async throws -> String {
        let chosen = Set(kept)
        let edits = paths.indices.filter { !chosen.contains($0) }
            .map { TreeEdit(path: paths[$0], content: nil) }
        return edits.isEmpty ? tree : try await trees.writeTree(base: tree, edits: edits)
    }

    private func shrinkEnvironment(_ course: inout Course) async throws -> Kept {
        let names = course.request.environment.keys.sorted()
        guard !names.isEmpty else { return Kept(kept: [], isOneMinimal: true) }
        let request = course.request
        let wanted = course.outcome
        func probe(_ chosen: [Int]) async throws -> ProbeAnswer {
            let kept = Set(chosen.map { names[$0] })
            var request = request
            request.environment = request.environment.filter { kept.contains($0.key) }
            return try await run(request).isSameFailure(as: wanted) ? .cured : .stillFailing
        }
        // ddmin never tries the empty set, and mostly no variable is needed at all.
        course.probes += 1
        if try await probe([]) == .cured {
            course.request.environment = [:]
            return Kept(kept: [], isOneMinimal: true)
        }
        var search = DeltaDebugging(probeLimit: max(probeLimit - course.probes, 0))
        let outcome = try await search.minimise(Array(names.indices), probe: probe)
        course.probes += search.probes
        let kept = outcome.units.map { names[$0] }
        course.request.environment = request.environment.filter { kept.contains($0.key) }
        return Kept(kept: kept, isOneMinimal: outcome.isOneMinimal)
    }
}
