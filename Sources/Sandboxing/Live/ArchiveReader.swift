internal import Glibc
internal import LinuxKernel

/// Puts the files of an archive into a scratch file system, as its bytes come.
///
/// An archive is a sandbox's own data: every path is resolved beneath the scratch file system,
/// owners are ids of the sandbox, and lengths are bounded before anything is allocated.
final class ArchiveReader {
    private let scratch: RootedDirectory
    private let firstUser: UInt32
    private let isPrivileged: Bool
    private var pending: [UInt8] = []
    private var hasMagic = false
    private var isComplete = false
    /// The file whose content comes now.
    private var file: OwnedDescriptor?
    private var bytesLeft: UInt64 = 0
    private var current: Head?
    /// Times of directories are set last: what is put into them changes them.
    private var directoryTimes: [(path: String, seconds: Int64, nanoseconds: Int64)] = []

    private static let textLimit = 65536

    struct Head {
        var kind: FileArchive.Kind
        var path: String
        var mode: UInt32
        var user: UInt32
        var group: UInt32
        var seconds: Int64
        var nanoseconds: Int64
        var attributes: [(name: String, value: [UInt8])] = []
        var target = ""
        var size: UInt64 = 0
    }

    init(scratch: consuming OwnedDescriptor, firstUser: UInt32, isPrivileged: Bool) {
        self.scratch = RootedDirectory(scratch)
        self.firstUser = firstUser
        self.isPrivileged = isPrivileged
    }

    func write(_ bytes: ArraySlice<UInt8>) throws(LiveFailure) {
        var rest = bytes
        while !rest.isEmpty || !pending.isEmpty {
            if bytesLeft > 0 {
                if !pending.isEmpty {
                    rest = pending + rest
                    pending = []
                }
                guard !rest.isEmpty else { return }
                let part = rest.prefix(Int(clamping: bytesLeft))
                try writeContent(part)
                rest = rest.dropFirst(part.count)
                continue
            }
            pending += rest
            rest = []
            guard try takeRecord() else { return }
        }
    }

    func finish() throws(LiveFailure) {
        guard isComplete else {
            throw LiveFailure(.invalidArgument, "the archive of files is cut off")
        }
        for entry in directoryTimes.reversed() {
            setTime(entry.path, entry.seconds, entry.nanoseconds)
        }
    }

    // MARK: Records

    /// Takes one record from the front of `pending`, if it is whole.
    private func takeRecord() throws(LiveFailure) -> Bool {
        if !hasMagic {
            guard pending.count >= 8 else { return false }
            guard Array(pending.prefix(8)) == FileArchive.magic else {
                throw LiveFailure(.invalidArgument, "this is no archive of files")
            }
            pending.removeFirst(8)
            hasMagic = true
            return true
        }
        guard !isComplete, !pending.isEmpty else {
            if isComplete { throw LiveFailure(.invalidArgument, "bytes follow the archive's end") }
            return false
        }
        var reader = Reader(bytes: pending)
        guard let head = try reader.head() else { return false }
        pending.removeFirst(reader.place)
        if head.kind == .end {
            isComplete = true
        } else {
            do throws(SystemError) { try make(head) } catch {
                throw FileOperations.failure(error, "/" + head.path)
            }
        }
        return true
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0
        var isShort = false

        mutating func number<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
            let count = Value.bitWidth / 8
            guard !isShort, place + count <= bytes.count else {
                isShort = true
                return 0
            }
            defer { place += count }
            return (0..<count).reduce(0) {
                $0 | Value(truncatingIfNeeded: UInt64(bytes[place + $1]) << UInt64($1 * 8))
            }
        }

        mutating func data() throws(LiveFailure) -> [UInt8] {
            let count = Int(number(UInt32.self))
            guard count <= ArchiveReader.textLimit else {
                throw LiveFailure(.invalidArgument, "the archive has a text of \(count) bytes")
            }
            guard !isShort, place + count <= bytes.count else {
                isShort = true
                return []
            }
            defer { place += count }
            return Array(bytes[place..<place + count])
        }

        mutating func text() throws(LiveFailure) -> String {
            String(decoding: try data(), as: UTF8.self)
        }

        /// `nil` when it has not come whole.
        mutating func head() throws(LiveFailure) -> Head? {
            guard let kind = FileArchive.Kind(rawValue: number(UInt8.self)) else {
                throw LiveFailure(.invalidArgument, "the archive has an unknown record")
            }
            var head = Head(
                kind: kind, path: "", mode: 0, user: 0, group: 0, seconds: 0, nanoseconds: 0)
            if kind == .end { return isShort ? nil : head }
            head.path = try text()
            head.mode = number(UInt32.self)
            head.user = number(UInt32.self)
            head.group = number(UInt32.self)
            head.seconds = Int64(bitPattern: number(UInt64.self))
            head.nanoseconds = Int64(bitPattern: number(UInt64.self))
            let count = number(UInt32.self)
            guard count <= 256 else {
                throw LiveFailure(.invalidArgument, "the archive has \(count) attributes of a file")
            }
            for _ in 0..<count where !isShort {
                let name = try text()
                head.attributes.append((name, try data()))
            }
            switch kind {
            case .file: head.size = number(UInt64.self)
            case .symbolicLink, .hardLink: head.target = try text()
            default: break
            }
            return isShort ? nil : head
        }
    }

    // MARK: Files

    private func make(_ head: Head) throws(SystemError) {
        let path = "/" + head.path
        let (directory, name) = try scratch.parent(of: path)
        let parent = directory.descriptor.raw
        switch head.kind {
        case .directory:
            if mkdirat(parent, name, 0o700) != 0 && errno != EEXIST {
                throw SystemError(operation: "mkdir", subject: path, errorNumber: errno)
            }
            let inner = try OwnedDescriptor.openDirectory(name, in: directory.descriptor)
            try complete(inner, head)
            directoryTimes.append((path, head.seconds, head.nanoseconds))
        case .file:
            _ = unlinkat(parent, name, 0)
            let made = try OwnedDescriptor.open(
                name, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600,
                relativeTo: parent)
            try complete(made, head)
            bytesLeft = head.size
            current = head
            file = consume made
            if head.size == 0 { closeFile() }
        case .symbolicLink:
            _ = unlinkat(parent, name, 0)
            try SystemCall.performLibrary("symlink", path) {
                Int(symlinkat(head.target, parent, name))
            }
            try changeOwner(parent, name, head)
        case .hardLink:
            let (source, sourceName) = try scratch.parent(of: "/" + head.target)
            let from = source.descriptor.raw
            _ = unlinkat(parent, name, 0)
            try SystemCall.performLibrary("link", path) {
                Int(linkat(from, sourceName, parent, name, 0))
            }
        case .whiteout: try directory.descriptor.makeWhiteout(name)
        case .end: break
        }
    }

    private func complete(
        _ file: borrowing OwnedDescriptor, _ head: Head
    ) throws(SystemError) {
        let raw = file.raw
        if isPrivileged {
            try SystemCall.performLibrary("fchown", head.path) {
                Int(fchown(raw, outside(head.user), outside(head.group)))
            }
        }
        try SystemCall.performLibrary("fchmod", head.path) { Int(fchmod(raw, head.mode & 0o7777)) }
        for attribute in head.attributes
        where FileArchive.attributePrefixes.contains(where: attribute.name.hasPrefix) {
            try file.setAttribute(attribute.name, attribute.value)
        }
    }

    private func changeOwner(_ parent: Int32, _ name: String, _ head: Head) throws(SystemError) {
        guard isPrivileged else { return }
        try SystemCall.performLibrary("fchownat", head.path) {
            Int(
                fchownat(
                    parent, name, outside(head.user), outside(head.group), AT_SYMLINK_NOFOLLOW))
        }
    }

    private func outside(_ user: UInt32) -> UInt32 {
        firstUser + min(user, IdentityPlan.rangeSize - 1)
    }

    private func writeContent(_ bytes: ArraySlice<UInt8>) throws(LiveFailure) {
        let path = current?.path ?? ""
        do throws(SystemError) {
            switch file {
            case .some(let file): try file.writeAll(Array(bytes), to: path)
            case .none: break
            }
        } catch {
            throw FileOperations.failure(error, "/" + path)
        }
        bytesLeft -= UInt64(bytes.count)
        if bytesLeft == 0 { closeFile() }
    }

    private func closeFile() {
        file = nil
        if let head = current { setTime("/" + head.path, head.seconds, head.nanoseconds) }
        current = nil
    }

    /// A time that cannot be set is as good as none: content and rights are there.
    private func setTime(_ path: String, _ seconds: Int64, _ nanoseconds: Int64) {
        guard let (directory, name) = try? scratch.parent(of: path) else { return }
        directory.descriptor.setTimes(of: name, seconds: seconds, nanoseconds: nanoseconds)
    }
}
