package import RunModel

/// How refusals that pass no filter are found: what is not there, what lies on a read-only mount, what
/// a file's mode forbids.
///
/// `filters` take the profile's place. They have the same verdicts, but for calls that the policy allows
/// without looking at arguments: those are notified, judged by the sandbox's own files, and let go on.
/// The judgement is for the report only; the kernel's verdict is its own.
package struct FileTracePlan: Sendable, Equatable {
    package var filters: [SeccompProgram]
    package var calls: [Int32: TracedCall]

    package init(filters: [SeccompProgram], calls: [Int32: TracedCall]) {
        self.filters = filters
        self.calls = calls
    }
}

/// A system call that names files.
package struct TracedCall: Sendable, Equatable {
    package var name: String
    package var places: [Place]

    /// One file that it names, by the places of its arguments.
    package struct Place: Sendable, Equatable {
        /// What the path is relative to; `nil` for the working directory.
        var directory: Int?
        var path: Int
        var access: Access
    }

    /// What it wants with the file.
    package enum Access: Sendable, Equatable {
        /// As the flags in that argument say.
        case open(flags: Int)
        /// The same in a `struct open_how`, whose first member they are.
        case openHow(Int)
        case look, execute
        /// Makes a file, or empties it.
        case create
        /// Makes a name that may not be there.
        case make
        /// Changes what is there.
        case change
        /// Takes a name away.
        case remove
        /// A `struct sockaddr`; the other argument is its size.
        case connect(sizeArgument: Int)
    }
}

extension TracedCall {
    /// Every call that is traced, by name, as far as the policy allows it whatever its arguments.
    package static let all: [String: TracedCall] = Dictionary(
        uniqueKeysWithValues: table.map { ($0.name, $0) })

    private static func here(_ name: String, _ path: Int, _ access: Access) -> TracedCall {
        TracedCall(name: name, places: [Place(directory: nil, path: path, access: access)])
    }

    private static func at(_ name: String, _ access: Access) -> TracedCall {
        TracedCall(name: name, places: [Place(directory: 0, path: 1, access: access)])
    }

    private static let table: [TracedCall] =
        [
            here("open", 0, .open(flags: 1)), here("creat", 0, .create),
            at("openat", .open(flags: 2)), at("openat2", .openHow(2)),
            here("execve", 0, .execute), at("execveat", .execute),
            here("mkdir", 0, .make), at("mkdirat", .make),
            here("symlink", 1, .make),
            TracedCall(
                name: "symlinkat", places: [Place(directory: 1, path: 2, access: .make)]),
            here("rmdir", 0, .remove), here("unlink", 0, .remove), at("unlinkat", .remove),
            here("connect", 1, .connect(sizeArgument: 2)),
        ]
        + [("rename", Access.remove), ("link", .look)].map { name, access in
            TracedCall(
                name: name,
                places: [
                    Place(directory: nil, path: 0, access: access),
                    Place(directory: nil, path: 1, access: .make),
                ])
        }
        + [("renameat", Access.remove), ("renameat2", .remove), ("linkat", .look)].map {
            name, access in
            TracedCall(
                name: name,
                places: [
                    Place(directory: 0, path: 1, access: access),
                    Place(directory: 2, path: 3, access: .make),
                ])
        }
        + [
            "truncate", "chmod", "chown", "lchown", "utime", "utimes", "setxattr", "lsetxattr",
            "removexattr", "lremovexattr",
        ].map { here($0, 0, .change) }
        + ["fchmodat", "fchmodat2", "fchownat", "futimesat", "utimensat"].map { at($0, .change) }
        + ["stat", "lstat", "access", "chdir", "readlink"].map { here($0, 0, .look) }
        + ["newfstatat", "statx", "faccessat", "faccessat2", "readlinkat"].map { at($0, .look) }
}
