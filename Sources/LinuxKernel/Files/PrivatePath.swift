internal import Glibc

/// Directories that are their maker's alone from the moment that they are there: with a mode that is
/// set afterwards, another process of the same user finds them open to others for a moment.
package enum PrivatePath {
    /// Makes a directory and what is missing above it, each with mode 0700. What is there already
    /// stays as it is; whether it may be used is for the caller to check.
    ///
    /// - Throws: the failure of mkdir(2) at the first one that is neither there nor can be made.
    package static func make(_ path: String) throws(SystemError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            made += component
            // The order of the kernel's checks differs: one that is there may be reported as read-only.
            if mkdir(made, 0o700) != 0 {
                let number = errno
                guard number == EEXIST || access(made, F_OK) == 0 else {
                    throw SystemError(operation: "mkdir", subject: made, errorNumber: number)
                }
            }
            made += "/"
        }
    }
}
