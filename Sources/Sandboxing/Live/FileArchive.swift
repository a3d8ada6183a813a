internal import Glibc
internal import LinuxKernel

/// All files of a sandbox as one sequence of bytes: what snapshots and forks are made of.
///
/// `DDFILES1`, then records: kind (1 byte), path (4 bytes length, bytes), mode (4), user and group
/// as inside (4 each), time of change (8 s, 8 ns), attributes (4 bytes count; name and value with
/// 4 bytes length each), then the content of a file (8 bytes length, bytes) or the target of a link
/// (4 bytes length, bytes). The last record has kind 0 and nothing else. Numbers are little-endian.
enum FileArchive {
    static let magic = Array("DDFILES1".utf8)

    enum Kind: UInt8 {
        case end = 0
        case directory, file, symbolicLink, hardLink, whiteout
    }

    /// Attributes that are kept: the user's, and overlayfs' marks.
    static let attributePrefixes = ["user.", "trusted.overlay."]
    /// Directories of the scratch file system that no other sandbox can use.
    static func isLeftOut(_ name: String) -> Bool { name == "shm" || name.hasSuffix(".work") }
}

/// Writes the archive of a scratch file system, whose processes stand still meanwhile.
struct ArchiveWriter: ~Copyable {
    private let file: OwnedDescriptor
    private var buffer = FileArchive.magic
    /// Where a file with several names was first seen.
    private var linked: [UInt64: String] = [:]
    private let firstUser: UInt32
    private let isPrivileged: Bool

    init(to file: consuming OwnedDescriptor, firstUser: UInt32, isPrivileged: Bool) {
        self.file = file
        self.firstUser = firstUser
        self.isPrivileged = isPrivileged
    }

    consuming func write(scratch: borrowing OwnedDescriptor) throws(SystemError) -> OwnedDescriptor
    {
        for name in try scratch.directoryNames("/") where !FileArchive.isLeftOut(name) {
            try add(name, path: name, in: scratch)
        }
        buffer.append(FileArchive.Kind.end.rawValue)
        try file.writeAll(buffer, to: "the archive")
        return file
    }

    private mutating func add(
        _ name: String, path: String, in directory: borrowing OwnedDescriptor
    ) throws(SystemError) {
        let status = try FileStatus(named: name, in: directory)
        switch status.kind {
        case .directory:
            let inner = try OwnedDescriptor.openDirectory(name, in: directory)
            begin(.directory, path, status, attributes: inner)
            for child in try inner.directoryNames(path) {
                try add(child, path: path + "/" + child, in: inner)
            }
        case .file:
            if status.linkCount > 1, let first = linked[status.inode] {
                beginPlain(.hardLink, path, status)
                put(text: first)
                return
            }
            if status.linkCount > 1 { linked[status.inode] = path }
            let source = try OwnedDescriptor.open(
                name, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK, relativeTo: directory.raw)
            begin(.file, path, status, attributes: source)
            try copy(source, bytes: status.sizeBytes, path: path)
        case .symbolicLink:
            beginPlain(.symbolicLink, path, status)
            put(text: try directory.linkTarget(name))
        case .whiteout: beginPlain(.whiteout, path, status)
        // Sockets and FIFOs mean nothing without the processes that hold them.
        case .other: break
        }
    }

    private mutating func begin(
        _ kind: FileArchive.Kind, _ path: String, _ status: FileStatus,
        attributes file: borrowing OwnedDescriptor
    ) {
        head(kind, path, status)
        let attributes = FileArchive.attributePrefixes.flatMap { file.attributes(prefix: $0) }
        put(UInt32(attributes.count))
        for attribute in attributes {
            put(text: attribute.name)
            put(UInt32(attribute.value.count))
            buffer += attribute.value
        }
    }

    private mutating func beginPlain(
        _ kind: FileArchive.Kind, _ path: String, _ status: FileStatus
    ) {
        head(kind, path, status)
        put(UInt32(0))
    }

    private mutating func head(
        _ kind: FileArchive.Kind, _ path: String, _ status: FileStatus
    ) {
        buffer.append(kind.rawValue)
        put(text: path)
        put(status.mode)
        put(inside(status.user))
        put(inside(status.group))
        put(UInt64(bitPattern: status.modifiedSeconds))
        put(UInt64(bitPattern: status.modifiedNanoseconds))
    }

    private func inside(_ user: UInt32) -> UInt32 {
        guard isPrivileged else { return SandboxPlanner.user }
        let number = user &- firstUser
        return number < IdentityPlan.rangeSize ? number : 65534
    }

    private mutating func copy(
        _ source: borrowing OwnedDescriptor, bytes: UInt64, path: String
    ) throws(SystemError) {
        put(bytes)
        var left = bytes
        while left > 0 {
            let wanted = Int(min(left, 262_144))
            let raw = source.raw
            let chunk = [UInt8](unsafeUninitializedCapacity: wanted) { target, used in
                used = max(0, Glibc.read(raw, target.baseAddress, wanted))
            }
            // Cut meanwhile by somebody outside: zeros, as announced.
            buffer += chunk.isEmpty ? [UInt8](repeating: 0, count: wanted) : chunk
            left -= UInt64(chunk.isEmpty ? wanted : chunk.count)
            if buffer.count > 1 << 20 { try flush() }
        }
        if buffer.count > 1 << 18 { try flush() }
    }

    private mutating func flush() throws(SystemError) {
        try file.writeAll(buffer, to: "the archive")
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func put(text: String) {
        put(UInt32(text.utf8.count))
        buffer += text.utf8
    }

    private mutating func put(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            buffer.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
