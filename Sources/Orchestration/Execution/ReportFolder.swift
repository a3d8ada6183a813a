internal import Glibc
internal import LinuxKernel
internal import RunModel

/// Takes report files out of a sandbox: regular files only, never through a link, within bounds.
package struct ReportFolder {
    package static let filesMax = 256
    package static let bytesMax = 256 << 20
    private static let depthMax = 8

    private var files: [String: [UInt8]] = [:]
    private var bytesLeft = bytesMax

    /// - Parameters:
    ///   - folder: stays the caller's.
    ///   - names: globs are not expanded here; `nil` takes everything.
    /// - Throws: `PortError` when there is more than the bounds allow: half of the reports would be
    ///   read as all of them.
    package static func read(_ folder: CInt, names: [String]?) throws -> [String: [UInt8]] {
        var reader = ReportFolder()
        try reader.walk(folder, prefix: "", depth: 0)
        guard let names else { return reader.files }
        return reader.files.filter { name, _ in
            names.contains(name) || names.contains { $0.contains("*") }
        }
    }

    private mutating func walk(_ folder: CInt, prefix: String, depth: Int) throws {
        guard depth < Self.depthMax else { throw Self.tooMuch("folders inside each other") }
        let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw Self.failure(prefix) }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let child = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            // Links, sockets and what is gone meanwhile are no reports.
            guard child >= 0 else { continue }
            defer { close(child) }
            switch FileKind.of(descriptor: child) {
            case .directory: try walk(child, prefix: prefix + name + "/", depth: depth + 1)
            case .regular: try take(child, name: prefix + name)
            case .absent, .other: continue
            }
        }
    }

    private mutating func take(_ file: CInt, name: String) throws {
        guard files.count < Self.filesMax else { throw Self.tooMuch("files") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(name) }
            if count == 0 { break }
            bytesLeft -= count
            guard bytesLeft >= 0 else { throw Self.tooMuch("bytes") }
            bytes += chunk[..<count]
        }
        files[name] = bytes
    }

    private static func failure(_ name: String) -> PortError {
        PortError(
            operation: "reading", subject: "report \(name)",
            reason: String(cString: strerror(errno)),
            remedy: "Try again")
    }

    private static func tooMuch(_ what: String) -> PortError {
        PortError(
            operation: "reading", subject: "the reports of a run",
            reason: "there are too many \(what)",
            remedy:
                "Let the test command write at most \(filesMax) files of \(bytesMax >> 20) MiB together"
        )
    }
}
