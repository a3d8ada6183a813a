internal import CLinux
internal import Glibc

/// A file that a result goes to when a run is over. It is opened before anything is run, so that a
/// wrong path is told in time, and so that nothing that the run does to the path (a link in its place, a
/// directory swapped) leads the result elsewhere.
package struct ResultFile: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    private let path: String

    /// Makes the file, or opens it as it is.
    ///
    /// - Throws: `ELOOP` where the path itself is a link, which an earlier run may have left; links of
    ///   `/dev` lead to this process's own streams.
    package init(at path: String) throws(SystemError) {
        let follows = path.hasPrefix("/dev/")
        descriptor = try OwnedDescriptor.open(
            path, flags: O_WRONLY | O_CREAT | O_NOCTTY | (follows ? 0 : O_NOFOLLOW), mode: 0o644)
        self.path = path
    }

    /// Replaces what is in it.
    package borrowing func replace(with bytes: [UInt8]) throws(SystemError) {
        let raw = descriptor.raw
        // A pipe or a device has no length.
        if FileKind.of(descriptor: raw) == .regular {
            try SystemCall.performLibrary("ftruncate", path) { Int(ftruncate(raw, 0)) }
        }
        try descriptor.writeAll(bytes, to: path)
    }
}
