internal import RunModel

/// Brings a lock file in line with its manifest, and moves nothing that the manifest did not.
package struct LockfileFixer: Fixer {
    package let name = "lockfile"
    package let summary = "locks again, minimally, what the manifest changed"

    struct Locker: Sendable {
        /// What the failing tool says; any of them.
        var complaints: [String]
        var manifest: String
        var lock: String
        /// Never an "upgrade all".
        var arguments: [String]
    }

    static let lockers = [
        Locker(
            complaints: ["Cargo.lock needs to be updated", "the lock file", "--locked was passed"],
            manifest: "Cargo.toml", lock: "Cargo.lock",
            arguments: ["cargo", "metadata", "--format-version", "1", "--quiet"]),
        Locker(
            complaints: ["updates to go.mod needed", "missing go.sum entry"], manifest: "go.mod",
            lock: "go.sum", arguments: ["go", "mod", "tidy"]),
        Locker(
            complaints: ["package.json and package-lock.json", "npm ci` can only install"],
            manifest: "package.json", lock: "package-lock.json",
            arguments: ["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit"]),
        Locker(
            complaints: ["uv.lock needs to be updated", "The lockfile at `uv.lock`"],
            manifest: "pyproject.toml", lock: "uv.lock", arguments: ["uv", "lock"]),
        Locker(
            complaints: ["pyproject.toml changed significantly since poetry.lock"],
            manifest: "pyproject.toml", lock: "poetry.lock", arguments: ["poetry", "lock"]),
        Locker(
            complaints: ["Package.resolved", "an out-of-date resolved file"],
            manifest: "Package.swift", lock: "Package.resolved",
            arguments: ["swift", "package", "resolve"]),
    ]

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        guard
            let locker = Self.lockers.first(where: { locker in
                locker.complaints.contains(where: problem.log.contains)
            })
        else { return .nothing(reason: "no complaint about a lock file in the log") }
        let paths = try await tools.trees.files(inTree: problem.tree).map(\.path)
        // The one beside its manifest; of several, the nearest to the root.
        let manifests = paths.filter {
            $0 == locker.manifest || $0.hasSuffix("/" + locker.manifest)
        }
        guard
            let manifest = manifests.min(by: { $0.utf8.count < $1.utf8.count })
        else { return .nothing(reason: "the tree has no \(locker.manifest)") }
        let directory = String(manifest.dropLast(locker.manifest.utf8.count))
        let lock = directory + locker.lock

        var request = CommandRequest(
            tree: problem.tree, arguments: locker.arguments, limits: problem.limits, role: "fix")
        request.workingDirectory = String(directory.dropLast())
        request.network = problem.dependencyNetwork
        request.wantsChanges = true
        let result = try await tools.executor.run(request)
        guard result.report.exitCode == 0, let tree = result.report.tree, tree != problem.tree
        else {
            let error = String(decoding: result.standardError.suffix(300), as: UTF8.self)
            return .nothing(
                reason: "`\(locker.arguments.joined(separator: " "))` made no lock file: \(error)")
        }
        let changed = try await tools.trees.difference(from: problem.tree, to: tree).map(\.path)
        guard changed == [lock] else {
            return .nothing(
                reason:
                    "locking also changed \(changed.filter { $0 != lock }.joined(separator: ", "))")
        }
        if let stray = try await strayMove(lock, manifest, tree, problem, tools) {
            return .nothing(reason: "locking would move \(stray), which \(manifest) did not change")
        }
        guard !problem.history.contains(where: { $0.tree == tree }) else {
            return .nothing(reason: "it was tried already")
        }
        return .proposal(
            Proposal(
                fixer: name, kind: .lockfile, tree: tree, base: problem.tree,
                explanation: "Brings \(lock) in line with \(manifest) by "
                    + "`\(locker.arguments.joined(separator: " "))`; no other package moves."))
    }

    /// A package that was locked before, moves now, and is not named by what changed in the
    /// manifest.
    private func strayMove(
        _ lock: String, _ manifest: String, _ tree: String, _ problem: RepairProblem,
        _ tools: RepairTools
    ) async throws -> String? {
        guard let before = try await tools.text(of: lock, inTree: problem.tree),
            let after = try await tools.text(of: lock, inTree: tree),
            let old = LockFileEntries(path: lock, text: before),
            let new = LockFileEntries(path: lock, text: after)
        else { return nil }
        var declared = ""
        if let goodTree = problem.goodTree,
            let was = try await tools.text(of: manifest, inTree: goodTree),
            let now = try await tools.text(of: manifest, inTree: problem.tree)
        {
            declared = LineHunk.hunks(from: was.lines, to: now.lines)
                .flatMap { $0.added + $0.removed }.joined(separator: "\n")
        }
        return old.moved(to: new).sorted().first { !declared.contains($0) }
    }
}
