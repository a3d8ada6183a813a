internal import Glibc
internal import WorktreeLookup

/// Holds a cache entry against its manifest.
struct EntryCheck {
    let layout: CacheLayout
    let tree: String

    /// - Parameter sampling: how many files to rehash; `nil` rehashes all of them.
    /// - Returns: `false` when anything is missing, changed or there in excess.
    func isWhole(sampling: Int?) throws(GitError) -> Bool {
        guard let manifest = sealedManifest() else { return false }
        guard let root = try? DirectoryHandle(layout.files(ofTree: tree)) else { return false }
        if let sampling {
            for file in manifest.files.shuffled().prefix(sampling) {
                let parent = CheckoutPlan.parent(of: file.path)
                guard let directory = try? root.descendant(parent),
                    try isSame(file, in: directory)
                else { return false }
            }
            return true
        }
        var expected = Dictionary(
            manifest.files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var whiteouts = Set(manifest.whiteouts)
        guard try check(root, [], &expected, &whiteouts) else { return false }
        return expected.isEmpty && whiteouts.isEmpty
    }

    private func sealedManifest() -> TreeManifest? {
        guard
            let text = try? FileContent.read(layout.seal(ofTree: tree), byteLimit: 4096),
            let seal = TreeSeal(text: String(decoding: text, as: UTF8.self)),
            let bytes = try? FileContent.read(layout.manifest(ofTree: tree), byteLimit: 1 << 31),
            (try? ObjectID(hashing: bytes))?.description == seal.manifestDigest
        else { return nil }
        return TreeManifest(bytes: bytes)
    }

    private func check(
        _ directory: borrowing DirectoryHandle, _ prefix: [UInt8],
        _ expected: inout [[UInt8]: TreeManifest.File], _ whiteouts: inout Set<[UInt8]>
    ) throws(GitError) -> Bool {
        for name in try directory.names() {
            let path = prefix + name
            guard let status = try directory.status(of: name) else { return false }
            if status.st_mode & S_IFMT == S_IFDIR {
                let child = try directory.directory(name)
                guard try check(child, path + [UInt8(ascii: "/")], &expected, &whiteouts) else {
                    return false
                }
            } else if status.st_mode & S_IFMT == S_IFCHR {
                guard whiteouts.remove(path) != nil else { return false }
            } else {
                guard let file = expected.removeValue(forKey: path),
                    try isSame(file, in: directory)
                else { return false }
            }
        }
        return true
    }

    private func isSame(
        _ file: TreeManifest.File, in directory: borrowing DirectoryHandle
    ) throws(GitError) -> Bool {
        let name = CheckoutPlan.name(of: file.path)
        guard let status = try directory.status(of: name), status.st_size == file.byteCount else {
            return false
        }
        if file.mode == TreeEntry.linkMode {
            guard status.st_mode & S_IFMT == S_IFLNK else { return false }
            return try ObjectID(hashing: directory.linkTarget(name)) == file.content
        }
        let permissions: mode_t = file.mode == TreeEntry.executableMode ? 0o755 : 0o644
        guard status.st_mode == S_IFREG | permissions else { return false }
        let content = try FileReader(name, in: directory).content(byteLimit: file.byteCount)
        return try ObjectID(hashing: content) == file.content
    }
}
