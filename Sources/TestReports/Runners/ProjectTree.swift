/// The files of a project as far as finding its test runner needs them: all paths, and the text of
/// the few that `RunnerCatalog.filesWorthReading` names. A value, so that finding is pure.
package struct ProjectTree: Sendable {
    /// Relative paths with `/`, sorted.
    package let files: [String]
    private let known: Set<String>
    private let contents: [String: String]

    /// - Parameters:
    ///   - files: every file's path relative to the project's root.
    ///   - contents: the text of some of them, by path.
    package init(files: [String], contents: [String: String] = [:]) {
        self.files = files.sorted()
        known = Set(files)
        self.contents = contents
    }

    package func has(_ path: String) -> Bool { known.contains(path) }

    /// The text of a file; empty when it is not there or was not read.
    package func text(_ path: String) -> String { contents[path] ?? "" }

    /// The first of these files that exists.
    func first(_ paths: [String]) -> String? { paths.first(where: has) }

    /// Files of a name anywhere in the tree.
    func named(_ name: String) -> [String] {
        files.filter { $0 == name || $0.hasSuffix("/" + name) }
    }

    /// The project in one directory of this one, with paths relative to it.
    func scoped(to directory: String) -> ProjectTree {
        guard !directory.isEmpty else { return self }
        let prefix = directory + "/"
        var scopedContents: [String: String] = [:]
        for (path, text) in contents {
            if let rest = path.after(prefix) { scopedContents[String(rest)] = text }
        }
        return ProjectTree(
            files: files.compactMap { $0.after(prefix).map(String.init) }, contents: scopedContents)
    }

    /// Directories that hold a file of which `matches` is true, shortest first.
    func directories(where matches: (Substring) -> Bool) -> [String] {
        let found = Set(
            files.filter { matches($0.lastPathComponent) }.map { $0.directoryPath })
        return found.sorted { ($0.count { $0 == "/" }, $0) < ($1.count { $0 == "/" }, $1) }
    }
}

extension String {
    /// `c` of `a/b/c`.
    var lastPathComponent: Substring {
        lastIndex(of: "/").map { self[index(after: $0)...] } ?? self[...]
    }

    /// `a/b` of `a/b/c`, and nothing of `c`.
    var directoryPath: String {
        lastIndex(of: "/").map { String(self[..<$0]) } ?? ""
    }
}
