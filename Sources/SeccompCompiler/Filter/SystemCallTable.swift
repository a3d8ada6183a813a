internal import CSeccomp
internal import Glibc
package import PolicyFiles
internal import RunModel

/// Numbers of system calls on the machine's own architecture.
package enum SystemCallTable {
    /// Calls that the installed libseccomp (2.5.4) does not know yet. From 403 on, numbers are the
    /// same on every architecture (`scripts/syscall.tbl` of the kernel).
    static let newer: [String: Int32] = [
        "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454,
        "futex_wait": 455, "futex_requeue": 456, "statmount": 457, "listmount": 458,
        "lsm_get_self_attr": 459, "lsm_set_self_attr": 460, "lsm_list_modules": 461, "mseal": 462,
        "setxattrat": 463, "getxattrat": 464, "listxattrat": 465, "removexattrat": 466,
        "open_tree_attr": 467, "file_getattr": 468, "file_setattr": 469, "listns": 470,
        "rseq_slice_yield": 471,
    ]
    /// The same, of x86-64 alone.
    static let newerX86: [String: Int32] = ["uretprobe": 335, "uprobe": 336]

    /// `AUDIT_ARCH_X86_64` of linux/audit.h.
    static let auditArchitectureX86: UInt32 = 0xC000_003E

    /// The `AUDIT_ARCH_*` value of this machine.
    package static var auditArchitecture: UInt32 { seccomp_arch_native() }

    /// What is known of a name.
    enum Resolution: Equatable {
        case number(Int32)
        /// Known, but of another architecture: skipped.
        case absentHere
        case unknown
    }

    static func resolve(_ name: String) -> Resolution {
        let number = seccomp_syscall_resolve_name(name)
        if number >= 0 { return .number(number) }
        if let number = newer[name] { return .number(number) }
        if let number = newerX86[name] {
            return seccomp_arch_native() == auditArchitectureX86 ? .number(number) : .absentHere
        }
        // libseccomp gives calls of other architectures numbers below -1.
        return number == -1 ? .unknown : .absentHere
    }

    /// The number of `name`, or `nil` where this architecture has no such call.
    package static func number(
        of name: String, in policy: String
    ) throws(PolicyFileError) -> Int32? {
        switch resolve(name) {
        case .number(let number): return number
        case .absentHere: return nil
        case .unknown:
            let known = Array(newer.keys) + (0..<512).compactMap(Self.name(of:))
            throw EffectivePolicy.failure(
                policy, "names the unknown call \(name)",
                nearestName(to: name, among: known).map { "did you mean \($0)?" }
                    ?? "see syscalls(2)")
        }
    }

    /// The name of `number`, or `nil` when it is unknown or unused.
    package static func name(of number: Int32) -> String? {
        guard let text = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number) else {
            return newer.first { $0.value == number }?.key
        }
        defer { free(text) }
        return String(cString: text)
    }
}
