internal import Glibc
internal import LinuxKernel

/// What to do about a system call that this host refused.
enum Remedies {
    static func remedy(for error: SystemError) -> String {
        switch (error.operation, error.errorNumber) {
        case ("clone3", EPERM), ("clone3", ENOSPC), ("write", EPERM):
            return namespaceRemedy
        case ("open_tree", ENOENT), ("open", ENOENT):
            return "see that \(error.subject) exists"
        case ("take a sandbox number", _):
            return "wait until some of the running sandboxes have ended"
        case ("mount(overlay)", EINVAL):
            return
                "overlay worktrees as root need Linux 5.19; run as an ordinary user, or with a newer kernel"
        case ("find the cgroup controller", _):
            return "mount the \(error.subject) controller below /sys/fs/cgroup"
        default: return "run 'drydock doctor' to see what this host lacks"
        }
    }

    /// Which of the switches that forbid user namespaces is set.
    private static var namespaceRemedy: String {
        func value(_ path: String) -> String? {
            (try? SmallFile.readText(path))?.split(separator: "\n").first.map(String.init)
        }
        if value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" {
            return
                "allow user namespaces with 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0', or load an AppArmor profile for drydock that has 'userns,'"
        }
        if value("/proc/sys/kernel/unprivileged_userns_clone") == "0" {
            return "allow user namespaces with 'sudo sysctl -w kernel.unprivileged_userns_clone=1'"
        }
        if value("/proc/sys/user/max_user_namespaces") == "0" {
            return "allow user namespaces with 'sudo sysctl -w user.max_user_namespaces=10000'"
        }
        if isBelowChroot {
            return
                "the kernel permits no user namespace below chroot; enter the tree by pivot_root, with systemd-nspawn, bwrap or a container"
        }
        return
            "in a container, start it with '--security-opt seccomp=unconfined --security-opt systempaths=unconfined', which permits user namespaces without --privileged"
    }

    /// Whether this process has another root than one of those that it descends from.
    private static var isBelowChroot: Bool {
        func place(_ path: String) -> [UInt64]? {
            guard let root = try? OwnedDescriptor.open(path, flags: ProcessFiles.pathFlag),
                let status = try? FileStatus(of: root, path: path)
            else { return nil }
            return [status.device, status.inode]
        }
        guard let own = place("/") else { return false }
        var process = getppid()
        for _ in 0..<64 where process > 0 {
            if let other = place("/proc/\(process)/root/"), other != own { return true }
            guard let status = try? SmallFile.readText("/proc/\(process)/status"),
                let line = status.split(separator: "\n").first(where: { $0.hasPrefix("PPid:\t") }),
                let parent = pid_t(line.dropFirst("PPid:\t".utf8.count))
            else { return false }
            process = parent
        }
        return false
    }

    /// A step that pid 1 could not do, as an error of the contract.
    static func error(
        step: SetupStep?, errorNumber: Int32, subject: String
    ) -> SandboxError {
        let reason = SystemError.text(of: errorNumber)
        guard case .command(let arguments, _, _) = step else {
            let name = step?.description ?? "entering the sandbox"
            let place = subject.isEmpty || name.contains(subject) ? "" : " (\(subject))"
            return SandboxError(
                .host, "set-up failed at \"\(name)\"\(place): \(reason)",
                remedy: "run 'drydock doctor' to see what this host lacks")
        }
        let program = arguments.first ?? ""
        switch errorNumber {
        case ENOENT, ENOTDIR:
            return SandboxError(
                .commandNotFound, "\(program) was not found in the sandbox",
                remedy:
                    "only system directories and toolchains on PATH are visible; add others with --bind"
            )
        case E2BIG:
            return SandboxError(
                .commandNotExecutable, "the argument list of \(program) is too long",
                remedy: "pass the data in a file or by standard input")
        default:
            return SandboxError(
                .commandNotExecutable, "\(program) cannot be executed: \(reason)",
                remedy:
                    "see that it is a program, or a script with an interpreter line, and executable"
            )
        }
    }
}
