internal import CLinux
internal import Glibc

/// Access rights of `landlock(7)`, and which of them the running kernel knows.
package enum LandlockAccess {
    package static let execute: UInt64 = 1 << 0
    package static let writeFile: UInt64 = 1 << 1
    package static let readFile: UInt64 = 1 << 2
    package static let readDirectory: UInt64 = 1 << 3
    package static let refer: UInt64 = 1 << 13
    package static let truncate: UInt64 = 1 << 14
    package static let deviceControl: UInt64 = 1 << 15

    package static let read = execute | readFile | readDirectory

    /// The ABI level of the running kernel; 0 when Landlock is not built in or not enabled.
    package static var abi: Int { max(0, lx_landlock_abi()) }

    /// Every file system right of an ABI level.
    package static func all(abi: Int) -> UInt64 {
        switch abi {
        case ..<1: 0
        case 1: (1 << 13) - 1
        case 2: (1 << 14) - 1
        case 3...4: (1 << 15) - 1
        default: (1 << 16) - 1
        }
    }

    /// Abstract unix sockets and signals outside of the sandbox (ABI 6).
    package static func scopes(abi: Int) -> UInt64 { abi >= 6 ? 3 : 0 }
}
