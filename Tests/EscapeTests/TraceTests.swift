import Foundation
import Glibc
import RunModel
import TestSupport
import Testing

/// Refusals that pass no filter, told under `--trace-files`: what is not there, what lies on a read-only
/// mount, what is masked, what a mode forbids.
@Suite struct TraceTests {
    private struct Attempt {
        var number: Int
        var script: String
        var path: String
        var rule: String
    }

    /// By the number of the attack in docs/security-model.md.
    private static let attempts: [Attempt] = [
        Attempt(
            number: 15, script: "cp /bin/sh s && ./s -c 'echo > /usr/bin/su'", path: "/usr/bin/su",
            rule: "read-only"),
        Attempt(
            number: 16, script: "dd if=/dev/kmsg of=/dev/null", path: "/dev/kmsg", rule: "absent"),
        Attempt(number: 17, script: "echo x > /usr/new", path: "/usr/new", rule: "read-only"),
        Attempt(
            number: 17, script: "echo x >> /etc/passwd", path: "/etc/passwd", rule: "read-only"),
        Attempt(
            number: 17, script: "mkdir /etc/cron.new", path: "/etc/cron.new", rule: "read-only"),
        Attempt(number: 17, script: "rm -f /usr/bin/env", path: "/usr/bin/env", rule: "read-only"),
        Attempt(number: 17, script: "ln -s /tmp /usr/link", path: "/usr/link", rule: "read-only"),
        Attempt(
            number: 17, script: "touch -c /usr/bin/env", path: "/usr/bin/env", rule: "read-only"),
        Attempt(number: 18, script: "cat /etc/shadow", path: "/etc/shadow", rule: "absent"),
        Attempt(number: 18, script: "ls -d /var/lib/dpkg", path: "/var/lib/dpkg", rule: "absent"),
        Attempt(
            number: 20, script: "echo x > /proc/sys/kernel/core_pattern",
            path: "/proc/sys/kernel/core_pattern", rule: "read-only"),
        Attempt(
            number: 21, script: "head -c 1 /proc/interrupts", path: "/proc/interrupts",
            rule: "masked"),
        Attempt(number: 22, script: "ls /sys/fs/cgroup", path: "/sys/fs/cgroup", rule: "absent"),
        Attempt(
            number: 25, script: "echo 1 > /proc/sys/user/max_user_namespaces",
            path: "/proc/sys/user/max_user_namespaces", rule: "read-only"),
        Attempt(number: 27, script: "cat /proc/1/environ", path: "/proc/1/environ", rule: "mode"),
    ]

    @Test func refusalsWithoutAFilterAreTold() throws {
        let script = Self.attempts.map { "{ \($0.script); } >/dev/null 2>&1" }.joined(
            separator: "\n")
        let run = try Drydock.script(
            "cat fine 2>/dev/null; echo x > fine; cat fine > /dev/null\n\(script)\nexit 0",
            options: ["--trace-files"])
        #expect(run.status == 0, "\(run.errors)")
        let denials = run.report?.denials ?? []
        for attempt in Self.attempts {
            let line = denials.first {
                $0.layer == "mount" && $0.detail.contains("\"\(attempt.path)\"")
                    && $0.rule == "files:" + attempt.rule
            }
            #expect(line != nil, "\(attempt.number): \(attempt.script)")
            #expect(line?.hint.isEmpty == false && line?.process != nil && line?.pid != nil)
        }
        // What is allowed is no refusal, and what is nowhere is not hidden.
        #expect(!denials.contains { $0.detail.contains("fine") })
        #expect((run.report?.fileTrace?.calls ?? 0) > 50)
    }

    /// 67, 69: a socket of the host's that is not there.
    @Test func hiddenSocketsAreTold() throws {
        let path = "/run/drydock-trace-\(getpid()).socket"
        let listener = try Listener.unix(path)
        defer { unlink(path) }
        #expect(listener.descriptor >= 0)
        let run = try Drydock.run(
            [
                "/usr/bin/python3", "-c",
                "import socket, sys; s = socket.socket(socket.AF_UNIX); print(s.connect_ex(sys.argv[1]))",
                path,
            ], options: ["--trace-files"])
        #expect(run.output == "2\n", "\(run.output) \(run.errors)")
        let line = run.denied("connect").first
        #expect(line?.rule == "files:absent" && line?.detail.contains(path) == true, "\(run)")
    }

    /// Landlock's own refusals are read from the kernel's audit, or the report says why they are not.
    @Test func landlocksAuditIsReadOrItsAbsenceIsSaid() throws {
        let run = try Drydock.script("touch /proc/made", options: ["--trace-files"])
        let said = try #require(run.report?.fileTrace?.landlockAudit)
        #expect(said.hasPrefix("read") || said.hasPrefix("not readable: "), "\(said)")
        if said.hasPrefix("not readable") { #expect(said.count > "not readable: ".count + 20) }
        guard said == "read" else { return }
        // No mount stands before proc, and its profile lets nobody make files there.
        let refusal = run.report?.denials.first { $0.layer == "landlock" }
        #expect(refusal?.rule == "landlock:fs.make_reg", "\(run)")
    }

    /// Nothing is traced, and nothing costs anything, unless it is asked for.
    @Test func withoutTheOptionNothingIsTraced() throws {
        let run = try Drydock.script("cat /etc/shadow")
        #expect(run.status != 0)
        #expect(run.report?.denials == [])
        #expect(run.report?.fileTrace == nil)
    }

    /// 51, for traced calls: an argument that changes meanwhile changes the report at most.
    @Test func tracingPermitsNothing() throws {
        let run = try Drydock.run(
            [
                "/victims/call", "ptrace 16 1 0 0", "openat -100 @/usr/x 0x41 0666",
                "mount 0 @/tmp 0 0 0",
            ],
            options: ["--trace-files"])
        #expect(run.output.contains("ptrace EPERM"), "\(run.output) \(run.errors)")
        #expect(run.output.contains("openat EROFS"), "\(run.output)")
        #expect(run.output.contains("mount EPERM"), "\(run.output)")
        #expect(!run.denied("ptrace").isEmpty && !run.denied("mount").isEmpty)
        #expect(!run.denied("openat").isEmpty)
    }
}
