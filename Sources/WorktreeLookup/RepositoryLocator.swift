internal import Glibc

/// Finds a repository's directories as git does (gitrepository-layout(5)), without a library.
package struct RepositoryLocator: Sendable, Equatable {
    /// HEAD and what belongs to one worktree.
    package let gitDirectory: String
    /// References and objects.
    package let commonDirectory: String

    /// - Parameter path: any path inside the repository, or a bare repository.
    /// - Returns: `nil` when there is none, or it is not the caller's own.
    package init?(at path: String) {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        var directory = String(cString: resolved)
        while true {
            if let found = Self.gitDirectory(in: directory) {
                guard Self.isOwn(directory), Self.isOwn(found) else { return nil }
                gitDirectory = found
                commonDirectory = Self.commonDirectory(of: found)
                return
            }
            guard directory != "/", let slash = directory.lastIndex(of: "/") else { return nil }
            directory = slash == directory.startIndex ? "/" : String(directory[..<slash])
        }
    }

    private static func gitDirectory(in directory: String) -> String? {
        let entry = directory == "/" ? "/.git" : directory + "/.git"
        var status = stat()
        if lstat(entry, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { return isGitDirectory(entry) ? entry : nil }
            // A linked worktree or a submodule: a file that names the directory.
            guard status.st_mode & S_IFMT == S_IFREG, let line = SmallFile.firstLine(entry),
                line.hasPrefix("gitdir: ")
            else { return nil }
            let target = String(line.dropFirst("gitdir: ".count))
            let absolute = target.hasPrefix("/") ? target : "\(directory)/\(target)"
            guard let resolved = realpath(absolute, nil) else { return nil }
            defer { free(resolved) }
            return String(cString: resolved)
        }
        return isGitDirectory(directory) ? directory : nil
    }

    private static func isGitDirectory(_ path: String) -> Bool {
        ["HEAD", "objects", "refs"].allSatisfy { access("\(path)/\($0)", F_OK) == 0 }
    }

    private static func commonDirectory(of gitDirectory: String) -> String {
        guard let line = SmallFile.firstLine(gitDirectory + "/commondir") else {
            return gitDirectory
        }
        let target = line.hasPrefix("/") ? line : "\(gitDirectory)/\(line)"
        guard let resolved = realpath(target, nil) else { return gitDirectory }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_uid == geteuid()
    }
}
