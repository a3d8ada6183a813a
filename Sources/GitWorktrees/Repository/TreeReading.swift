internal import CGit2
internal import Digests
package import RunModel

/// One entry of one tree, by its bytes.
struct TreeEntry: Equatable {
    var name: [UInt8]
    var id: ObjectID
    /// 0o40000, 0o100644, 0o100755, 0o120000 or 0o160000.
    var mode: UInt32

    static let directoryMode: UInt32 = 0o040000
    static let fileMode: UInt32 = 0o100644
    static let executableMode: UInt32 = 0o100755
    static let linkMode: UInt32 = 0o120000
    static let submoduleMode: UInt32 = 0o160000

    var isDirectory: Bool { mode == Self.directoryMode }
}

extension RepositoryHandle {
    func withTree<Result: ~Copyable>(
        _ id: ObjectID, _ body: (OpaquePointer) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        var raw = id.raw
        let tree = try GitPointer("read tree", id.description, free: git_tree_free) {
            git_tree_lookup(&$0, contents.raw, &raw)
        }
        return try body(tree.raw)
    }

    /// The entries of one tree in git's order, not of those beneath it.
    func entries(ofTree id: ObjectID) throws(GitError) -> [TreeEntry] {
        try withTree(id) { tree in
            (0..<git_tree_entrycount(tree)).compactMap { index in
                git_tree_entry_byindex(tree, index).map(Self.entry)
            }
        }
    }

    /// What lies at a path of a tree; `nil` when nothing does.
    func entry(atPath path: [UInt8], inTree id: ObjectID) throws(GitError) -> TreeEntry? {
        var current = TreeEntry(name: [], id: id, mode: TreeEntry.directoryMode)
        for component in path.split(separator: UInt8(ascii: "/")) {
            guard current.isDirectory else { return nil }
            let found: TreeEntry? = try withTree(current.id) { tree in
                git_tree_entry_byname(tree, CStringBytes.terminated(component)).map(Self.entry)
            }
            guard let found else { return nil }
            current = found
        }
        return current
    }

    /// Visits every file beneath a tree with its whole path, in the order of path bytes.
    func forEachFile(
        inTree id: ObjectID, beneath prefix: [UInt8] = [],
        _ body: ([UInt8], TreeEntry) throws(GitError) -> Void
    ) throws(GitError) {
        // git orders a directory as if its name ended in a slash, which is the order of paths.
        for entry in try entries(ofTree: id) {
            let path = prefix + entry.name
            if entry.isDirectory {
                try forEachFile(
                    inTree: entry.id, beneath: path + [UInt8(ascii: "/")], body)
            } else {
                try body(path, entry)
            }
        }
    }

    package func files(inTree id: ObjectID) throws(GitError) -> [TreeFile] {
        var files: [TreeFile] = []
        try forEachFile(inTree: id) { path, entry in
            files.append(
                TreeFile(
                    path: PathText.text(path), blob: entry.id.description, mode: entry.mode))
        }
        return files
    }

    /// A blob's size, without reading its content.
    func size(ofBlob id: ObjectID) throws(GitError) -> Int {
        var raw = id.raw
        var (size, type) = (0, GIT_OBJECT_INVALID)
        try LibGit2.check(
            git_odb_read_header(&size, &type, objects.raw, &raw), "read blob", id.description)
        return size
    }

    /// Hands out a blob's bytes without copying them.
    func withBlob<Result>(
        _ id: ObjectID, byteLimit: Int = .max,
        _ body: (UnsafeRawBufferPointer) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        var raw = id.raw
        // The size is looked at first: a bomb is not inflated to learn that it is one.
        if byteLimit != .max {
            let size = try size(ofBlob: id)
            guard size <= byteLimit else {
                throw GitError(
                    .tooLarge, operation: "read blob", subject: id.description,
                    reason: "it has \(size) bytes, the limit is \(byteLimit)",
                    remedy: "Raise the limit, or leave the file out")
            }
        }
        let object = try GitPointer("read blob", id.description, free: git_odb_object_free) {
            git_odb_read(&$0, objects.raw, &raw)
        }
        guard git_odb_object_type(object.raw) == GIT_OBJECT_BLOB else {
            throw GitError(
                .invalidArgument, operation: "read blob", subject: id.description,
                reason: "it is another kind of object")
        }
        // SAFETY: the buffer is the object's own and lives until `object` is freed, after `body`.
        return try body(
            UnsafeRawBufferPointer(
                start: git_odb_object_data(object.raw), count: git_odb_object_size(object.raw)))
    }

    /// The same for many blobs in turn, as a checkout reads them.
    ///
    /// The library asks every store in its order, the quarantine's directory first, and holds content
    /// against its name by an SHA-1 that looks for collision attacks: most of the time that a checkout
    /// took. Here the store that had the last blob is asked first, and SHA-1 is the processor's.
    /// What is forged or torn is found as before; for collisions git looks when it takes objects in.
    ///
    /// - Parameter store: the place of that store; 0 to begin with.
    func withBlob<Result>(
        _ id: ObjectID, store: inout Int,
        _ body: (UnsafeRawBufferPointer) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        let count = git_odb_num_backends(objects.raw)
        for step in 0..<count {
            let place = (store + step) % count
            var backend: UnsafeMutablePointer<git_odb_backend>?
            guard git_odb_get_backend(&backend, objects.raw, place) == 0, let backend,
                let read = backend.pointee.read
            else { continue }
            var raw = id.raw
            var data: UnsafeMutableRawPointer?
            var (size, type) = (0, GIT_OBJECT_INVALID)
            guard read(&data, &size, &type, backend, &raw) == 0 else { continue }
            defer { git_odb_backend_data_free(backend, data) }
            let bytes = UnsafeRawBufferPointer(start: data, count: size)
            guard type == GIT_OBJECT_BLOB,
                GitObjectDigest.withBlob(bytes, { ObjectID(digest: $0) }) == id
            else { break }
            store = place
            return try body(bytes)
        }
        // Not there, or not what its name says: the library looks again, and says so.
        return try withBlob(id, body)
    }

    private static func entry(_ raw: OpaquePointer) -> TreeEntry {
        return TreeEntry(
            name: CStringBytes.bytes(git_tree_entry_name(raw)),
            id: ObjectID(git_tree_entry_id(raw).pointee),
            mode: UInt32(git_tree_entry_filemode(raw).rawValue))
    }
}
