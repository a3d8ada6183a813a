internal import Glibc
package import PolicyFiles
internal import RunModel

/// Finds policies: shipped names first, then paths, as the contract says of `--profile`.
package struct PolicyLibrary: Sendable {
    /// The directory that holds `sandbox/` and `seccomp/`.
    package var root: String

    package init(root: String) { self.root = root }

    /// The library that belongs to an executable: `share/drydock/Policies` of the same prefix, or
    /// `Policies` of the source tree that it was built in; `nil` when there is neither.
    ///
    /// - Parameter executable: its absolute path, links resolved.
    package static func belonging(to executable: String) -> PolicyLibrary? {
        var directory = executable[...]
        while let slash = directory.lastIndex(of: "/") {
            directory = directory[..<slash]
            for root in ["\(directory)/share/drydock/Policies", "\(directory)/Policies"]
            where access(root + "/seccomp/base.yaml", R_OK) == 0 {
                return PolicyLibrary(root: root)
            }
        }
        return nil
    }

    /// The sandbox profile `nameOrPath`, such as `build` or `./mine.yaml`.
    package func sandbox(_ nameOrPath: String) throws(PolicyFileError) -> SandboxProfileDocument {
        try load(nameOrPath, folder: "sandbox")
    }

    /// The seccomp policy `name`, without what it extends.
    package func seccomp(_ nameOrPath: String) throws(PolicyFileError) -> SeccompPolicy {
        try load(nameOrPath, folder: "seccomp")
    }

    private func load<Document: Decodable>(
        _ nameOrPath: String, folder: String
    ) throws(PolicyFileError) -> Document {
        guard Self.isName(nameOrPath) else {
            return try PolicyDecoder.decode(from: try PolicyText(path: nameOrPath))
        }
        let path = "\(root)/\(folder)/\(nameOrPath).yaml"
        guard access(path, F_OK) == 0 else {
            let names = names(in: folder)
            throw PolicyFileError(
                file: nameOrPath, location: nil,
                problem: "is not one that comes with Drydock: " + names.joined(separator: ", "),
                remedy: nearestName(to: nameOrPath, among: names).map { "did you mean \($0)?" }
                    ?? "a file of your own is named with its path, such as ./\(nameOrPath).yaml")
        }
        return try PolicyDecoder.decode(from: try PolicyText(path: path))
    }

    /// What comes with Drydock, sorted.
    private func names(in folder: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob("\(root)/\(folder)/*.yaml", 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in
            found.gl_pathv[index].flatMap { path in
                String(cString: path).split(separator: "/").last?.dropLast(".yaml".count)
            }.map(String.init)
        }
    }

    /// Names have no dot and no slash, so `x.yaml` and `./x` are paths.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.contains { $0 == "/" || $0 == "." }
    }
}
