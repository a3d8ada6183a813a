internal import RunModel

/// What a manifest declares now and did not before.
struct DependencyChanges {
    let file: ChangedFile
    let ecosystem: DependencyFile.Ecosystem
    /// Names that the base's version of the file does not declare.
    let added: [DependencyFile.Entry]
    /// Entries of a known name whose version or source differs.
    let changed: [(old: DependencyFile.Entry, new: DependencyFile.Entry)]

    /// The manifests of a change set. A dependency that another manifest of the base declared only
    /// moved.
    static func all(in change: ChangeSetView) -> [DependencyChanges] {
        var known: Set<String> = []
        for file in change.files {
            guard let old = file.old,
                let manifest = DependencyFile(path: old.path, text: file.base.text)
            else { continue }
            known.formUnion(manifest.entries.map { "\(manifest.ecosystem.rawValue) \($0.name)" })
        }
        return change.files.compactMap { file in
            guard let new = file.new,
                file.traits.isDisjoint(with: [.test, .testData, .vendored, .documentation, .sample]
                ),
                let head = DependencyFile(path: new.path, text: file.head.text)
            else { return nil }
            let base = DependencyFile(path: file.old?.path ?? new.path, text: file.base.text)
            var added: [DependencyFile.Entry] = []
            var changed: [(old: DependencyFile.Entry, new: DependencyFile.Entry)] = []
            let before = Dictionary(
                (base?.entries ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }
            )
            for entry in head.entries {
                if let old = before[entry.name] {
                    if old.version != entry.version || old.source != entry.source {
                        changed.append((old, entry))
                    }
                } else if file.hunk(containing: entry.line, on: .head) != nil,
                    !known.contains("\(head.ecosystem.rawValue) \(entry.name)")
                {
                    added.append(entry)
                }
            }
            return DependencyChanges(
                file: file, ecosystem: head.ecosystem, added: added, changed: changed)
        }
    }
}
