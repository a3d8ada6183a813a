internal import CGit2
internal import Glibc

/// What `.gitattributes` say of one attribute of one path.
enum AttributeValue: Equatable {
    case unspecified
    case set
    case unset
    case text(String)
}

/// Converts between what git stores and what lies in a worktree, as `.gitattributes` say: `text`,
/// `eol`, `ident` and `working-tree-encoding` (gitattributes(5)).
///
/// Attributes are looked up by libgit2, in the given files alone: never in a configuration or in
/// `info/attributes`. The conversions are git's own rather than libgit2's, which differ in corners
/// and know no encodings. Filter drivers (`filter=`) are never run.
struct ContentConversion: ~Copyable {
    private let repository: GitPointer
    private let index: GitPointer
    /// Whether any attribute file is known: without one every conversion is the identity.
    private(set) var isNeeded = false

    /// How one path is converted.
    struct Rules: Equatable {
        /// The name of a driver that git would run and Drydock does not.
        var filter: String?
        var encoding: String?
        var lineEndings = LineEndings.untouched
        var hasIdent = false

        var isIdentity: Bool { encoding == nil && lineEndings == .untouched && !hasIdent }
    }

    init(objects: borrowing GitPointer) throws(GitError) {
        let view = try RepositoryHandle.contentRepository(over: objects.raw)
        let index = try GitPointer("prepare attributes", "index", free: git_index_free) {
            git_index_new(&$0)
        }
        try LibGit2.check(
            git_repository_set_index(view.raw, index.raw), "prepare attributes", "index")
        repository = view
        self.index = index
    }

    /// Makes an attribute file known, or forgets it. libgit2 reads attributes from an index, here
    /// one that holds nothing else.
    mutating func setAttributes(_ path: [UInt8], to blob: ObjectID?) throws(GitError) {
        let text = CStringBytes.terminated(path)
        guard let blob else {
            let result = git_index_remove(index.raw, text, 0)
            if result == GIT_ENOTFOUND.rawValue { return }
            return try LibGit2.check(result, "prepare attributes", PathText.text(path))
        }
        let result = text.withUnsafeBufferPointer { buffer in
            var entry = git_index_entry()
            entry.mode = UInt32(GIT_FILEMODE_BLOB.rawValue)
            entry.id = blob.raw
            entry.path = buffer.baseAddress
            return git_index_add(index.raw, &entry)
        }
        try LibGit2.check(result, "prepare attributes", PathText.text(path))
        isNeeded = true
    }

    func rules(for path: [UInt8]) throws(GitError) -> Rules {
        guard isNeeded else { return Rules() }
        let names = ["working-tree-encoding", "filter", "text", "crlf", "eol", "ident"]
        let values = try attributes(names, path)
        var rules = Rules()
        if case .text(let encoding) = values[0], encoding.uppercased() != "UTF-8" {
            rules.encoding = encoding
        }
        if case .text(let filter) = values[1] { rules.filter = filter }
        rules.lineEndings = LineEndings(
            text: values[2] == .unspecified ? values[3] : values[2], eol: values[4])
        rules.hasIdent = values[5] == .set
        return rules
    }

    /// What a worktree holds of a blob; `nil` when it is the blob's own bytes.
    static func worktreeContent(
        of stored: [UInt8], blob: ObjectID, rules: Rules
    ) -> [UInt8]? {
        var content: [UInt8]?
        if rules.hasIdent { content = IdentKeyword.expand(stored, blob: blob) }
        if let converted = rules.lineEndings.worktreeContent(of: content ?? stored) {
            content = converted
        }
        if let encoding = rules.encoding {
            // git writes the file as it is when its text cannot be encoded.
            content = TextEncoding.encode(content ?? stored, to: encoding) ?? content
        }
        return content
    }

    /// What git would store of a worktree's file.
    ///
    /// - Parameter previous: what the index holds at this path.
    static func storedContent(
        of bytes: [UInt8], at path: [UInt8], rules: Rules,
        previous: () throws(GitError) -> [UInt8]?
    ) throws(GitError) -> [UInt8] {
        var content = bytes
        if let encoding = rules.encoding {
            guard let decoded = TextEncoding.decode(bytes, from: encoding) else {
                throw GitError(
                    .invalidArgument, operation: "convert to UTF-8", subject: PathText.text(path),
                    reason: "its bytes are not \(encoding), which .gitattributes says they are",
                    remedy: "Correct the file or its working-tree-encoding")
            }
            content = decoded
        }
        content = try rules.lineEndings.storedContent(of: content, previous: previous) ?? content
        return rules.hasIdent ? IdentKeyword.collapse(content) ?? content : content
    }

    private func attributes(
        _ names: [String], _ path: [UInt8]
    ) throws(GitError) -> [AttributeValue] {
        let texts = names.map { strdup($0) }
        defer { for text in texts { free(text) } }
        var pointers = texts.map { UnsafePointer($0) }
        var found = [UnsafePointer<CChar>?](repeating: nil, count: names.count)
        try LibGit2.check(
            git_attr_get_many(
                &found, repository.raw, UInt32(GIT_ATTR_CHECK_NO_SYSTEM),
                CStringBytes.terminated(path), names.count, &pointers),
            "read attributes", PathText.text(path))
        return found.map { value in
            switch git_attr_value(value) {
            case GIT_ATTR_VALUE_TRUE: .set
            case GIT_ATTR_VALUE_FALSE: .unset
            case GIT_ATTR_VALUE_STRING: .text(value.map { String(cString: $0) } ?? "")
            default: .unspecified
            }
        }
    }
}
