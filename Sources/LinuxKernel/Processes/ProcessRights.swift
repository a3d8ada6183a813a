internal import CLinux

/// Rights that this process gives up and cannot have again.
package enum ProcessRights {
    /// Nobody may debug this process or read its memory, and nothing that it executes gains
    /// rights.
    package static func hideMemory() throws(SystemError) {
        try check(lx_hide_memory(), "prctl(PR_SET_DUMPABLE)", "this process")
    }

    /// Root becomes another user, in every thread, without groups.
    package static func become(user: UInt32) throws(SystemError) {
        try check(lx_become_user(user), "setresuid", "\(user)")
    }

    private static func check(
        _ result: Int, _ operation: String, _ subject: String
    ) throws(SystemError) {
        guard result < 0 else { return }
        throw SystemError(operation: operation, subject: subject, errorNumber: Int32(-result))
    }
}
