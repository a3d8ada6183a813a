internal import RunModel

/// Takes parts of the culprit back out of the tree under repair.
struct CommitReversal {
    /// It cannot be done by structure alone.
    struct Impossible: Error, CustomStringConvertible {
        var path: String
        var reason: String
        var description: String { "\(path): \(reason)" }
    }

    let problem: RepairProblem
    let tools: RepairTools

    /// The tree without these hunks. A hunk without line numbers stands for its whole file.
    func tree(reverting hunks: [TriageReport.Hunk]) async throws -> String {
        var edits: [TreeEdit] = []
        for (path, group) in Dictionary(grouping: hunks, by: \.path).sorted(by: { $0.key < $1.key })
        {
            let parsed = group.map(LineHunk.init)
            if parsed.contains(nil) {
                // A rename is one change of two paths.
                let origins = group.compactMap { hunk in
                    hunk.header.hasPrefix("renamed from ")
                        ? String(hunk.header.dropFirst("renamed from ".count)) : nil
                }
                edits += try await wholeFileEdits(Set(origins + [path]))
                continue
            }
            edits.append(try await edit(path, without: parsed.compactMap(\.self)))
        }
        return try await tools.trees.writeTree(base: problem.tree, edits: edits)
    }

    /// The tree without these units of the culprit.
    func tree(reverting units: [CulpritUnits.Unit]) async throws -> String {
        var edits: [TreeEdit] = []
        for (path, group) in Dictionary(grouping: units, by: \.path).sorted(by: { $0.key < $1.key })
        {
            let hunks = group.compactMap(\.hunk)
            guard hunks.count == group.count else {
                edits += try await wholeFileEdits([path])
                continue
            }
            edits.append(try await edit(path, without: hunks))
        }
        return try await tools.trees.writeTree(base: problem.tree, edits: edits)
    }

    /// The tree with these files as they were before the culprit, later changes kept.
    func tree(revertingFiles paths: Set<String>) async throws -> String {
        try await tools.trees.writeTree(
            base: problem.tree, edits: wholeFileEdits(paths))
    }

    private func wholeFileEdits(_ paths: Set<String>) async throws -> [TreeEdit] {
        guard let goodTree = problem.goodTree, let culpritTree = problem.culpritTree else {
            throw Impossible(
                path: paths.sorted().first ?? "", reason: "the culprit's trees are not known")
        }
        var edits: [TreeEdit] = []
        for path in paths.sorted() {
            let old = try await file(path, in: goodTree)
            let new = try await file(path, in: culpritTree)
            let now = try await file(path, in: problem.tree)
            if old == new || now == old { continue }
            if now == new {
                // Nobody touched it since: exactly the old file, its mode included.
                edits.append(try await edit(path, to: old))
                continue
            }
            guard let old, let new, let now, now.isRegular, old.isRegular, new.isRegular,
                let oldText = try await tools.text(of: path, inTree: goodTree),
                let newText = try await tools.text(of: path, inTree: culpritTree),
                let nowText = try await tools.text(of: path, inTree: problem.tree)
            else { throw Impossible(path: path, reason: "was changed again since the culprit") }
            let hunks = LineHunk.hunks(from: oldText.lines, to: newText.lines)
            let reverted = try Self.revert(hunks, in: nowText, path: path)
            edits.append(TreeEdit(path: path, content: reverted.bytes, mode: now.mode))
        }
        return edits
    }

    private func edit(_ path: String, without hunks: [LineHunk]) async throws -> TreeEdit {
        guard let file = try await file(path, in: problem.tree), file.isRegular,
            let text = try await tools.text(of: path, inTree: problem.tree)
        else { throw Impossible(path: path, reason: "is no text file any more") }
        let reverted = try Self.revert(hunks, in: text, path: path)
        return TreeEdit(path: path, content: reverted.bytes, mode: file.mode)
    }

    private func edit(_ path: String, to file: TreeFile?) async throws -> TreeEdit {
        guard let file else { return TreeEdit(path: path, content: nil) }
        return TreeEdit(
            path: path, content: try await tools.trees.blob(file.blob, byteLimit: tools.byteLimit),
            mode: file.mode)
    }

    private func file(_ path: String, in tree: String) async throws -> TreeFile? {
        try await tools.trees.files(inTree: tree).first { $0.path == path }
    }

    private static func revert(
        _ hunks: [LineHunk], in text: SourceText, path: String
    ) throws -> SourceText {
        do {
            return try HunkReversal.revert(hunks, in: text)
        } catch {
            throw Impossible(path: path, reason: "\(error)")
        }
    }
}
