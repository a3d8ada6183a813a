internal import CGit2
internal import Glibc
package import RunModel

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

    package init(_ notes: OverlayNotes) {
        self =
            switch notes {
            case .trusted: .trustedOverlay
            case .user: .userOverlay
            }
    }
}

/// A directory of one layer. A class, because layers are kept in arrays.
final class LayerDirectory {
    let handle: DirectoryHandle
    let kind: LayerKind
    /// One that lies between the layers that were changed and the checkout: a change shows what is in
    /// it only where a directory of its was renamed.
    let isBeneath: Bool

    init(_ handle: consuming DirectoryHandle, kind: LayerKind, isBeneath: Bool = false) {
        self.handle = handle
        self.kind = kind
        self.isBeneath = isBeneath
    }

    /// Whether what lies beneath in lower layers is hidden.
    func isOpaque() throws(GitError) -> Bool {
        try attribute("opaque") == [UInt8(ascii: "y")]
    }

    /// Where the directory was before it was renamed: a path from the overlay's root with a
    /// leading slash, or a name beside its own.
    ///
    /// - Throws: `.refused` for one that overlayfs does not write: it would lead out of the layers.
    func redirect() throws(GitError) -> [UInt8]? {
        guard let redirect = try attribute("redirect") else { return nil }
        let isAbsolute = redirect.first == UInt8(ascii: "/")
        let parts = redirect.dropFirst(isAbsolute ? 1 : 0).split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isSound = parts.allSatisfy { !$0.isEmpty && $0 != [46] && $0 != [46, 46] }
        guard isSound, isAbsolute || parts.count == 1 else {
            throw GitError(
                .refused, operation: "read changes", subject: handle.path,
                reason:
                    "it is redirected to \(PathText.text(redirect)), which is no place in a layer")
        }
        return redirect
    }

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
