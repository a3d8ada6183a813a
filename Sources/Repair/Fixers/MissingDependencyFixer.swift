internal import RunModel

/// Restores a dependency that went missing. The requirement comes from the culprit's own removal
/// or from a sibling manifest; a name is never made up.
package struct MissingDependencyFixer: Fixer {
    package let name = "missing-dependency"
    package let summary = "restores a dependency that the culprit removed or forgot"

    /// What runtimes say before the name of what they did not find.
    static let complaints = [
        "No module named ", "Cannot find module ", "Cannot find package ", "no such module ",
        "cannot find package ", "no required module provides package ",
    ]

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        let modules = Self.missingModules(in: problem.log)
        guard !modules.isEmpty else {
            return .nothing(reason: "the log misses no module")
        }
        let files = try await tools.trees.files(inTree: problem.tree)
        for module in modules {
            // A module of the project itself is not something to install.
            let root = module.split(separator: ".").first.map(String.init) ?? module
            if files.contains(where: { $0.path.hasPrefix("\(root)/") || $0.path == "\(root).py" }) {
                continue
            }
            let names = ImportNames.candidates(for: module)
            var found = try await restored(names, problem, tools)
            if found == nil { found = try await borrowed(names, files, problem, tools) }
            guard let found,
                found.tree != problem.tree,
                !problem.history.contains(where: { $0.tree == found.tree })
            else { continue }
            return .proposal(
                Proposal(
                    fixer: name, kind: .dependency, tree: found.tree, base: problem.tree,
                    explanation: "`\(module)` is not installed any more. \(found.explanation)",
                    newDependencies: found.isNew ? [found.requirement] : []))
        }
        return .nothing(
            reason: "nothing in the project's history or manifests says what provides "
                + modules.joined(separator: ", ") + "; a name is not guessed")
    }

    private struct Restoration {
        var tree: String
        var requirement: String
        var explanation: String
        var isNew: Bool
    }

    /// The line that the culprit took out of a manifest, put back.
    private func restored(
        _ names: [String], _ problem: RepairProblem, _ tools: RepairTools
    ) async throws -> Restoration? {
        guard let goodTree = problem.goodTree, let culpritTree = problem.culpritTree else {
            return nil
        }
        for difference in try await tools.trees.difference(from: goodTree, to: culpritTree) {
            let path = difference.path
            guard problem.scope.permits(path), Self.isManifest(path),
                let old = try await tools.text(of: path, inTree: goodTree),
                let new = try await tools.text(of: path, inTree: culpritTree),
                let now = try await tools.text(of: path, inTree: problem.tree)
            else { continue }
            for hunk in LineHunk.hunks(from: old.lines, to: new.lines) {
                guard
                    let line = hunk.removed.first(where: { line in
                        Self.name(inLine: line).map(names.contains) ?? false
                    })
                else { continue }
                // Where the culprit only wrote another requirement, all of its hunk goes back.
                guard let text = try? HunkReversal.revert([hunk], in: now) else { continue }
                let file = try await tools.trees.files(inTree: problem.tree)
                    .first { $0.path == path }
                let tree = try await tools.trees.writeTree(
                    base: problem.tree,
                    edits: [
                        TreeEdit(path: path, content: text.bytes, mode: file?.mode ?? 0o100644)
                    ])
                let requirement = line.filter { !" \t\",'".contains($0) }
                return Restoration(
                    tree: tree, requirement: requirement,
                    explanation: "The culprit removed `\(requirement)` from \(path); it is back.",
                    isNew: false)
            }
        }
        return nil
    }

    /// The requirement as a sibling manifest has it, copied to the main one.
    private func borrowed(
        _ names: [String], _ files: [TreeFile], _ problem: RepairProblem, _ tools: RepairTools
    ) async throws -> Restoration? {
        let paths = DependencyManifest.requirementFiles(
            among: files.map(\.path).filter(problem.scope.permits))
        guard let main = paths.first else { return nil }
        for path in paths.dropFirst() {
            guard let text = try await tools.text(of: path, inTree: problem.tree),
                let requirement = text.lines.compactMap({ Requirement($0) })
                    .first(where: { names.contains($0.name) }),
                var target = try await tools.text(of: main, inTree: problem.tree)
            else { continue }
            if target.lines.contains(where: { Requirement($0)?.name == requirement.name }) {
                return nil
            }
            target.lines.append(requirement.text)
            target.endsWithNewline = true
            let mode = files.first { $0.path == main }?.mode ?? 0o100644
            let tree = try await tools.trees.writeTree(
                base: problem.tree,
                edits: [TreeEdit(path: main, content: target.bytes, mode: mode)])
            return Restoration(
                tree: tree, requirement: requirement.text,
                explanation: "`\(requirement.text)` stands in \(path) already; \(main) has it now.",
                isNew: true)
        }
        return nil
    }

    static func missingModules(in log: String) -> [String] {
        var found: [String] = []
        for line in SourceText(log).lines {
            for complaint in complaints {
                guard let range = line.firstRange(of: complaint) else { continue }
                let name = line[range.upperBound...].drop { "'\"`".contains($0) }.prefix {
                    $0.isASCII && ($0.isLetter || $0.isNumber || "-_./@".contains($0))
                }
                if !name.isEmpty, !found.contains(String(name)) { found.append(String(name)) }
            }
        }
        return found
    }

    static func isManifest(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return !DependencyManifest.requirementFiles(among: [path]).isEmpty
            || ["pyproject.toml", "setup.cfg", "setup.py", "package.json", "go.mod", "Cargo.toml"]
                .contains(name)
    }

    /// The distribution that a manifest line names, whatever the manifest's syntax.
    static func name(inLine line: String) -> String? {
        let text = line.drop { " \t\"'".contains($0) }
        let name = text.prefix {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-_.@/".contains($0))
        }
        return name.isEmpty || text.first == "#" ? nil : ResolvedPackage.normalised(name)
    }
}
