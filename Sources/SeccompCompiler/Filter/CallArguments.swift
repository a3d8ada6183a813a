internal import RunModel

/// How the report prints the arguments of calls that are denied whatever they say; see each call's
/// page in section 2 of the manual. Pointers to anything but a path say nothing and are left out.
enum CallArguments {
    static func kinds(of call: String) -> [ArgumentKind] { table[call] ?? [] }

    private static let table: [String: [ArgumentKind]] = [
        "acct": [.path],
        "bpf": [.decimal],
        "chroot": [.path],
        "delete_module": [.path],
        "fanotify_init": [.hexadecimal, .hexadecimal],
        "flock": [.decimal, .decimal],
        "fsopen": [.path, .hexadecimal],
        "fspick": [.decimal, .path],
        "io_uring_setup": [.decimal],
        "ioperm": [.hexadecimal, .decimal, .decimal],
        "kcmp": [.decimal, .decimal, .decimal],
        "keyctl": [.decimal],
        "memfd_secret": [.hexadecimal],
        "mount": [.path, .path, .path, .hexadecimal],
        "mount_setattr": [.decimal, .path],
        "move_mount": [.decimal, .path, .decimal, .path],
        "name_to_handle_at": [.decimal, .path],
        "open_tree": [.decimal, .path, .hexadecimal],
        "open_tree_attr": [.decimal, .path, .hexadecimal],
        "perf_event_open": [.hidden, .decimal, .decimal],
        "pidfd_getfd": [.decimal, .decimal],
        "pivot_root": [.path, .path],
        "process_madvise": [.decimal],
        "process_vm_readv": [.decimal],
        "process_vm_writev": [.decimal],
        "ptrace": [.decimal, .decimal],
        "quotactl": [.hexadecimal, .path],
        "reboot": [.hexadecimal, .hexadecimal, .hexadecimal],
        "setns": [.decimal, .namespaceFlags],
        "swapoff": [.path],
        "swapon": [.path, .hexadecimal],
        "syslog": [.decimal],
        "umount2": [.path, .hexadecimal],
        "unshare": [.namespaceFlags],
        "userfaultfd": [.hexadecimal],
        "vmsplice": [.decimal],
    ]
}
