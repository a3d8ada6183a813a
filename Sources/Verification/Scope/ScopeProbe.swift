package import RunModel
internal import TestReports

/// Finds out what of a tree failing tests depend on: the lines that they execute, where a coverage
/// tool says so; else the files that their processes open, less those that an empty test opens.
package struct ScopeProbe: Sendable {
    private let command: TestCommand
    private let executor: any CommandExecutor
    private let trees: any TreeReader
    /// Where worktrees are, inside.
    private let root: String

    package init(
        command: TestCommand, executor: any CommandExecutor, trees: any TreeReader,
        root: String = "/work"
    ) {
        self.command = command
        self.executor = executor
        self.trees = trees
        self.root = root
    }

    /// - Parameter tests: ids of failing tests; none: the whole command.
    /// - Throws: `PortError` when the sandbox could not be had.
    package func scope(tree: String, tests: [String]) async throws -> TestScope {
        let files = try await trees.files(inTree: tree).filter { $0.mode != 0o160000 }
        let named = tests.filter { $0 != TestRun.wholeCommand }
        let text = command.shellText(selecting: named) ?? command.run
        if let lines = try await coveredLines(text, tree: tree, files: files) { return lines }
        return try await openedFiles(text, tests: named, tree: tree, files: files)
    }

    private func request(_ text: String, tree: String) -> CommandRequest {
        var request = CommandRequest(
            tree: tree, arguments: ["/bin/sh", "-c", text], limits: command.limits, role: "scope")
        request.environment = command.environment
        request.workingDirectory = command.workingDirectory
        request.network = command.network
        request.layers = command.layers
        return request
    }

    // MARK: Lines

    private func coveredLines(
        _ text: String, tree: String, files: [TreeFile]
    ) async throws -> TestScope? {
        let paths = Set(files.map(\.path))
        for recipe in CoverageRecipe.all {
            guard let changed = recipe.rewrite(text) else { continue }
            let result = try await executor.run(request(changed, tree: tree))
            var covered = CoveredLines()
            for (name, bytes) in result.reports.sorted(by: { $0.key < $1.key })
            where name.hasPrefix("coverage/") && name != "coverage/data" {
                let sources = try await sources(bytes, recipe: recipe, files: files)
                // A file that is cut off or of another kind says nothing; the next way is tried.
                guard let lines = try? recipe.format.read(bytes, source: { sources[$0] }) else {
                    continue
                }
                covered.merge(lines)
            }
            let resolved = covered.resolved(to: paths, root: root).files
                .filter { !command.paths.matches($0.key) && !$0.value.isEmpty }
            guard !resolved.isEmpty else { continue }
            return TestScope(
                granularity: .lines, method: recipe.format.rawValue,
                files: resolved.sorted { $0.key < $1.key }.map {
                    TestScope.File(path: $0.key, lines: TestScope.stretches($0.value))
                })
        }
        return nil
    }

    /// Texts of the scripts that V8's ranges count in, by URL.
    private func sources(
        _ bytes: [UInt8], recipe: CoverageRecipe, files: [TreeFile]
    ) async throws -> [String: String] {
        guard recipe.format == .v8 else { return [:] }
        let report = String(decoding: bytes, as: UTF8.self)
        var sources: [String: String] = [:]
        for file in files where sources.count < 2_000 {
            let url = "file://\(root)/\(file.path)"
            guard report.contains("\"\(url)\"") else { continue }
            let content = try await trees.blob(file.blob, byteLimit: 64 << 20)
            sources[url] = String(decoding: content, as: UTF8.self)
        }
        return sources
    }

    // MARK: Files

    private func openedFiles(
        _ text: String, tests: [String], tree: String, files: [TreeFile]
    ) async throws -> TestScope {
        guard let observed = try await observation(of: text, tree: tree) else {
            return TestScope(
                granularity: .unknown, notes: ["what runs the tests here observes no files"])
        }
        if let failure = observed.failure {
            return TestScope(
                granularity: .unknown, method: observed.method.rawValue,
                notes: ["files could not be observed: \(failure)"])
        }
        let paths = Set(files.map(\.path))
        let opened = Set(observed.paths).intersection(paths).filter { !command.paths.matches($0) }
        var scope = TestScope(
            granularity: .files, method: observed.method.rawValue,
            hasOverflowed: observed.hasOverflowed)
        var names = NameSource()
        let empty = tests.first.flatMap {
            EmptyTest.beside($0, runner: command.runner, files: paths, name: names.next())
        }
        var remaining = opened
        if let empty, let emptyText = command.shellText(selecting: [empty.id]) {
            if let common = try await observation(
                of: emptyText, tree: tree, overlays: [empty.file]), common.failure == nil
            {
                remaining.subtract(common.paths)
            }
            if remaining.isEmpty, !opened.isEmpty {
                // Compilers read everything for any test.
                remaining = opened
                scope.notes.append("an empty test opens the same files: nothing was taken away")
            }
        } else {
            scope.notes.append("no empty test is known for this runner: nothing was taken away")
        }
        scope.files = remaining.sorted().map { TestScope.File(path: $0) }
        if scope.files.isEmpty { scope.granularity = .unknown }
        return scope
    }

    private func observation(
        of text: String, tree: String, overlays: [OverlayFile] = []
    ) async throws -> FileObservation? {
        var request = request(text, tree: tree)
        request.observesFiles = true
        request.overlays = overlays
        return try await executor.run(request).observation
    }
}
