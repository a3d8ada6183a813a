internal import CGit2
internal import Glibc

/// Makes an upper layer fit to be stacked: attributes by which a workload could have changed what
/// overlayfs shows of lower layers do not survive (CVE-2023-0386 and its kin).
struct LayerSanitation {
    let kind: LayerKind

    /// - Throws: `.refused` for a redirect or a file without content, which cannot be stacked.
    func check(_ directory: borrowing DirectoryHandle) throws(GitError) {
        try check(directory.descriptor, path: directory.path)
        for name in try directory.names() {
            guard let status = try directory.status(of: name) else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try check(directory.directory(name))
            case S_IFREG:
                let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
                let file = openat(directory.descriptor, CStringBytes.terminated(name), flags)
                guard file >= 0 else { throw GitError.system("open", directory.path(of: name)) }
                defer { close(file) }
                try check(file, path: directory.path(of: name))
            default: break  // The kernel gives links and special files no such attributes.
            }
        }
    }

    private func check(_ descriptor: CInt, path: String) throws(GitError) {
        for name in try attributes(of: descriptor, path: path) {
            if kind == .trustedOverlay, name.hasPrefix("user.overlay.") {
                // The workload's own: overlayfs would take it seriously in a rootless mount.
                guard fremovexattr(descriptor, name) == 0 || errno == ENODATA else {
                    throw GitError.system("strip attribute \(name)", path)
                }
                continue
            }
            let isOverlays = name.hasPrefix("trusted.overlay.") || name.hasPrefix("user.overlay.")
            guard isOverlays, name.hasSuffix(".redirect") || name.hasSuffix(".metacopy") else {
                continue
            }
            throw GitError(
                .refused, operation: "keep layer", subject: path,
                reason: "it carries \(name), which depends on the layers beneath",
                remedy: "Mount sessions with redirect_dir=off,metacopy=off")
        }
    }

    private func attributes(of descriptor: CInt, path: String) throws(GitError) -> [String] {
        var buffer = [CChar](repeating: 0, count: 64 << 10)  // XATTR_LIST_MAX
        let count = flistxattr(descriptor, &buffer, buffer.count)
        guard count >= 0 else {
            if errno == ENOTSUP { return [] }
            throw GitError.system("list attributes", path)
        }
        return buffer[..<count].split(separator: 0).map {
            String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
