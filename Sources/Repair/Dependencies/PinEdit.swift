internal import RunModel

/// Writes a bound into the manifest that names the package, or beside it.
struct PinEdit {
    let tools: RepairTools
    let scope: RepairScope

    /// The tree with the bound; `nil` when there is no manifest to write it to.
    func tree(adding constraint: String, to package: String, in tree: String) async throws
        -> String?
    {
        let files = try await tools.trees.files(inTree: tree)
            .filter { $0.isRegular && scope.permits($0.path) }
        let requirementFiles = DependencyManifest.requirementFiles(among: files.map(\.path))
        let declared = files.map(\.path).filter { ["pyproject.toml", "setup.cfg"].contains($0) }
        // The line that names it, wherever it is.
        for path in requirementFiles + declared {
            guard var text = try await tools.text(of: path, inTree: tree) else { continue }
            let inRequirements = requirementFiles.contains(path)
            for (index, line) in text.lines.enumerated() {
                guard
                    let edited = Self.edited(line, package, constraint, isPlain: inRequirements)
                else { continue }
                text.lines[index] = edited
                return try await write(text, path, files, tree)
            }
        }
        // Something that the project needs needs it: a line of its own says so.
        guard let path = requirementFiles.first,
            var text = try await tools.text(of: path, inTree: tree)
        else { return nil }
        text.lines.append("\(package)\(constraint)")
        text.endsWithNewline = true
        return try await write(text, path, files, tree)
    }

    private static func edited(
        _ line: String, _ package: String, _ constraint: String, isPlain: Bool
    ) -> String? {
        if isPlain {
            guard let requirement = Requirement(line), requirement.name == package else {
                return nil
            }
            let indent = line.prefix { $0 == " " || $0 == "\t" }
            return indent + requirement.constrained(by: constraint)
        }
        guard
            let (prefix, requirement, rest) = DependencyManifest.requirement(inManifestLine: line),
            requirement.name == package
        else { return nil }
        return prefix + requirement.constrained(by: constraint) + rest
    }

    private func write(
        _ text: SourceText, _ path: String, _ files: [TreeFile], _ tree: String
    ) async throws -> String {
        let mode = files.first { $0.path == path }?.mode ?? 0o100644
        return try await tools.trees.writeTree(
            base: tree, edits: [TreeEdit(path: path, content: text.bytes, mode: mode)])
    }
}
