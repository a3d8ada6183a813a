import Foundation
import RunModel
import TestSupport
import Testing

/// Part D: resources and lifetime.
@Suite(.serialized) struct ResourceTests {
    /// Whether any process on the host carries `marker` in its arguments.
    private func survives(_ marker: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.contains { name in
            guard Int(name) != nil,
                let bytes = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
            else { return false }
            return String(decoding: bytes, as: UTF8.self).contains(marker)
        }
    }

    /// Waits up to ten seconds: the kernel ends a pid namespace in its own time.
    private func isGone(_ marker: String) -> Bool {
        for _ in 0..<200 {
            if !survives(marker) { return true }
            usleep(50_000)
        }
        return false
    }

    /// 53: a fork bomb is bounded, and daemons do not outlive the command.
    @Test func forkBombsAndDaemonsEnd() throws {
        let bomb = try Drydock.script(
            "bomb() { bomb | bomb & }; bomb; sleep 2",
            options: ["--pids", "64", "--timeout", "20s"])
        #expect(
            bomb.report?.limitsHit.contains("processes") == true
                || bomb.report?.outcome == .processLimit, "\(bomb.errors.prefix(300))")
        // Not a round number of seconds: found by its arguments.
        let marker = "86\(Int.random(in: 100_000...999_999))"
        let daemon = try Drydock.script(
            "setsid sh -c 'trap \"\" TERM HUP; (sleep \(marker) &) ; sleep \(marker)' >/dev/null 2>&1 & echo ok"
        )
        #expect(daemon.output == "ok\n")
        #expect(isGone(marker))
    }

    /// 54: memory, whatever it is made of, is charged to the run and ends it.
    @Test(arguments: [
        ("heap", "b = []\nwhile True: b.append(bytearray(1 << 20))"),
        ("memfd", "import os\nf = os.memfd_create('x')\nwhile True: os.write(f, b'x' * (1 << 20))"),
        (
            "children",
            "import os\nfor _ in range(16):\n  if os.fork() == 0:\n    b = bytearray(64 << 20)\n"
                + "    while True: b[0] ^= 1\nos.wait()"
        ),
    ])
    func memoryBombsEnd(name: String, program: String) throws {
        let run = try Drydock.run(
            ["python3", "-c", program],
            options: ["--memory", "96MiB", "--timeout", "60s"], seconds: 120)
        #expect(
            run.report?.limitsHit.contains("memory") == true, "\(name) \(run.errors.suffix(300))")
        #expect(run.report?.outcome == .outOfMemory || run.report?.outcome == .exited)
        #expect(run.report?.usage.memoryPeakBytes ?? 0 > 32 << 20)
    }

    /// 54: what is written to a tmpfs is bounded too, as disk or as memory.
    @Test(arguments: ["/dev/shm", "/tmp", "."])
    func temporaryFilesAreBounded(directory: String) throws {
        let run = try Drydock.script(
            "dd if=/dev/zero of=\(directory)/x bs=1M count=2000 2>/dev/null",
            options: ["--memory", "128MiB", "--disk", "64MiB", "--timeout", "60s"], seconds: 120)
        #expect(run.status != 0)
        let hit = run.report?.limitsHit ?? []
        #expect(hit.contains("disk") || hit.contains("memory"), "\(hit)")
    }

    /// 55: processor time and wall time end a run each in their own name; nothing can refuse to end.
    @Test(
        arguments: [
            (
                "while :; do :; done", ["--cpu-time", "1s", "--timeout", "60s"],
                RunOutcome.cpuLimit, 137
            ),
            ("sleep 600", ["--timeout", "1s"], .timedOut, 124),
            (
                "trap '' TERM INT HUP; while :; do sleep 1; done", ["--timeout", "1s"], .timedOut,
                124
            ),
            ("kill -STOP $$; sleep 600", ["--timeout", "1s"], .timedOut, 124),
            (
                "python3 -c 'import os,time\nfor _ in range(200):\n  os.fork() or os._exit(0)\ntime.sleep(600)'",
                ["--timeout", "2s"], .timedOut, 124
            ),
        ] as [(String, [String], RunOutcome, Int32)])
    func runsEndInTime(script: String, options: [String], outcome: RunOutcome, status: Int32) throws
    {
        let run = try Drydock.script(script, options: options, seconds: 90)
        #expect(run.report?.outcome == outcome, "\(run.errors)")
        #expect(run.status == status)
    }

    /// 56: endless output, in lines or in one, is counted and cut.
    @Test(arguments: ["yes", "tr '\\0' x < /dev/zero", "cat /dev/urandom"])
    func outputIsBounded(command: String) throws {
        let run = try Drydock.script(
            "\(command) | head -c 50000000",
            options: ["--output-limit", "1MiB", "--timeout", "60s"],
            seconds: 120)
        #expect(run.output.utf8.count < 16 << 20)
        #expect(run.report?.stdout.truncated == true)
        #expect(run.report?.stdout.bytes ?? 0 > 1 << 20)
    }

    /// 57: limits hold, and cannot be raised.
    @Test func limitsCannotBeRaised() throws {
        let run = try Drydock.run([
            "python3", "-c",
            """
            import resource, os
            for name in ("NOFILE", "NPROC", "FSIZE", "MEMLOCK", "MSGQUEUE", "SIGPENDING", "RTPRIO"):
                kind = getattr(resource, "RLIMIT_" + name, None)
                if kind is None: continue
                soft, hard = resource.getrlimit(kind)
                if hard == resource.RLIM_INFINITY: continue
                try:
                    resource.setrlimit(kind, (hard + 1, hard + 1)); print("raised", name)
                except (ValueError, OSError): print("held", name)
            opened = []
            try:
                while True: opened.append(os.open("/dev/null", os.O_RDONLY))
            except OSError as e: print("descriptors", len(opened), e.strerror)
            """,
        ])
        #expect(!run.output.contains("raised"))
        #expect(run.output.contains("held NOFILE"))
        #expect(run.output.contains("Too many open files"))
    }

    /// 58: the supervisor can be neither seen nor killed from inside; killed from outside, it takes
    /// the sandbox along.
    @Test func theSupervisorAndTheSandboxEndTogether() throws {
        let inside = try Drydock.script(
            "ls /proc | grep -c '^[0-9]' | sed 's/^/seen: /'; kill -9 -1; kill -9 $PPID; echo alive"
        )
        #expect(Int(inside.value("seen") ?? "") ?? 99 < 8)
        #expect(inside.report != nil, "Drydock itself was hit")
        try withTemporaryDirectory { directory in
            let marker = "86\(Int.random(in: 100_000...999_999))"
            let process = try HostProcess.start(
                [
                    try Drydock.binary, "run", "--", "/bin/sh", "-c",
                    "sleep \(marker) & sleep \(marker)",
                ],
                output: directory + "/o", errors: directory + "/e")
            let isRunning = (0..<400).contains { _ in
                usleep(25_000)
                return survives("sleep\0" + marker)
            }
            try #require(isRunning)
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            #expect(isGone("sleep\0" + marker))
        }
    }

    /// 58: Drydock is killed at random moments, also in the middle of set-up; after the next start
    /// there is no process and no cgroup of those runs. (Mounts live in the sandbox's own namespace.)
    /// The long form does it a thousand times on a machine that is busy.
    @Test func killedSupervisorsLeaveNothing() throws {
        let marker = "87\(Int.random(in: 100_000...999_999))"
        let isLong = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] != nil
        // Version 1 has a tree for each shell that a host puts apart: groups of a shell that was
        // ended before are no leftovers of these runs, and out of their reach.
        let earlier = try emptyGroups()
        try withTemporaryDirectory { directory in
            let load = try (0..<(isLong ? 3 : 0)).map { number in
                try HostProcess.start(
                    ["/bin/sh", "-c", "while :; do :; done"], output: directory + "/l\(number)",
                    errors: directory + "/m\(number)")
            }
            defer {
                for process in load {
                    kill(process.processIdentifier, SIGKILL)
                    process.waitUntilExit()
                }
            }
            for round in 0..<(isLong ? 1000 : 40) {
                let process = try HostProcess.start(
                    [try Drydock.binary, "run", "--", "/bin/sleep", marker],
                    output: directory + "/o\(round)", errors: directory + "/e\(round)")
                usleep(UInt32.random(in: 0...80_000))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
        }
        #expect(isGone("sleep\0" + marker))
        #expect(try Drydock.run(["/bin/true"]).status == 0)
        // What a start does not take over, `drydock gc` removes.
        let swept = try withTemporaryDirectory { directory in
            try HostProcess.run([try Drydock.binary, "gc"], directory: directory)
        }
        #expect(swept.status == 0, "\(swept)")
        // Other tests run beside this one: what stays over ten seconds is a leftover.
        let stale = try emptyGroups().subtracting(earlier)
        usleep(10_000_000)
        let left = stale.intersection(try emptyGroups())
        #expect(left.isEmpty, "\(left)")
    }

    /// Drydock's cgroups without a process in them, of every hierarchy and at any depth. Other
    /// sandboxes' groups come and go meanwhile: what is gone is no leftover.
    private func emptyGroups() throws -> Set<String> {
        let found = try withTemporaryDirectory { directory in
            try HostProcess.run(
                ["/usr/bin/find", "/sys/fs/cgroup", "-type", "d", "-name", "drydock-[0-9]*"],
                directory: directory)
        }
        return Set(found.output.split(separator: "\n").map(String.init)).filter { path in
            let members = try? String(contentsOfFile: path + "/cgroup.procs", encoding: .utf8)
            return members?.isEmpty == true
        }
    }

    /// The search above finds a group that nobody is in, wherever it is.
    @Test func leftGroupsAreSeen() throws {
        let place = try #require(
            ["/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"].first {
                FileManager.default.fileExists(atPath: $0 + "/cgroup.procs")
            })
        let group = place + "/drydock-test-\(getpid())"
        try #require(mkdir(group, 0o755) == 0 && mkdir(group + "/drydock-99999", 0o755) == 0)
        defer {
            rmdir(group + "/drydock-99999")
            rmdir(group)
        }
        #expect(try emptyGroups().contains { $0.hasSuffix("/drydock-99999") })
    }

    /// 59: under `strict`, locks on shared files carry nothing between sandboxes.
    @Test func locksCarryNothingUnderStrict() throws {
        let run = try Drydock.run(
            ["/victims/call", "flock 0 2", "fcntl 0 6 %32", "fcntl 0 37 %32"],
            options: ["--profile", "strict"])
        #expect(run.output == "flock ENOSYS\nfcntl ENOLCK\nfcntl ENOLCK\n", "\(run.errors)")
        #expect(run.report?.denials.contains { $0.rule == "seccomp/strict:file-lock" } == true)
        #expect(run.report?.denials.contains { $0.rule == "seccomp/strict:record-lock" } == true)
    }
}
