import Foundation
import Glibc
import LinuxKernel
import RunModel
import TestSupport
import Testing

@testable import Sandboxing

/// What a command sees, and what it does not. The attacks are in EscapeTests.
@Suite struct IsolationTests {
    /// A worker thread of libdispatch has a nice value of its own; what is untrusted gets no share of it.
    @Test func itsNiceValueIsTheProcesss() async throws {
        let task = Task.detached(priority: .high) { () -> [UInt8] in
            try TestSandbox.run(TestSandbox.shell("nice")).standardOutput
        }
        let nice = String(decoding: try await task.value, as: UTF8.self)
        #expect(nice == "\(getpriority(Int32(PRIO_PROCESS.rawValue), id_t(getpid())))\n")
    }

    /// With a root that is made by the first start, and with the same that is there already.
    @Test func aReadyRootHasWhatIsBoundBelowTheScratch() throws {
        try withTemporaryDirectory { directory in
            let host = try TestSandbox.host(rootTreesDirectory: directory)
            var trees: Set<String> = []
            for name in ["one", "one", "other"] {
                let folder = "\(directory)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true)
                try name.write(toFile: folder + "/name", atomically: true, encoding: .utf8)
                var request = TestSandbox.shell("cat /tmp/deep/below/name /var/tmp/name")
                request.binds = [
                    BindSpecification(source: folder, target: "/tmp/deep/below"),
                    BindSpecification(source: folder + "/name", target: "/var/tmp/name"),
                ]
                let result = try Sandbox.run(request, on: host)
                #expect(String(decoding: result.standardOutput, as: UTF8.self) == name + name)
                trees.insert(try #require(host.facts(for: request).rootTree).path)
            }
            #expect(trees.count == 1)
        }
    }

    @Test func privilegesAreGone() throws {
        let text = try TestSandbox.output("cat /proc/self/status; id -u; id -g")
        let none = "0000000000000000"
        for field in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            #expect(text.contains("\(field):\t\(none)"))
        }
        #expect(text.contains("NoNewPrivs:\t1"))
        #expect(text.contains("Seccomp:\t2"))
        #expect(text.hasSuffix("1000\n1000\n"))
    }

    @Test func onlyThreeDescriptorsAreOpen() throws {
        #expect(try TestSandbox.output("ls /proc/self/fd") == "0\n1\n2\n3\n")
    }

    @Test func pidOneIsHiddenAndItsEnvironmentEmpty() throws {
        let text = try TestSandbox.output(
            "ls -d /proc/[0-9]* | wc -l; cat /proc/1/environ /proc/1/cmdline 2>&1; readlink /proc/1/exe"
        )
        #expect(text.hasPrefix("3\n") || text.hasPrefix("2\n"))
        #expect(!text.contains("PATH"))
        #expect(text.contains("No such file"))
    }

    @Test func theHostsEnvironmentIsNotInherited() throws {
        let text = try TestSandbox.output("env | sort")
        let names = text.split(separator: "\n").map { $0.prefix { $0 != "=" } }
        let own: Set<Substring> = [
            "DRYDOCK", "DRYDOCK_REPORTS", "HOME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL",
            "TMPDIR", "USER", "_", "OLDPWD", "SHLVL",
        ]
        #expect(Set(names).subtracting(own) == [])
    }

    @Test func onlyLoopbackIsThere() throws {
        #expect(
            try TestSandbox.output("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '") == "lo\n")
        let result = try TestSandbox.run(
            TestSandbox.request(
                "/usr/bin/python3", "-c",
                """
                import socket
                server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen()
                socket.create_connection(server.getsockname()); print("loopback")
                try: socket.create_connection(("192.0.2.1", 80), 1)
                except OSError as error: print(error.errno)
                """))
        #expect(String(decoding: result.standardOutput, as: UTF8.self) == "loopback\n101\n")
    }

    @Test(arguments: ["/usr/x", "/etc/x", "/x", "/proc/sys/kernel/hostname", "/dev/x", "/run/x"])
    func whatIsNotScratchIsReadOnly(path: String) throws {
        let result = try TestSandbox.run(TestSandbox.shell("echo x > \(path)"))
        #expect(result.report.exitCode != 0)
    }

    @Test(arguments: ["/tmp/x", "/var/tmp/x", "/dev/shm/x", "$HOME/x", "x", "$DRYDOCK_REPORTS/x"])
    func scratchIsWritable(path: String) throws {
        let result = try TestSandbox.run(TestSandbox.shell("echo x > \(path)"))
        #expect(result.report.exitCode == 0)
    }

    @Test func masksHide() throws {
        #expect(
            try TestSandbox.output("cat /proc/keys | wc -c; ls /proc/acpi 2>/dev/null | wc -l")
                == "0\n0\n")
    }

    @Test func nothingSurvivesTheCommand() throws {
        let result = try TestSandbox.run(
            TestSandbox.shell(
                "setsid sh -c 'sleep 300 & trap \"\" TERM; sleep 300' & sleep 0.1; exit 0"))
        #expect(result.report.exitCode == 0)
        let wall = try #require(result.report.wallMilliseconds)
        #expect(wall < 60_000)
    }

    @Test func sandboxesHaveDifferentHostUsers() throws {
        let host = try TestSandbox.host()
        let first = try Sandbox.start(TestSandbox.shell("sleep 600"), on: host)
        let second = try Sandbox.run(TestSandbox.shell("true"), on: host)
        let firstControl = first.control
        firstControl.kill()
        let ended = try first.wait()
        let users = [ended.report.isolation.user, second.report.isolation.user]
        if host.facts.isPrivileged { #expect(users[0] != users[1]) }
        #expect(users[0]?.hasPrefix("0 ") == false)
    }

    @Test func reportNamesWhatIsInForce() throws {
        let report = try TestSandbox.run(TestSandbox.shell("true")).report
        #expect(
            report.isolation.namespaces
                == ["user", "pid", "mount", "network", "ipc", "uts", "cgroup"])
        #expect(report.isolation.landlockABI == LandlockAccess.abi)
        #expect(report.isolation.seccomp == "test@00")
        #expect(report.isolation.degraded == [])
        #expect(report.isolation.cgroup != nil)
        #expect(report.setupMilliseconds ?? 0 > 0)
    }

    @Test func deniedCallsAreReported() throws {
        let script = """
            import ctypes, os
            libc = ctypes.CDLL(None, use_errno=True)
            for _ in range(3): libc.ptrace(16, 1, 0, 0)
            print(ctypes.get_errno())
            """
        let result = try TestSandbox.run(TestSandbox.request("/usr/bin/python3", "-c", script))
        #expect(String(decoding: result.standardOutput, as: UTF8.self) == "1\n")
        let denial = try #require(result.report.denials.first)
        #expect(result.report.denials.count == 1)
        #expect(denial.count == 3)
        #expect(denial.detail == "ptrace(16, 1)")
        #expect(denial.rule == "test:ptrace")
        #expect(denial.hint == "use the debug profile")
        #expect(denial.process == "python3")
    }
}
