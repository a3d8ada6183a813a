internal import RunModel

/// Repairs configuration that drifted from the code, or the base image that moved under it.
///
/// Three cases that structure alone decides: a key that the culprit removed from a configuration
/// file although it is still read; a key that the code reads under a new name; an image tag whose
/// digest the last good log tells. Values of secrets are neither read nor written.
package struct EnvironmentFixer: Fixer {
    package let name = "environment"
    package let summary = "restores or renames configuration keys, pins a moved base image"

    static let configurationSuffixes = [
        ".env.example", ".env.sample", ".env", ".yaml", ".yml", ".json", ".toml", ".ini", ".cfg",
        ".conf", ".properties",
    ]

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        let candidates = [
            try await restoredKeys(problem, tools), try await renamedKeys(problem, tools),
            try await pinnedImages(problem, tools),
        ]
        for candidate in candidates.compactMap(\.self)
        where candidate.tree != problem.tree
            && !problem.history.contains(where: { $0.tree == candidate.tree })
        {
            return .proposal(candidate)
        }
        return .nothing(reason: "no configuration key and no image that the failure names moved")
    }

    /// Lines of configuration that the culprit removed or changed, whose key the log names.
    private func restoredKeys(
        _ problem: RepairProblem, _ tools: RepairTools
    ) async throws -> Proposal? {
        guard let goodTree = problem.goodTree, let culpritTree = problem.culpritTree else {
            return nil
        }
        var edits: [TreeEdit] = []
        var keys: [String] = []
        for difference in try await tools.trees.difference(from: goodTree, to: culpritTree)
        where Self.isConfiguration(difference.path) && problem.scope.permits(difference.path) {
            let path = difference.path
            guard let old = try await tools.text(of: path, inTree: goodTree),
                let new = try await tools.text(of: path, inTree: culpritTree),
                var now = try await tools.text(of: path, inTree: problem.tree)
            else { continue }
            let before = now
            for hunk in LineHunk.hunks(from: old.lines, to: new.lines) {
                let named = hunk.removed.compactMap(Self.key).filter { key in
                    Self.log(problem.log, names: key)
                }
                guard !named.isEmpty, let reverted = try? HunkReversal.revert([hunk], in: now)
                else { continue }
                now = reverted
                keys += named
            }
            if now != before {
                edits.append(
                    TreeEdit(path: path, content: now.bytes, mode: difference.new?.mode ?? 0o100644)
                )
            }
        }
        guard !edits.isEmpty else { return nil }
        return proposal(
            try await tools.trees.writeTree(base: problem.tree, edits: edits), problem,
            "The culprit changed \(Self.list(keys)) in \(Self.list(edits.map(\.path))), which the "
                + "code still needs as it was.")
    }

    /// Keys that the culprit's code reads under a new name, renamed in the configuration too.
    private func renamedKeys(
        _ problem: RepairProblem, _ tools: RepairTools
    ) async throws -> Proposal? {
        guard let goodTree = problem.goodTree, let culpritTree = problem.culpritTree else {
            return nil
        }
        var renames: Set<Rename> = []
        for difference in try await tools.trees.difference(from: goodTree, to: culpritTree)
        where !Self.isConfiguration(difference.path) {
            guard let old = try await tools.text(of: difference.old?.path ?? "", inTree: goodTree),
                let new = try await tools.text(of: difference.path, inTree: culpritTree)
            else { continue }
            for hunk in LineHunk.hunks(from: old.lines, to: new.lines) {
                renames.formUnion(Self.literalRenames(hunk))
            }
        }
        let wanted = renames.filter { Self.log(problem.log, names: $0.new) }
        guard !wanted.isEmpty else { return nil }
        var edits: [TreeEdit] = []
        for file in try await tools.trees.files(inTree: problem.tree)
        where file.isRegular && Self.isConfiguration(file.path) && problem.scope.permits(file.path)
        {
            guard var text = try await tools.text(of: file.path, inTree: problem.tree) else {
                continue
            }
            let lines = text.lines.map { line in
                guard let key = Self.key(line), let rename = wanted.first(where: { $0.old == key }),
                    let range = line.firstRange(of: key)
                else { return line }
                var renamed = line
                renamed.replaceSubrange(range, with: rename.new)
                return renamed
            }
            guard lines != text.lines else { continue }
            text.lines = lines
            edits.append(TreeEdit(path: file.path, content: text.bytes, mode: file.mode))
        }
        guard !edits.isEmpty else { return nil }
        let names = wanted.sorted { $0.old < $1.old }.map { "`\($0.old)` as `\($0.new)`" }
        return proposal(
            try await tools.trees.writeTree(base: problem.tree, edits: edits), problem,
            "The code reads \(names.joined(separator: ", ")) now; "
                + "\(Self.list(edits.map(\.path))) follows.")
    }

    /// `FROM name:tag` pinned to the digest that the last good build pulled.
    private func pinnedImages(
        _ problem: RepairProblem, _ tools: RepairTools
    ) async throws -> Proposal? {
        let digests = Self.pulledDigests(in: problem.goodLog)
        guard !digests.isEmpty else { return nil }
        var edits: [TreeEdit] = []
        for file in try await tools.trees.files(inTree: problem.tree)
        where file.isRegular && problem.scope.permits(file.path) && Self.isImageRecipe(file.path) {
            guard var text = try await tools.text(of: file.path, inTree: problem.tree) else {
                continue
            }
            let lines = text.lines.map { line in
                var words = line.split(separator: " ", omittingEmptySubsequences: false)
                    .map(String.init)
                guard words.first?.uppercased() == "FROM", words.count > 1,
                    let digest = digests[words[1]]
                else { return line }
                words[1] += "@" + digest
                return words.joined(separator: " ")
            }
            guard lines != text.lines else { continue }
            text.lines = lines
            edits.append(TreeEdit(path: file.path, content: text.bytes, mode: file.mode))
        }
        guard !edits.isEmpty else { return nil }
        return proposal(
            try await tools.trees.writeTree(base: problem.tree, edits: edits), problem,
            "A base image moved under its tag; \(Self.list(edits.map(\.path))) names the digest "
                + "that the last good build used.")
    }

    private func proposal(_ tree: String, _ problem: RepairProblem, _ text: String) -> Proposal {
        Proposal(
            fixer: name, kind: .environment, tree: tree, base: problem.tree, explanation: text)
    }

    private static func list(_ names: [String]) -> String {
        Set(names).sorted().joined(separator: ", ")
    }
}
