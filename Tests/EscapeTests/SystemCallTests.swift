import RunModel
import Testing

/// Part C of the threats, and what else is one refused call: the errno, and the line in the report.
@Suite struct SystemCallTests {
    struct Attack: CustomTestStringConvertible {
        /// The entry of sandbox-threats.md.
        var entry: Int
        /// As `call` takes it.
        var call: String
        /// The kernel's verdict; any of them.
        var verdicts: [String]
        /// The rule in the report, or `nil` for a refusal that is not reported (docs/security-model.md).
        var rule: String?

        init(_ entry: Int, _ call: String, _ verdicts: String..., rule: String?) {
            self.entry = entry
            self.call = call
            self.verdicts = verdicts
            self.rule = rule
        }

        var name: String { String(call.prefix { $0 != " " }) }
        var testDescription: String { "\(entry): \(call)" }
    }

    static let attacks: [Attack] = [
        Attack(13, "open_by_handle_at -1 %16 0", "EPERM", rule: "file-handle"),
        Attack(13, "name_to_handle_at -100 @/etc/passwd %128 %8 0", "EPERM", rule: "file-handle"),
        Attack(14, "chroot @/tmp", "EPERM", rule: "mount"),
        Attack(14, "pivot_root @/tmp @/tmp", "EPERM", rule: "mount"),
        Attack(16, "mknodat -100 @/tmp/d 060644 0x800", "EPERM", rule: "device-node-at"),
        Attack(16, "mknodat -100 @/tmp/c 020644 0x101", "EPERM", rule: "device-node-at"),
        Attack(24, "mount @proc @/tmp @proc 0 0", "EPERM", rule: "mount"),
        Attack(24, "mount @/ @/tmp 0 4096 0", "EPERM", rule: "mount"),
        Attack(24, "umount2 @/proc 2", "EPERM", rule: "mount"),
        Attack(26, "syslog 3 %64 64", "EPERM", rule: "kernel-log"),
        Attack(29, "ioctl 0 0xb702 0", "EPERM", rule: "namespace-handle"),
        Attack(29, "ioctl 0 0x8008b70b 0", "EPERM", rule: "namespace-handle"),
        Attack(30, "457 %64 %64 64 0", "ENOSYS", rule: "mount-table"),
        Attack(30, "458 %64 %64 8 0", "ENOSYS", rule: "mount-table"),
        Attack(31, "unshare 0x10000000", "EPERM", rule: "namespace"),
        Attack(31, "clone 0x10000011 0 0 0 0", "EPERM", rule: "namespace-flags"),
        Attack(31, "clone3 %88 88", "ENOSYS", rule: nil),
        Attack(32, "unshare 0x50000000", "EPERM", rule: "namespace"),
        Attack(32, "socket 16 3 12", "EPROTONOSUPPORT", rule: "netlink-protocol"),
        Attack(33, "socket 38 5 0", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(34, "socket 33 2 2", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(34, "socket 16 3 6", "EPROTONOSUPPORT", rule: "netlink-protocol"),
        Attack(34, "setsockopt 0 6 31 @espintcp 8", "ENOPROTOOPT", rule: "protocol-over-tcp"),
        Attack(35, "socket 17 3 0", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(35, "socket 15 3 2", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(35, "socket 30 1 0", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(35, "socket 29 3 1", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(35, "socket 31 3 1", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(35, "socket 44 3 0", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(35, "socket 43 1 0", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(35, "socket 40 1 0", "EAFNOSUPPORT", rule: "socket-family"),
        Attack(35, "socketpair 30 1 0 %8", "EAFNOSUPPORT", rule: "socket-pair-family"),
        Attack(36, "socket 2 3 1", "EPERM", rule: "raw-socket"),
        Attack(36, "socket 10 0x80003 58", "EPERM", rule: "raw-socket"),
        Attack(36, "socket 2 2 1", "EPROTONOSUPPORT", rule: "internet-protocol"),
        Attack(37, "io_uring_setup 8 %120", "ENOSYS", rule: "io-uring"),
        Attack(37, "io_uring_enter 0 0 0 0 0 0", "ENOSYS", rule: "io-uring"),
        Attack(37, "io_uring_register 0 0 0 0", "ENOSYS", rule: "io-uring"),
        Attack(38, "bpf 0 %72 72", "EPERM", rule: "bpf"),
        Attack(39, "userfaultfd 0", "EPERM", rule: "page-fault"),
        Attack(39, "vmsplice 1 %16 1 0", "EPERM", rule: "gift-pages"),
        Attack(39, "process_madvise 0 %16 1 0 0", "EPERM", rule: "advise-other-process"),
        Attack(40, "perf_event_open %112 0 -1 -1 0", "EPERM", rule: "profile"),
        Attack(41, "keyctl 0 -3 1 0 0", "EPERM", rule: "keyring"),
        Attack(41, "add_key @user @x @secret 6 -3", "EPERM", rule: "keyring"),
        Attack(41, "request_key @user @x 0 0", "EPERM", rule: "keyring"),
        Attack(42, "fsopen @ext4 0", "EPERM", rule: "mount"),
        Attack(42, "fsconfig 0 0 0 0 0", "EPERM", rule: "mount"),
        Attack(42, "open_tree -100 @/ 1", "EPERM", rule: "mount"),
        Attack(42, "move_mount -1 @ -1 @ 0", "EPERM", rule: "mount"),
        Attack(42, "mount_setattr -100 @/ 0 %32 32", "EPERM", rule: "mount"),
        Attack(43, "ptrace 16 1 0 0", "EPERM", rule: "trace"),
        Attack(43, "process_vm_readv 1 %16 1 %16 1 0", "EPERM", rule: "trace"),
        Attack(43, "process_vm_writev 1 %16 1 %16 1 0", "EPERM", rule: "trace"),
        Attack(43, "pidfd_getfd 0 0 0", "EPERM", rule: "steal-descriptor"),
        Attack(44, "ioctl 0 0x5412 @x", "EPERM", rule: "terminal-injection"),
        Attack(44, "ioctl 0 0x100005412 @x", "EPERM", rule: "terminal-injection"),
        Attack(44, "ioctl 0 0x541c @x", "EPERM", rule: "terminal-injection"),
        Attack(46, "personality 0x40000", "EPERM", rule: "execution-domain"),
        Attack(46, "modify_ldt 1 %16 16", "EPERM", rule: "administer"),
        Attack(46, "iopl 3", "EPERM", rule: "administer"),
        Attack(46, "ioperm 0 8 1", "EPERM", rule: "administer"),
        Attack(46, "kexec_load 0 0 0 0", "EPERM", rule: "administer"),
        Attack(46, "init_module %8 8 @", "EPERM", rule: "administer"),
        Attack(46, "finit_module 0 @ 0", "EPERM", rule: "administer"),
        Attack(46, "swapon @/tmp/swap 0", "EPERM", rule: "administer"),
        Attack(46, "acct @/tmp/acct", "EPERM", rule: "administer"),
        Attack(46, "quotactl 0x800002 0 0 0", "EPERM", rule: "administer"),
        Attack(46, "reboot 0xfee1dead 672274793 0 0", "EPERM", rule: "administer"),
        Attack(46, "settimeofday %16 0", "EPERM", rule: "set-clock"),
        Attack(46, "clock_settime 0 %16", "EPERM", rule: "set-clock"),
        Attack(46, "sethostname @evil 4", "EPERM", rule: "administer"),
        Attack(47, "setns 0 0", "EPERM", rule: "namespace"),
    ]

    /// All attacks in one sandbox: each verdict, and each line of the report.
    @Test func everyAttackIsRefusedAndReported() throws {
        let run = try Drydock.run(["/victims/call"] + Self.attacks.map(\.call))
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.report?.outcome == .exited)
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ") }
        try #require(lines.count == Self.attacks.count, "\(run.output)")
        for (attack, line) in zip(Self.attacks, lines) {
            #expect(attack.verdicts.contains(String(line[1])), "\(attack.testDescription): \(line)")
        }
        for attack in Self.attacks {
            guard let rule = attack.rule else { continue }
            let denials = run.report?.denials.filter {
                $0.layer == "seccomp" && $0.rule == "seccomp/build:\(rule)"
            }
            #expect(denials?.isEmpty == false, "\(attack.testDescription) is not in the report")
            #expect(denials?.allSatisfy { !$0.hint.isEmpty } == true)
        }
        // As many denials as were made, whether listed one by one or counted.
        let expected = Self.attacks.filter { $0.rule != nil }.count
        #expect(run.report?.denials.map(\.count).reduce(0, +) == expected)
        #expect(run.report?.denials.allSatisfy { $0.process == "call" && $0.pid != nil } == true)
    }

    /// 44: the same with a terminal of one's own.
    @Test func aTerminalIsNotTypedInto() throws {
        let run = try Drydock.run(
            ["/victims/call", "ioctl 0 0x5412 @x", "ioctl 0 0x100005412 @x", "ioctl 0 0x541c @x"],
            options: ["--tty"])
        #expect(run.output.split(whereSeparator: \.isNewline).count { $0 == "ioctl EPERM" } == 3)
    }

    /// 33 and 45: another ABI of the kernel ends the process, and the run says by what.
    @Test(arguments: ["i386", "x32"])
    func foreignABIsAreKilled(abi: String) throws {
        let run = try Drydock.run(["/victims/foreign", abi])
        #expect(!run.output.contains("answered"))
        #expect(run.status == 137, "\(run.status) \(run.errors)")
        #expect(run.report?.outcome == .killedByPolicy)
        #expect(run.report?.denials.contains { $0.rule == "seccomp:kill" } == true)
    }

    /// 41: what one sandbox puts into a keyring is not there in another, because neither may.
    @Test func keyringsCarryNothing() throws {
        for _ in 0..<2 {
            let run = try Drydock.run([
                "/victims/call", "keyctl 10 -3 @user @x 0", "keyctl 11 1 %64 64",
            ])
            #expect(run.output == "keyctl EPERM\nkeyctl EPERM\n")
        }
    }

    /// 48: filters only stack, no_new_privs cannot be taken back, and nobody else gets the listener.
    @Test func confinementCannotBeUndone() throws {
        let run = try Drydock.run(["/victims/tamper", "filter"])
        #expect(run.output.contains("ptrace EPERM"))
        #expect(run.output.contains("new-privs EINVAL"))
        let listener = try Drydock.run(["/victims/tamper", "listener"])
        // EBUSY: there is one listener for a process already, and it is not in reach.
        #expect(listener.output == "listener EBUSY\n")
    }

    /// 49 and 50: what is executed from memory or by the dynamic loader is under the same filter;
    /// other formats do not run, and none can be registered.
    @Test func everyWayToExecuteIsUnderTheFilter() throws {
        let run = try Drydock.script(
            """
            cp /victims/call ./copy && ./copy "chroot @/tmp"
            /lib64/ld-linux-x86-64.so.2 /bin/true && echo "loader: runs"
            printf '\\177NOELF' > odd; chmod +x odd; ./odd; echo "odd: $?"
            ls /proc/sys/fs/binfmt_misc/register; echo "binfmt: $?"
            """)
        #expect(run.output.contains("chroot EPERM"))
        #expect(run.value("loader") == "runs")
        #expect(run.value("odd") == "126" || run.value("odd") == "127")
        #expect(run.value("binfmt") != "0")
    }

    /// 51: the supervisor's answer does not depend on memory that the caller can change.
    @Test func argumentsThatChangeChangeNothing() throws {
        let run = try Drydock.run(["/victims/tamper", "race"], seconds: 120)
        #expect(run.output == "let through 0\n")
        #expect(run.denied("mount").map(\.count).reduce(0, +) == 2000)
    }

    /// 52: thousands of refused calls, and callers that die in the middle of one.
    @Test func aFloodOfRefusedCallsHangsNothing() throws {
        let run = try Drydock.run(["/victims/tamper", "flood"], seconds: 120)
        #expect(run.status == 0)
        #expect(run.output == "wrong 0\n")
        #expect(run.denied("socket").map(\.count).reduce(0, +) >= 4000)
    }
}
