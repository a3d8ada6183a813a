internal import LinuxKernel

/// Finds toolchains that live outside the system directories (pyenv, rustup, nvm, a toolchain
/// under /opt or in a home directory), so that just those can be made visible, read-only.
struct ToolchainSearch {
    let home: String

    static let systemPrefixes = ["/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/"]

    /// The directories to bind, without repetition, parents before children.
    func roots(ofSearchPath path: [String]) -> [String] {
        var roots: [String] = []
        for entry in path where entry.hasPrefix("/") && !Self.isSystem(entry) {
            roots += candidates(of: entry)
        }
        roots += linkedRoots()
        var existing: [String] = []
        for root in roots where !existing.contains(root) && FileKind.of(root) == .directory {
            existing.append(root)
        }
        existing.sort()
        return existing.filter { root in
            !existing.contains { $0 != root && root.hasPrefix($0 + "/") }
        }
    }

    static func isSystem(_ path: String) -> Bool {
        let path = path + "/"
        return systemPrefixes.contains { path.utf8.starts(with: $0.utf8) }
    }

    /// Directories that version managers keep, by the part of a path that tells them. The rest of
    /// the home directory, and what may hold credentials beside the tools, stays out of sight.
    private func candidates(of entry: String) -> [String] {
        if let user = entry.parent(of: "/.pyenv/") { return [user + "/.pyenv"] }
        if let user = entry.parent(of: "/.cargo/bin") {
            // .cargo itself holds credentials.toml.
            return [user + "/.cargo/bin", user + "/.rustup"]
        }
        for manager in ["/.rbenv/", "/.nodenv/", "/.goenv/", "/.asdf/", "/.sdkman/", "/.volta/"] {
            if let user = entry.parent(of: manager) { return [user + manager.dropLast()] }
        }
        var parts = entry.split(separator: "/").map(String.init)
        guard let last = parts.last, ["bin", "sbin", "shims"].contains(last) else { return [entry] }
        parts.removeLast()
        let root = "/" + parts.joined(separator: "/")
        // ~/bin and /bin of some mount: never their parent, which is a whole home or file system.
        return root == home || parts.count < 2 ? [entry] : [root]
    }

    /// Toolchains that are linked into /usr/local/bin from elsewhere.
    private func linkedRoots() -> [String] {
        var roots: [String] = []
        var seen: [String] = []
        for name in FileKind.names(in: "/usr/local/bin", onlyLinks: true) {
            guard let target = FileKind.canonicalPath("/usr/local/bin/" + name),
                !Self.isSystem(target), let slash = target.utf8.lastIndex(of: UInt8(ascii: "/"))
            else { continue }
            let directory = String(target[..<slash])
            if seen.contains(directory) { continue }
            seen.append(directory)
            roots += candidates(of: directory)
        }
        return roots
    }

    /// The entries of a search path that lead to something inside.
    static func visible(_ path: [String], system: [String], _ toolchains: [String]) -> [String] {
        let roots = (system + toolchains).map { $0 + "/" }
        var visible: [String] = []
        for entry in path where !visible.contains(entry) {
            let place = entry + "/"
            if roots.contains(where: { place.utf8.starts(with: $0.utf8) }) { visible.append(entry) }
        }
        return visible
    }
}

extension String {
    /// What comes before the first `part`, which begins with a slash.
    ///
    /// By bytes: `firstRange(of:)` compares characters, and took a third of a millisecond of every
    /// start for an ordinary search path.
    fileprivate func parent(of part: String) -> String? {
        var rest = utf8[...]
        while let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
            rest = rest[slash...]
            if rest.starts(with: part.utf8) { return String(self[..<slash]) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
