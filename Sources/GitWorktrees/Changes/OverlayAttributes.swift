internal import CGit2
internal import Glibc

/// How the layers that are read were mounted, which says where overlayfs kept its notes
/// (Documentation/filesystems/overlayfs.rst).
package enum LayerKind: Sendable, Equatable {
    /// By the host's root: `trusted.overlay.*`, which no workload can write.
    case trustedOverlay
    /// With `userxattr`: `user.overlay.*`, which overlayfs does not let a workload write through
    /// the mount.
    case userOverlay
    /// No overlay: a plain directory that holds everything there is.
    case plain
}

/// A directory of one layer. A class, because layers are kept in arrays.
final class LayerDirectory {
    let handle: DirectoryHandle
    let kind: LayerKind

    init(_ handle: consuming DirectoryHandle, kind: LayerKind) {
        self.handle = handle
        self.kind = kind
    }

    /// Whether what lies beneath in lower layers is hidden.
    func isOpaque() throws(GitError) -> Bool {
        try attribute("opaque") == [UInt8(ascii: "y")]
    }

    /// Where the directory was before it was renamed: a path from the overlay's root with a
    /// leading slash, or a name beside its own.
    func redirect() throws(GitError) -> [UInt8]? { try attribute("redirect") }

    /// A file whose content stayed in the lower layer. Drydock's mounts switch this off.
    static func isMetadataOnly(_ name: [UInt8], in directory: LayerDirectory) throws(GitError)
        -> Bool
    {
        guard let prefix = directory.prefix else { return false }
        let descriptor = openat(
            directory.handle.descriptor, CStringBytes.terminated(name),
            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fgetxattr(descriptor, prefix + "metacopy", nil, 0) >= 0
    }

    func isWhiteout(_ status: stat) -> Bool {
        kind != .plain && status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
    }

    private var prefix: String? {
        switch kind {
        case .trustedOverlay: "trusted.overlay."
        case .userOverlay: "user.overlay."
        case .plain: nil
        }
    }

    private func attribute(_ name: String) throws(GitError) -> [UInt8]? {
        guard let prefix else { return nil }
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = fgetxattr(handle.descriptor, prefix + name, &buffer, buffer.count)
        if count >= 0 { return Array(buffer[..<count]) }
        guard errno == ENODATA || errno == ENOTSUP else {
            throw GitError.system("read attribute \(prefix)\(name)", handle.path)
        }
        return nil
    }
}
