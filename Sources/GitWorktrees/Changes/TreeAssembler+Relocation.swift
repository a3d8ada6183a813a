internal import Glibc

/// Directories that were renamed as a whole: the layer has the new name and a note of the old one,
/// the files stayed where they were. At the new place other ignore rules and attributes count.
extension TreeAssembler {
    /// The entries of an inherited tree as they count at their new place.
    ///
    /// - Parameter names: those that the layers decide.
    mutating func relocated(
        _ tree: ObjectID, _ place: Place, except names: Set<[UInt8]>,
        _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> [(name: [UInt8], entry: TreeEntry?)] {
        var result: [(name: [UInt8], entry: TreeEntry?)] = []
        for entry in try repository.entries(ofTree: tree) where !names.contains(entry.name) {
            if let moved = try relocated(entry, in: place, repository) {
                result.append((entry.name, moved))
            }
        }
        return result
    }

    private mutating func relocated(
        _ entry: TreeEntry, in place: Place, _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> TreeEntry? {
        let path = place.childPath(entry.name)
        let tracked = try child(entry.name, of: place.tracked, repository)
        if entry.isDirectory {
            var inner = Place(
                path: path, layers: [], inherited: entry.id,
                inheritedPath: Place.join(place.inheritedPath, entry.name), tracked: tracked)
            inner.isIgnored = isIgnored(path, isDirectory: true, in: place, nil)
            if inner.isIgnored, tracked == nil {
                noteIgnored(path + [UInt8(ascii: "/")])
                return nil
            }
            try enter(inner, repository)
            defer { ignoreRules.pop() }
            let changes = try relocated(entry.id, inner, except: [], repository)
            guard let id = try repository.writeTree(changes, onto: nil) else { return nil }
            return TreeEntry(name: entry.name, id: id, mode: TreeEntry.directoryMode)
        }
        if isIgnored(path, isDirectory: false, in: place, tracked) {
            noteIgnored(path)
            return nil
        }
        guard entry.mode == TreeEntry.fileMode || entry.mode == TreeEntry.executableMode else {
            return entry
        }
        let source = Place.join(place.inheritedPath, entry.name)
        let id = try converted(entry.id, from: source, to: path, tracked, repository)
        return TreeEntry(name: entry.name, id: id, mode: entry.mode)
    }

    /// The blob that git would make of the file that this blob was checked out as.
    private mutating func converted(
        _ blob: ObjectID, from source: [UInt8], to path: [UInt8], _ tracked: TreeEntry?,
        _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> ObjectID {
        let newRules = try conversion.rules(for: path)
        let oldRules = try baseConversion.rules(for: source, repository)
        guard !newRules.isIdentity || !oldRules.isIdentity else { return blob }
        let limit = options.fileByteLimit
        let stored = try repository.withBlob(blob, byteLimit: limit) { Array($0) }
        let file =
            ContentConversion.worktreeContent(of: stored, blob: blob, rules: oldRules) ?? stored
        let content = try ContentConversion.storedContent(of: file, at: path, rules: newRules) {
            () throws(GitError) in
            guard let tracked, !tracked.isDirectory, tracked.mode != TreeEntry.submoduleMode else {
                return nil
            }
            return try repository.withBlob(tracked.id, byteLimit: limit) { Array($0) }
        }
        return try repository.writeBlob(content, subject: PathText.text(path))
    }
}

/// Attributes of the base itself, read on the way to each path that is asked for.
struct BaseConversion: ~Copyable {
    private let base: ObjectID
    private var conversion: ContentConversion
    private var seen: Set<[UInt8]> = []

    init(base: ObjectID, repository: borrowing RepositoryHandle) throws(GitError) {
        let conversion = try ContentConversion(objects: repository.objects)
        self.base = base
        self.conversion = conversion
    }

    mutating func rules(
        for path: [UInt8], _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> ContentConversion.Rules {
        var directory = CheckoutPlan.parent(of: path)
        while seen.insert(directory).inserted {
            let file = TreeAssembler.Place.join(directory, CheckoutPlan.attributesName)
            if let entry = try repository.entry(atPath: file, inTree: base), !entry.isDirectory,
                entry.mode != TreeEntry.linkMode
            {
                try conversion.setAttributes(file, to: entry.id)
            }
            directory = CheckoutPlan.parent(of: directory)
        }
        return try conversion.rules(for: path)
    }
}
