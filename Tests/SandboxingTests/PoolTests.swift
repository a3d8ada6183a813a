import Foundation
import LinuxKernel
import RunModel
import Testing

@testable import Sandboxing

/// Sandboxes that are prepared before they are asked for run one command each, and no more.
@Suite struct PoolTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func runsWhatItIsGiven() throws {
        let pool = SandboxPool(
            TestSandbox.request("/bin/true"), on: try TestSandbox.host(), size: 2)
        defer { pool.close() }
        try pool.fill()
        #expect(pool.count == 2)
        let running = try pool.start(
            ["/bin/sh", "-c", "echo $GREETING; id -u; exit 3"], environment: ["GREETING": "hello"])
        let result = try running.wait()
        #expect(pool.count == 1)
        #expect(text(result.standardOutput) == "hello\n1000\n")
        #expect(result.report.exitCode == 3)
        #expect(result.report.command.last == "echo $GREETING; id -u; exit 3")
    }

    /// What one run leaves, the next does not see, whether it was prepared before or after.
    @Test func nothingIsEverReused() throws {
        let pool = SandboxPool(
            TestSandbox.request("/bin/true"), on: try TestSandbox.host(), size: 2)
        defer { pool.close() }
        try pool.fill()
        for round in 0..<4 {
            let result = try pool.start(
                [
                    "/bin/sh", "-c",
                    "ls -A /tmp /work /home/sandbox; ps -e | wc -l; touch /tmp/x /work/y",
                ]
            ).wait()
            #expect(result.report.exitCode == 0)
            let lines = text(result.standardOutput).split(separator: "\n")
            #expect(!lines.contains("x") && !lines.contains("y"), "\(round)")
            if round == 1 { try pool.fill() }
        }
    }

    /// The result is there when nothing runs any more; pid 1 and the groups go with the next `fill()`,
    /// or with the pool.
    @Test func whatIsLeftGoesWithTheNextFill() throws {
        let pool = SandboxPool(
            TestSandbox.request("/bin/true"), on: try TestSandbox.host(), size: 1)
        var firstProcesses: [Int32] = []
        for isLast in [false, true] {
            try pool.fill()
            let running = try pool.start(["/bin/sh", "-c", "sleep 54329 & echo done"])
            firstProcesses.append(running.processIdentifier)
            let result = try running.wait()
            #expect(text(result.standardOutput) == "done\n")
            #expect(result.report.exitCode == 0 && result.report.usage.processesPeak ?? 2 >= 2)
            let left = FileKind.names(in: "/proc").filter {
                (try? SmallFile.readText("/proc/\($0)/cmdline"))?.contains("54329") == true
            }
            #expect(left.isEmpty, "the background process still runs")
            if isLast { pool.close() } else { try pool.fill() }
        }
        for process in firstProcesses {
            #expect(FileKind.of("/proc/\(process)") == .absent)
        }
    }

    /// The limits and fences are those of a sandbox that is started at once.
    @Test func isFencedLikeAnyOther() throws {
        let host = try TestSandbox.host()
        let script = "grep -E '^(Cap|NoNewPrivs|Seccomp|Uid)' /proc/self/status; ulimit -a"
        let fresh = try Sandbox.run(TestSandbox.request("/bin/sh", "-c", script), on: host)
        let pool = SandboxPool(TestSandbox.request("/bin/true"), on: host, size: 1)
        defer { pool.close() }
        try pool.fill()
        let pooled = try pool.start(["/bin/sh", "-c", script]).wait()
        #expect(text(pooled.standardOutput) == text(fresh.standardOutput))
        // Each has user ids of its own.
        var isolation = pooled.report.isolation
        isolation.user = fresh.report.isolation.user
        #expect(isolation == fresh.report.isolation)
    }

    @Test func aMissingProgramIsSaidSo() throws {
        let pool = SandboxPool(
            TestSandbox.request("/bin/true"), on: try TestSandbox.host(), size: 1)
        defer { pool.close() }
        try pool.fill()
        let error = #expect(throws: SandboxError.self) {
            _ = try pool.start(["/no/such/program"]).wait()
        }
        #expect(error?.exitStatus == 127)
    }

    /// Two processes of it wait; the end of Drydock is the end of both.
    @Test func theEndOfTheLauncherEndsWhatWaits() throws {
        let sandbox = try PreparedSandbox.prepare(
            TestSandbox.request("/bin/true"), on: try TestSandbox.host())
        let hadEnded = sandbox.running.process.hasEnded()
        shutdown(sandbox.running.process.channel.socket.raw, Int32(SHUT_RDWR))
        let end = Date() + 10
        while !sandbox.running.process.hasEnded(), Date() < end { usleep(5000) }
        let hasEnded = sandbox.running.process.hasEnded()
        #expect(!hadEnded && hasEnded)
    }

    /// What does not fit into one message comes as a file.
    @Test(arguments: [10, 8000, 100_000])
    func environmentsOfAnySizeArrive(count: Int) throws {
        let pool = SandboxPool(
            TestSandbox.request("/bin/true"), on: try TestSandbox.host(), size: 1)
        defer { pool.close() }
        try pool.fill()
        let result = try pool.start(
            ["/bin/sh", "-c", "echo ${#LONG}"],
            environment: ["LONG": String(repeating: "x", count: count)]
        ).wait()
        #expect(text(result.standardOutput) == "\(count)\n")
    }

    @Test func closingEndsWhatWaits() throws {
        let pool = SandboxPool(
            TestSandbox.request("/bin/true"), on: try TestSandbox.host(), size: 3)
        try pool.fill()
        pool.close()
        #expect(pool.count == 0)
        try pool.fill()
        #expect(pool.count == 0)
    }

    @Test func whatNeedsInputCannotBePrepared() throws {
        var request = TestSandbox.request("/bin/cat")
        request.standardInput = .bytes([1])
        let host = try TestSandbox.host()
        #expect(throws: SandboxError.self) { _ = try PreparedSandbox.prepare(request, on: host) }
    }
}
