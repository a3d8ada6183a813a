import Foundation
import Glibc
import RunModel
import TestSupport
import Testing

/// Every kind of machine: a run either works, and says how well it is fenced, or says what is missing
/// and what mends it. cgroup v2 needs a machine of its own: see `.ci/test-vm`.
@Suite struct StartMatrixTests {
    private static let relaxed = """
        version: 1
        name: relaxed
        description: Limits by rlimits where no cgroup can be had.
        extends: build
        may_degrade: [cgroup]

        """

    /// Runs `drydock run` behind a script that changes the machine; `$DRYDOCK` is the binary, and the
    /// current directory belongs to an ordinary user.
    private func run(_ script: String) throws -> (result: HostProcess.Result, report: RunReport?) {
        try withTemporaryDirectory { directory in
            try #require(chmod(directory, 0o777) == 0 && chown(directory, 1234, 1234) == 0)
            try Self.relaxed.write(
                toFile: directory + "/relaxed.yaml", atomically: true, encoding: .utf8)
            let result = try HostProcess.run(
                ["/bin/sh", "-c", "cd \(directory); export HOME=$PWD; " + script],
                environment: ["DRYDOCK": try Drydock.binary], directory: directory)
            let document = FileManager.default.contents(atPath: directory + "/report.json")
            return (result, try document.map { try JSONDecoder().decode(RunReport.self, from: $0) })
        }
    }

    private static let command = "$DRYDOCK run --report report.json"
    private static let asUser = "setpriv --reuid 1234 --regid 1234 --clear-groups -- "

    @Test func root() throws {
        let (result, report) = try run("\(Self.command) -- /bin/sh -c 'echo in'")
        #expect(result.status == 0 && result.output == "in\n", "\(result)")
        #expect(report?.isolation.degraded == [])
        #expect(report?.isolation.user?.contains("own range") == true)
        #expect(report?.isolation.cgroup != nil)
    }

    /// Without a delegated group, limits cannot be had: refused, with what would give one.
    @Test func rootlessWithoutDelegation() throws {
        let (result, _) = try run("\(Self.asUser) \(Self.command) -- /bin/true")
        #expect(result.status == 125)
        #expect(result.errors.contains("systemd-run --user --scope -p Delegate=yes"), "\(result)")
        #expect(result.errors.contains("may_degrade: [cgroup]"))
    }

    @Test func rootlessWithLimitsByProcess() throws {
        let (result, report) = try run(
            """
            \(Self.asUser) \(Self.command) --profile ./relaxed.yaml -- /bin/sh -c '
              id -u; touch /work/x /tmp/x && echo wrote; touch /x /usr/x /etc/x 2>/dev/null || echo held
              cat /etc/shadow 2>/dev/null || echo hidden'
            """)
        #expect(result.status == 0, "\(result)")
        #expect(result.output == "1000\nwrote\nheld\nhidden\n")
        #expect(report?.isolation.user?.contains("rootless") == true)
        #expect(report?.isolation.degraded.contains { $0.hasPrefix("cgroup") } == true)
        #expect(report?.isolation.seccomp != nil)
    }

    /// Root of a user namespace with a single id, as in a rootless container.
    @Test func rootOfAContainer() throws {
        let (result, report) = try run(
            "unshare -Urmpf --mount-proc \(Self.command) --profile ./relaxed.yaml -- /usr/bin/id -u"
        )
        #expect(result.status == 0 && result.output == "1000\n", "\(result)")
        #expect(report?.isolation.user?.contains("rootless") == true)
    }

    @Test func noUserNamespaces() throws {
        let (result, _) = try run(
            "unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_user_namespaces; \(Self.command) -- /bin/true'"
        )
        #expect(result.status == 125)
        #expect(result.errors.contains("sudo sysctl -w user.max_user_namespaces="), "\(result)")
    }

    /// Ubuntu's restriction, as it looks from inside: the switch is there, and the clone fails.
    @Test func appArmorRestriction() throws {
        let (result, _) = try run(
            """
            unshare -Urm sh -c 'echo 0 > /proc/sys/user/max_user_namespaces
              mount -t tmpfs none /proc/sys/kernel
              echo 1 > /proc/sys/kernel/apparmor_restrict_unprivileged_userns
              \(Self.command) -- /bin/true'
            """)
        #expect(result.status == 125)
        #expect(
            result.errors.contains("kernel.apparmor_restrict_unprivileged_userns=0"), "\(result)")
    }

    /// A filter that refuses namespaces, as Docker's default list: here Drydock's own.
    @Test func insideAFilterThatRefusesNamespaces() throws {
        let binaries = String(try Drydock.binary.dropLast("/drydock".count))
        let (result, _) = try run(
            "\(Self.command) --bind \(binaries):/binaries:ro -- /binaries/drydock run -- /bin/true")
        #expect(result.status == 125)
        #expect(result.errors.contains("--security-opt seccomp=unconfined"), "\(result)")
    }

    /// The kernel makes no user namespace below chroot, whatever the rights.
    @Test func belowChroot() throws {
        let (result, _) = try run(
            """
            mkdir root && unshare -m sh -c 'mount -t tmpfs none root && cd root &&
              mkdir proc usr tmp run binaries && ln -s usr/bin usr/lib usr/lib64 . &&
              mount --rbind /usr usr && mount --rbind /proc proc && mount --bind ${DRYDOCK%/drydock} binaries &&
              exec chroot . /binaries/drydock run -- /bin/true'
            """)
        #expect(result.status == 125)
        #expect(result.errors.contains("no user namespace below chroot"), "\(result)")
    }

    /// Docker's default list and capabilities, as root and as an ordinary user: refused, with the one
    /// option that mends it, and nothing is run unfenced.
    @Test(arguments: [false, true])
    func insideAContainerWithDockersDefaultList(asUser: Bool) throws {
        let container = try Victims.shared.get() + "/container "
        let (result, _) = try run(
            (asUser ? Self.asUser : "") + container + "\(Self.command) -- /bin/echo ran")
        #expect(result.status == 125, "\(result)")
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("--security-opt seccomp=unconfined"), "\(result)")
        #expect(!result.errors.contains("--privileged "), "\(result)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
    }

    /// A chroot or a container that somebody made by hand.
    @Test func withoutProcessFiles() throws {
        let (version, _) = try run(
            "unshare -m sh -c 'mount -t tmpfs none /proc; $DRYDOCK --version'")
        #expect(version.status == 0 && version.output.hasPrefix("drydock "), "\(version)")
        for command in ["run -- /bin/echo ran", "doctor"] {
            let (result, _) = try run(
                "unshare -m sh -c 'mount -t tmpfs none /proc; $DRYDOCK \(command)'")
            #expect(result.status == 125 && result.output.isEmpty, "\(result)")
            #expect(result.errors.contains("mount -t proc proc /proc"), "\(result)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
        }
    }

    @Test func cgroupV1Alone() throws {
        let (result, report) = try run(
            """
            unshare -m sh -c 'umount /sys/fs/cgroup/unified 2>/dev/null
              \(Self.command) -- /bin/echo in'
            """)
        #expect(result.status == 0 && result.output == "in\n", "\(result)")
        #expect(report?.isolation.cgroup == "v1")
    }

    @Test func noCgroups() throws {
        let hide = "mount -t tmpfs none /sys/fs/cgroup"
        let (refused, _) = try run("unshare -m sh -c '\(hide); \(Self.command) -- /bin/true'")
        #expect(refused.status == 125)
        #expect(refused.errors.contains("mount a cgroup hierarchy"), "\(refused)")
        let (result, report) = try run(
            "unshare -m sh -c '\(hide); \(Self.command) --profile ./relaxed.yaml -- /bin/true'")
        #expect(result.status == 0, "\(result)")
        #expect(report?.isolation.cgroup == nil)
        #expect(report?.isolation.degraded.count == 1)
    }
}
