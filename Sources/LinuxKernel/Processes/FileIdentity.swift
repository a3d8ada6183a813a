internal import CLinux
internal import Glibc

/// The user by whose rights this thread's access to files is judged.
///
/// What looks after a sandbox opens the sandbox's files as the sandbox's user: whatever a link or a
/// mount leads to, it can reach no more than the processes inside can.
package struct FileIdentity: Sendable, Equatable {
    /// As the host counts them.
    package let user: UInt32
    package let group: UInt32

    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    /// Runs `body` with this identity; the thread's own comes back afterwards, with its
    /// capabilities over files.
    package func assume<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lx_file_identity(user, group)
        defer { lx_file_identity(geteuid(), getegid()) }
        return try body()
    }
}

/// Processes that are copies of this one, for small programs with one thread.
package enum ProcessCopy {
    /// - Returns: 0 in the copy, and its process id in the original.
    package static func make() throws(SystemError) -> Int32 {
        Int32(try SystemCall.perform("copy the process") { lx_copy_process() })
    }
}
