import RunModel
import Sandboxing
import Testing

/// Every outcome of the contract, reached by a real program.
@Suite struct OutcomeTests {
    @Test(arguments: [Int32(0), 7, 255])
    func exited(code: Int32) throws {
        let result = try TestSandbox.run(TestSandbox.shell("exit \(code)"))
        #expect(result.report.outcome == .exited)
        #expect(result.report.exitCode == code)
        #expect(result.report.exitStatus == code)
        #expect(result.report.limitsHit == [])
    }

    @Test func signaled() throws {
        let result = try TestSandbox.run(TestSandbox.shell("kill -SEGV $$"))
        #expect(result.report.outcome == .signaled)
        #expect(result.report.signal == 11)
        #expect(result.report.exitStatus == 139)
    }

    @Test func timedOut() throws {
        var request = TestSandbox.shell(
            "trap '' TERM INT; kill -STOP $$; while :; do sleep 9; done")
        request.limits.wallMilliseconds = 300
        let result = try TestSandbox.run(request)
        #expect(result.report.outcome == .timedOut)
        #expect(result.report.exitStatus == 124)
        #expect(result.report.limitsHit == ["wall"])
    }

    @Test func cpuLimit() throws {
        var request = TestSandbox.shell("while :; do :; done & while :; do :; done")
        request.limits.cpuTimeMilliseconds = 200
        let result = try TestSandbox.run(request)
        #expect(result.report.outcome == .cpuLimit)
        #expect(result.report.exitStatus == 137)
        #expect(result.report.limitsHit == ["cpu_time"])
    }

    /// A signal that somebody sends is no limit that was reached.
    @Test func processorTimeThatNobodyLimitsIsNotUsedUp() throws {
        let result = try TestSandbox.run(TestSandbox.shell("kill -XCPU $$"))
        #expect(result.report.outcome == .signaled && result.report.limitsHit == [])
        #expect(result.report.exitStatus == 128 + 24)
    }

    /// Below the hard bound of memory and disk together, the supervisor sees it; above, the kernel.
    @Test(arguments: [UInt64(8 << 20), 1 << 30])
    func outOfMemory(diskBytes: UInt64) throws {
        var request = TestSandbox.request(
            "/usr/bin/python3", "-c", "x = bytearray(400 << 20)\nimport time; time.sleep(20)")
        request.limits.memoryBytes = 64 << 20
        request.limits.diskBytes = diskBytes
        let result = try TestSandbox.run(request)
        #expect(result.report.outcome == .outOfMemory)
        #expect(result.report.exitStatus == 137)
        #expect(result.report.limitsHit == ["memory"])
        let peak = try #require(result.report.usage.memoryPeakBytes)
        #expect(peak > 32 << 20)
    }

    @Test func memoryHitButCopedWith() throws {
        let script = "/usr/bin/python3 -c 'x = bytearray(400 << 20)'; echo \"child $?\"; exit 3"
        var request = TestSandbox.shell(script)
        request.limits.memoryBytes = 64 << 20
        request.limits.diskBytes = 8 << 20
        let result = try TestSandbox.run(request)
        #expect(result.report.outcome == .exited)
        #expect(result.report.exitCode == 3)
        #expect(result.report.limitsHit == ["memory"])
        #expect(String(decoding: result.standardOutput, as: UTF8.self) == "child 137\n")
    }

    @Test func filesOnScratchAreDiskAndNotMemory() throws {
        var request = TestSandbox.shell("head -c 60M /dev/zero > /tmp/x && sleep 0.3")
        request.limits.memoryBytes = 32 << 20
        request.limits.diskBytes = 80 << 20
        let result = try TestSandbox.run(request)
        #expect(result.report.outcome == .exited)
        #expect(result.report.exitCode == 0)
        #expect(result.report.limitsHit == [])
    }

    @Test func diskLimit() throws {
        var request = TestSandbox.shell("exec head -c 100M /dev/zero > big")
        request.limits.diskBytes = 4 << 20
        let result = try TestSandbox.run(request)
        #expect(result.report.outcome == .diskLimit)
        #expect(result.report.exitStatus == 137)
        #expect(result.report.limitsHit == ["disk"])
    }

    @Test func diskFullOfFilesIsCopedWith() throws {
        var request = TestSandbox.shell(
            "i=0; while : > f$i; do i=$((i+1)); done 2>/dev/null; test $i -gt 50")
        request.limits.diskFiles = 200
        let result = try TestSandbox.run(request)
        #expect(result.report.outcome == .exited)
        #expect(result.report.limitsHit == ["disk"])
    }

    @Test func processLimit() throws {
        var request = TestSandbox.request(
            "/usr/bin/python3", "-c",
            """
            import os, time
            while True:
                try:
                    if os.fork() == 0: time.sleep(60)
                except OSError: pass
            """)
        request.limits.processes = 12
        let result = try TestSandbox.run(request)
        #expect(result.report.outcome == .processLimit)
        #expect(result.report.exitStatus == 137)
        #expect(result.report.limitsHit == ["processes"])
    }

    @Test func outputLimit() throws {
        var request = TestSandbox.request("/usr/bin/yes")
        request.limits.outputBytes = 32 << 10
        let result = try TestSandbox.run(request)
        #expect(result.report.outcome == .outputLimit)
        #expect(result.report.exitStatus == 137)
        #expect(result.report.stdout.truncated)
        #expect(result.standardOutput.count < 40 << 10)
    }

    @Test func killedByPolicy() throws {
        let result = try TestSandbox.run(
            TestSandbox.request(
                "/usr/bin/python3", "-c",
                "import ctypes; ctypes.CDLL(None).syscall(\(SystemCallNumbers.acct), 0)"))
        #expect(result.report.outcome == .killedByPolicy)
        #expect(result.report.denials.map(\.rule) == ["seccomp:kill"])
        #expect(result.report.signal == 31)
        #expect(result.report.exitStatus == 137)
    }

    @Test func cancelledByTheLibrary() throws {
        let running = try Sandbox.start(
            TestSandbox.shell("sleep 600"), on: try TestSandbox.host())
        running.control.kill()
        let result = try running.wait()
        #expect(result.report.outcome == .cancelled)
    }

    @Test func cancelledWithASignalThatTheCommandMayUse() throws {
        let running = try Sandbox.start(
            TestSandbox.shell(
                "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done"),
            on: try TestSandbox.host())
        let control = running.control
        let result = try running.wait { _, bytes in
            if String(decoding: bytes, as: UTF8.self).contains("ready") {
                control.cancel(signal: 15)
            }
        }
        #expect(result.report.outcome == .cancelled)
        #expect(result.report.exitStatus == 143)
        #expect(String(decoding: result.standardOutput, as: UTF8.self) == "ready\nbye\n")
    }

    @Test(arguments: [
        ("/no/such/program", SandboxError.Kind.commandNotFound, Int32(127)),
        ("nosuchprogram", .commandNotFound, 127),
        ("/etc", .commandNotExecutable, 126), ("/etc/passwd", .commandNotExecutable, 126),
    ])
    func setupFailed(program: String, kind: SandboxError.Kind, status: Int32) throws {
        let error = #expect(throws: SandboxError.self) {
            _ = try TestSandbox.run(TestSandbox.request(program))
        }
        #expect(error?.kind == kind)
        #expect(error?.exitStatus == status)
        #expect(error?.remedy.isEmpty == false)
    }
}
