/// What a checkout of one tree consists of. Building it judges every name, so that writing it
/// cannot leave the directory.
struct CheckoutPlan {
    struct File {
        var path: [UInt8]
        var mode: UInt32
        var blob: ObjectID
    }

    var files: [File] = []
    /// Each after the one that contains it.
    var directories: [[UInt8]] = []
    var submodules: [[UInt8]] = []
    /// `.gitattributes`, which decide how the files are written.
    var attributeFiles: [File] = []

    static let attributesName = Array(".gitattributes".utf8)
    private static let slash = UInt8(ascii: "/")

    init() {}

    init(tree: ObjectID, in repository: borrowing RepositoryHandle) throws(GitError) {
        try add(tree: tree, prefix: [], repository)
    }

    /// In the order of their bytes, in which git walks a tree anyway.
    var filesByPath: [File] {
        let isOrdered = zip(files, files.dropFirst()).allSatisfy {
            $0.path.lexicographicallyPrecedes($1.path)
        }
        return isOrdered ? files : files.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private mutating func add(
        tree: ObjectID, prefix: [UInt8], _ repository: borrowing RepositoryHandle
    ) throws(GitError) {
        var seen: Set<[UInt8]> = []
        let entries = try repository.entries(ofTree: tree)
        seen.reserveCapacity(entries.count)
        for entry in entries {
            let path = prefix + entry.name
            try Self.validate(entry, path: path, tree: tree)
            guard seen.insert(entry.name).inserted else {
                throw Self.refusal(path, tree, "the tree names it twice")
            }
            switch entry.mode {
            case TreeEntry.directoryMode:
                directories.append(path)
                try add(tree: entry.id, prefix: path + [Self.slash], repository)
            case TreeEntry.submoduleMode:
                directories.append(path)
                submodules.append(path)
            default:
                let file = File(path: path, mode: entry.mode, blob: entry.id)
                files.append(file)
                if entry.name == Self.attributesName, entry.mode != TreeEntry.linkMode {
                    attributeFiles.append(file)
                }
            }
        }
    }

    static func validate(
        _ entry: TreeEntry, path: [UInt8], tree: ObjectID
    ) throws(GitError) {
        guard !entry.name.isEmpty, !entry.name.contains(slash), entry.name != Array(".".utf8),
            entry.name != Array("..".utf8)
        else { throw refusal(path, tree, "it would leave its directory") }
        guard !GitDirectoryName.matches(entry.name) else {
            throw refusal(path, tree, "git reserves this name for its own directory")
        }
    }

    private static func refusal(_ path: [UInt8], _ tree: ObjectID, _ reason: String) -> GitError {
        GitError(
            .refused, operation: "check out tree \(tree)", subject: PathText.text(path),
            reason: reason, remedy: "The tree is malformed or hostile: see git fsck")
    }

    static func parent(of path: [UInt8]) -> [UInt8] {
        path.lastIndex(of: slash).map { Array(path[..<$0]) } ?? []
    }

    static func name(of path: [UInt8]) -> [UInt8] {
        path.lastIndex(of: slash).map { Array(path[($0 + 1)...]) } ?? path
    }
}
