internal import Digests
internal import Foundation
internal import LinuxKernel
package import RunModel

/// What `--image` and `drydock image import` were given.
package enum ImageSource: Sendable, Equatable {
    /// This machine's own system directories.
    case host
    /// A name from `Containers/`, or of an imported image.
    case name(String)
    /// A whole root file system.
    case directory(String)
    /// An OCI image layout (image-spec 1.0: a directory with a file `oci-layout`).
    case layout(String)
    /// A layout in a tar archive, or what `docker save` writes.
    case archive(String)

    /// - Throws: `PortError` when a path leads to nothing usable.
    package init(_ text: String) throws(PortError) {
        if text == "host" {
            self = .host
            return
        }
        if !text.contains("/"), FileKind.of(text) != .regular {
            self = .name(text)
            return
        }
        guard let path = FileKind.canonicalPath(text) else {
            throw PortError(
                operation: "finding", subject: "the image \(text)", reason: "it does not exist",
                remedy: "Give 'host', a name of 'drydock image list', a directory with a root file "
                    + "system, or an OCI layout or archive")
        }
        switch FileKind.of(path) {
        case .regular: self = .archive(path)
        case .directory:
            self = FileKind.of(path + "/oci-layout") == .regular ? .layout(path) : .directory(path)
        case .absent, .other:
            throw PortError(
                operation: "reading", subject: "the image \(path)",
                reason: "it is neither a file nor a directory", remedy: "Give another path")
        }
    }

    /// Identifies the content of a layout or an archive: the digest of its index, which names all
    /// else by digest, or of the whole file.
    package static func contentKey(of path: String, isLayout: Bool) throws(PortError) -> String {
        let file = isLayout ? path + "/index.json" : path
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw PortError(
                operation: "reading", subject: file, reason: "it cannot be opened",
                remedy: "See that it is readable")
        }
        var digest = DigestBuilder()
        do {
            while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
                digest.add(Array(data))
            }
        } catch {
            throw PortError(
                operation: "reading", subject: file, reason: error.localizedDescription, remedy: "")
        }
        return String(digest.finish().hexadecimal.prefix(16))
    }
}
