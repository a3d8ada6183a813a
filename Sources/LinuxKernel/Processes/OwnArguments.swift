internal import CLinux

/// What this process was started with.
package enum OwnArguments {
    /// The program's name and its arguments. `CommandLine` has the same, from `/proc`, and ends the
    /// process where that is not mounted.
    package static var all: [String] {
        (0..<lx_argument_count()).compactMap { index in
            lx_argument(index).map { String(cString: $0) }
        }
    }
}
