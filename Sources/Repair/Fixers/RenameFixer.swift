internal import RunModel

/// Carries the culprit's own rename to the call sites that it missed.
package struct RenameFixer: Fixer {
    package let name = "rename"
    package let summary = "carries the culprit's own rename to the call sites it missed"

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        guard let goodTree = problem.goodTree, let culpritTree = problem.culpritTree else {
            return .nothing(reason: "the culprit's trees are not known")
        }
        var renames: [(rename: Rename, suffix: String)] = []
        for difference in try await tools.trees.difference(from: goodTree, to: culpritTree) {
            guard let oldFile = difference.old, let newFile = difference.new,
                let old = try await tools.text(of: oldFile.path, inTree: goodTree),
                let new = try await tools.text(of: newFile.path, inTree: culpritTree)
            else { continue }
            renames += RenameDetection.renames(
                in: LineHunk.hunks(from: old.lines, to: new.lines)
            ).map { ($0, Self.suffix(newFile.path)) }
        }
        // Only what the failure itself complains of: other renames were no mistake.
        let wanted = renames.filter { Self.log(problem.log, misses: $0.rename.old) }
        guard !wanted.isEmpty else {
            return .nothing(reason: "the culprit renamed nothing that the log misses")
        }
        var edits: [TreeEdit] = []
        var places: [String] = []
        for file in try await tools.trees.files(inTree: problem.tree)
        where file.isRegular && problem.scope.permits(file.path) {
            let applicable = wanted.filter { $0.suffix == Self.suffix(file.path) }.map(\.rename)
            guard !applicable.isEmpty,
                var text = try await tools.text(of: file.path, inTree: problem.tree)
            else { continue }
            var changed = 0
            for (index, line) in text.lines.enumerated() {
                let edited = applicable.reduce(line) { line, rename in
                    // What still defines the old name keeps it: that is another thing.
                    RenameDetection.definedName(line) == rename.old
                        ? line : Identifiers.replace(rename.old, by: rename.new, in: line)
                }
                if edited != line {
                    text.lines[index] = edited
                    changed += 1
                }
            }
            if changed > 0 {
                edits.append(TreeEdit(path: file.path, content: text.bytes, mode: file.mode))
                places.append("\(file.path) (\(changed))")
            }
        }
        let names = wanted.map { "`\($0.rename.old)` to `\($0.rename.new)`" }
            .joined(separator: ", ")
        guard !edits.isEmpty else {
            return .nothing(reason: "no call site of \(names) is left outside of the tests")
        }
        let tree = try await tools.trees.writeTree(base: problem.tree, edits: edits)
        guard !problem.history.contains(where: { $0.tree == tree }) else {
            return .nothing(reason: "carrying \(names) on was tried already")
        }
        return .proposal(
            Proposal(
                fixer: name, kind: .rename, tree: tree, base: problem.tree,
                explanation: "The culprit renamed \(names) and missed call sites in "
                    + "\(places.joined(separator: ", "))."))
    }

    private static func suffix(_ path: String) -> String {
        path.lastIndex(of: ".").map { String(path[$0...]) } ?? path
    }

    /// Whether a line that speaks of something missing names the word.
    static func log(_ log: String, misses word: String) -> Bool {
        let complaints = [
            "NameError", "AttributeError", "ImportError", "TypeError", "not defined",
            "has no attribute", "cannot import name", "cannot find", "undefined",
            "is not a function", "unresolved", "no member", "has no member", "not found",
        ]
        return SourceText(log).lines.contains { line in
            complaints.contains(where: line.contains) && Identifiers.words(of: line).contains(word)
        }
    }
}
