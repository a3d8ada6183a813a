internal import CLinux
internal import Glibc

/// One process's files as it sees them, looked at from outside. Nothing is opened but as a path
/// (`O_PATH`), and no link leads out of the process's root.
package struct ProcessFiles: ~Copyable {
    package let process: Int32
    private let root: OwnedDescriptor
    package let user: UInt32
    package let group: UInt32

    /// `O_PATH` of `open(2)`.
    package static let pathFlag = LX_O_PATH

    /// - Throws: `ENOENT` when the process is gone.
    package init(of process: Int32) throws(SystemError) {
        var information = stat()
        let path = "/proc/\(process)/task"
        try SystemCall.performLibrary("stat", path) { Int(stat(path, &information)) }
        let directory = try OwnedDescriptor.open(
            "/proc/\(process)/root", flags: LX_O_PATH | O_DIRECTORY)
        self.process = process
        user = information.st_uid
        group = information.st_gid
        root = directory
    }

    /// What a path is.
    package enum Finding {
        case absent
        /// It cannot be told from outside, as what only leads somewhere for the process itself.
        case unknown
        case found(File)
    }

    package struct File: Sendable {
        package var isReadOnly: Bool
        /// A null device in the place of something of the kernel's (`SetupStep.mask`).
        package var isMask: Bool
        /// With its type, as `stat(2)` has it.
        package var mode: UInt32
        package var user: UInt32
        package var group: UInt32
    }

    /// - Parameter path: absolute, as the process means it.
    package borrowing func find(_ path: String, followsLink: Bool = true) -> Finding {
        let flags = UInt64(UInt32(LX_O_PATH | (followsLink ? 0 : O_NOFOLLOW)))
        let raw = lx_openat2(root.raw, path, flags, LX_RESOLVE_IN_ROOT)
        guard raw >= 0 else {
            return raw == -Int(ENOENT) || raw == -Int(ENOTDIR) ? .absent : .unknown
        }
        let file = OwnedDescriptor(owning: Int32(raw))
        var information = stat()
        var system = statvfs()
        guard fstat(file.raw, &information) == 0, fstatvfs(file.raw, &system) == 0 else {
            return .unknown
        }
        let isNull = information.st_mode & S_IFMT == S_IFCHR && information.st_rdev == 0x103
        return .found(
            File(
                isReadOnly: system.f_flag & UInt(ST_RDONLY) != 0,
                isMask: isNull && !path.hasPrefix("/dev/"),
                mode: information.st_mode, user: information.st_uid, group: information.st_gid))
    }

    /// Where the process's relative paths begin, as it is called inside; `nil` where that cannot be told.
    package borrowing func directory(_ number: Int32?) -> String? {
        let name = number.map { $0 >= 0 ? "fd/\($0)" : "cwd" } ?? "cwd"
        return FileKind.linkTarget("/proc/\(process)/\(name)")
    }

    /// Whether the file's mode lets the process do it.
    ///
    /// - Parameter wanted: 4 read, 2 write, 1 execute.
    package borrowing func permits(_ file: File, _ wanted: UInt32) -> Bool {
        let shift: UInt32 = file.user == user ? 6 : file.group == group ? 3 : 0
        return file.mode >> shift & wanted == wanted
    }
}
