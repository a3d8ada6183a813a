internal import CGit2
internal import Glibc

/// Copies a layer that a workload wrote to where layers are kept, or over another layer as overlayfs
/// would stack them.
///
/// Only what a layer is made of goes along: directories, files, links, whiteouts and opaque marks.
/// Owners become this process's, set-user-id bits and all other attributes stay behind, so that
/// nothing which a workload planted is ever part of a lower layer. Special files become whiteouts.
///
/// A whiteout goes along where it hides something: in a directory that only one layer has, overlayfs
/// lists it as a file that cannot be opened (readdir passes such directories through).
struct LayerCopy {
    /// Shares the files of the source by hard links: for layers that nobody writes any more.
    var sharesFiles = false
    /// What lies beneath the copy, topmost first; `nil` where that is not known.
    var beneath: [LayerDirectory]?
    private let kind = LayerKind.userOverlay
    /// Files with several names, by device and number, with the place of their copy.
    private var copies: [FileNumber: [UInt8]] = [:]

    private struct FileNumber: Hashable {
        let device: dev_t
        let number: ino_t
    }

    /// - Parameter beneath: absolute paths of the layers that the copy is stacked on, topmost first.
    init(sharesFiles: Bool = false, over beneath: [String]? = nil) throws(GitError) {
        self.sharesFiles = sharesFiles
        guard let beneath else { return }
        var layers: [LayerDirectory] = []
        for path in beneath { layers.append(LayerDirectory(try DirectoryHandle(path), kind: kind)) }
        self.beneath = layers
    }

    /// - Parameter destination: a directory of this process's own.
    mutating func apply(
        _ source: DirectorySource, to destination: borrowing DirectoryHandle
    ) throws(GitError) {
        copies = [:]
        try copy(
            LayerDirectory(try source.open(), kind: kind), to: destination, at: [],
            root: destination, over: beneath)
    }

    private mutating func copy(
        _ source: LayerDirectory, to destination: borrowing DirectoryHandle, at path: [UInt8],
        root: borrowing DirectoryHandle, over beneath: [LayerDirectory]?
    ) throws(GitError) {
        guard try source.redirect() == nil else { throw refusal(source.handle.path, "redirect") }
        for name in try source.handle.names() {
            guard let status = try source.handle.status(of: name) else { continue }
            let place = TreeAssembler.Place.join(path, name)
            guard status.st_mode & S_IFMT == S_IFDIR else {
                try destination.remove(name)
                try copyEntry(
                    name, status, from: source, to: destination, at: place, root: root,
                    hidesSomething: Self.shows(name, in: beneath))
                continue
            }
            let inner = LayerDirectory(try source.handle.directory(name), kind: kind)
            var hidesBelow = try inner.isOpaque()
            if let present = try destination.status(of: name) {
                // A directory over anything else shows nothing of what lies further down.
                hidesBelow = hidesBelow || present.st_mode & S_IFMT != S_IFDIR
                if hidesBelow { try destination.remove(name) }
            }
            let made = try destination.makeDirectory(name, mode: 0o700)
            if hidesBelow { try markOpaque(made) }
            let isOpaque = try LayerDirectory(
                DirectoryHandle(duplicating: made.descriptor, path: made.path), kind: kind
            ).isOpaque()
            try copy(
                inner, to: made, at: place, root: root,
                over: isOpaque ? [] : Self.directories(name, in: beneath))
            try setMetadata(made.descriptor, status, path: made.path)
        }
    }

    private mutating func copyEntry(
        _ name: [UInt8], _ status: stat, from source: LayerDirectory,
        to destination: borrowing DirectoryHandle, at place: [UInt8],
        root: borrowing DirectoryHandle, hidesSomething: Bool
    ) throws(GitError) {
        let text = CStringBytes.terminated(name)
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            guard try !LayerDirectory.isMetadataOnly(name, in: source) else {
                throw refusal(source.handle.path(of: name), "metacopy")
            }
            if sharesFiles {
                guard linkat(source.handle.descriptor, text, destination.descriptor, text, 0) == 0
                else { throw GitError.system("link", destination.path(of: name)) }
                return
            }
            let number = FileNumber(device: status.st_dev, number: status.st_ino)
            if status.st_nlink > 1, let first = copies[number] {
                // A file with a thousand names is not a thousand files.
                let known = CStringBytes.terminated(first)
                guard linkat(root.descriptor, known, destination.descriptor, text, 0) == 0 else {
                    throw GitError.system("link", destination.path(of: name))
                }
                return
            }
            try copyFile(name, from: source, to: destination)
            if status.st_nlink > 1 { copies[number] = place }
        case S_IFLNK:
            try destination.writeLink(name, target: source.handle.linkTarget(name))
        default:
            // A whiteout, or what no layer can hold: what lies beneath stays hidden.
            guard hidesSomething else { return }
            guard mknodat(destination.descriptor, text, S_IFCHR, 0) == 0 else {
                throw GitError.system("make whiteout", destination.path(of: name))
            }
        }
    }

    /// Whether anything by this name shows from beneath.
    private static func shows(
        _ name: [UInt8], in beneath: [LayerDirectory]?
    ) throws(GitError) -> Bool {
        guard let beneath else { return true }
        for layer in beneath {
            if let status = try layer.handle.status(of: name) { return !layer.isWhiteout(status) }
        }
        return false
    }

    /// What shows in a directory from beneath.
    private static func directories(
        _ name: [UInt8], in beneath: [LayerDirectory]?
    ) throws(GitError) -> [LayerDirectory]? {
        guard let beneath else { return nil }
        var found: [LayerDirectory] = []
        for layer in beneath {
            guard let status = try layer.handle.status(of: name) else { continue }
            guard status.st_mode & S_IFMT == S_IFDIR else { break }
            let directory = LayerDirectory(try layer.handle.directory(name), kind: layer.kind)
            found.append(directory)
            if try directory.isOpaque() { break }
        }
        return found
    }

    /// Holes stay holes: a file may claim to be larger than any disk.
    private func copyFile(
        _ name: [UInt8], from source: LayerDirectory, to destination: borrowing DirectoryHandle
    ) throws(GitError) {
        let reader = try FileReader(name, in: source.handle)
        let path = destination.path(of: name)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = openat(destination.descriptor, CStringBytes.terminated(name), flags, 0o600)
        guard file >= 0 else { throw GitError.system("make file", path) }
        defer { close(file) }
        guard ftruncate(file, reader.status.st_size) == 0 else {
            throw GitError.system("write", path)
        }
        try reader.forEachDataChunk { offset, chunk throws(GitError) in
            var (rest, position) = (chunk, offset)
            while !rest.isEmpty {
                let count = pwrite(file, rest.baseAddress, rest.count, position)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw GitError.system("write", path) }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                position += count
            }
        }
        try setMetadata(file, reader.status, path: path)
    }

    private func markOpaque(_ directory: borrowing DirectoryHandle) throws(GitError) {
        let mark = [UInt8(ascii: "y")]
        guard fsetxattr(directory.descriptor, "user.overlay.opaque", mark, 1, 0) == 0 else {
            throw GitError.system("mark opaque", directory.path)
        }
    }

    private func setMetadata(
        _ descriptor: CInt, _ status: stat, path: String
    ) throws(GitError) {
        guard fchmod(descriptor, status.st_mode & 0o777) == 0 else {
            throw GitError.system("set mode", path)
        }
        guard futimens(descriptor, [status.st_mtim, status.st_mtim]) == 0 else {
            throw GitError.system("set time", path)
        }
    }

    private func refusal(_ path: String, _ what: String) -> GitError {
        GitError(
            .refused, operation: "keep layer", subject: path,
            reason: "it carries user.overlay.\(what), which depends on the layers beneath",
            remedy: "Mount sessions with redirect_dir=off,metacopy=off")
    }
}
