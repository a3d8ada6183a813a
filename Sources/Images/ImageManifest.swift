internal import Digests
internal import Foundation
internal import Glibc
package import RunModel

/// Every file of a root file system: kind, mode, size, content. Two trees with the same manifest
/// look the same inside a sandbox (owners are mapped away, times do not count).
package struct ImageManifest: Sendable, Equatable {
    /// `mode size digest path`, sorted by path; what a link points to stands for its digest.
    package let lines: [String]
    /// Of regular files, in bytes.
    package let sizeBytes: Int64

    package var text: String { lines.joined(separator: "\n") + "\n" }
    package var digest: String { SHA256Digest(of: text).hexadecimal }

    /// Reads a tree that nothing else writes to. No link is followed.
    ///
    /// - Parameter normalises: whether devices, sockets and pipes are removed and set-id bits
    ///   taken away first; nothing inside could use them.
    package init(of root: String, normalises: Bool) throws(PortError) {
        var walk = Walk(root: root, normalises: normalises)
        try walk.visit("")
        lines = walk.entries.sorted { $0.path < $1.path }.map {
            "\(String($0.mode, radix: 8)) \($0.size) \($0.content) \($0.path)"
        }
        sizeBytes = walk.sizeBytes
    }

    private struct Walk {
        struct Entry {
            let path: String
            let mode: UInt32
            let size: Int64
            let content: String
        }

        let root: String
        let normalises: Bool
        var entries: [Entry] = []
        var sizeBytes: Int64 = 0

        mutating func visit(_ relative: String) throws(PortError) {
            let directory = root + relative
            guard let stream = opendir(directory) else { throw failure("reading", directory) }
            var names: [String] = []
            while let entry = readdir(stream) {
                // SAFETY: d_name is a NUL-terminated string within the entry (readdir(3)).
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                        String(cString: $0)
                    }
                }
                if name != ".", name != ".." { names.append(name) }
            }
            closedir(stream)
            for name in names { try add("\(relative)/\(name)") }
        }

        private mutating func add(_ relative: String) throws(PortError) {
            let path = root + relative
            var information = stat()
            guard lstat(path, &information) == 0 else { throw failure("examining", path) }
            var mode = UInt32(information.st_mode)
            switch mode & S_IFMT {
            case S_IFDIR:
                try clear(&mode, path)
                entries.append(Entry(path: relative, mode: mode, size: 0, content: "-"))
                try visit(relative)
            case S_IFLNK:
                entries.append(
                    Entry(path: relative, mode: mode, size: 0, content: try target(of: path)))
            case S_IFREG:
                try clear(&mode, path)
                let size = Int64(information.st_size)
                entries.append(
                    Entry(path: relative, mode: mode, size: size, content: try digest(of: path)))
                sizeBytes += size
            default:
                if normalises, unlink(path) != 0 { throw failure("removing", path) }
            }
        }

        /// The owner must be able to read everything, or no sandbox could.
        private func clear(_ mode: inout UInt32, _ path: String) throws(PortError) {
            guard normalises else { return }
            let isDirectory = mode & S_IFMT == S_IFDIR
            let wanted = (mode & ~0o6000) | (isDirectory ? 0o500 : 0o400)
            guard wanted != mode else { return }
            guard chmod(path, wanted & 0o7777) == 0 else { throw failure("changing", path) }
            mode = wanted
        }

        private func target(of path: String) throws(PortError) -> String {
            guard
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
            else { throw failure("reading", path) }
            return "->" + SHA256Digest(of: target).hexadecimal
        }

        private func digest(of path: String) throws(PortError) -> String {
            let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure("opening", path) }
            defer { close(descriptor) }
            var digest = DigestBuilder()
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw failure("reading", path) }
                guard count > 0 else { return digest.finish().hexadecimal }
                digest.add(Array(buffer[..<count]))
            }
        }

        private func failure(_ operation: String, _ path: String) -> PortError {
            PortError(
                operation: operation, subject: path, reason: String(cString: strerror(errno)),
                remedy: "")
        }
    }
}
