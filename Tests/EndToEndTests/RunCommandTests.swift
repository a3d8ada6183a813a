import Foundation
import JSONText
import LinuxKernel
import RunModel
import TestSupport
import Testing

/// `drydock run` as its users call it: the built binary, its exit codes and its report.
@Suite struct RunCommandTests {
    @Test(
        arguments: [
            (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -TERM $$"], 143),
            (["/no/such/program"], 127), (["/etc"], 126), (["/etc/passwd"], 126),
        ] as [([String], Int32)])
    func exitCodes(command: [String], status: Int32) throws {
        #expect(try Drydock.run(["run", "--profile", "PROFILE", "--"] + command).status == status)
    }

    @Test func wallLimit() throws {
        let ended = try Drydock.run(
            ["run", "--profile", "PROFILE", "--timeout", "200ms", "--", "sleep", "60"])
        #expect(ended.status == 124)
    }

    /// One clear line that says what to do, and nothing is run.
    @Test(
        arguments: [
            ["--bind", "/no/such/dir", "--", "true"], ["--bind", "/tmp:/proc", "--", "true"],
            ["--bind", "/tmp:/", "--", "true"], ["--profile", "/no/such/profile", "--", "true"],
            ["--profile", "/etc/passwd", "--", "true"], ["--memory", "1GB", "--", "true"],
            ["--memory", "1KiB", "--", "true"], ["--cpus", "0", "--", "true"],
            ["--timeout", "10", "--", "true"], ["--memroy", "1GiB", "--", "true"],
            ["--net", "everything", "--", "true"], ["--image", "/no/such/image", "--", "true"],
            ["--stdin", "/no/such/file", "--", "true"], ["--env", "=x", "--", "true"],
            ["--report", "/no/such/dir/file", "--", "true"], ["--tty=1", "--", "true"], ["--bind"],
            [String](), ["--"],
        ] as [[String]])
    func badInput(arguments: [String]) throws {
        let hasProfile = arguments.contains("--profile")
        let ended = try Drydock.run(
            ["run"] + (hasProfile ? [] : ["--profile", "PROFILE"]) + arguments)
        #expect(ended.status == 125)
        #expect(ended.errors.hasPrefix("drydock: "))
        #expect(ended.errors.split(separator: "\n").count == 1)
        #expect(ended.output.isEmpty)
    }

    @Test func theReportIsTheContracts() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/report.json"
            let ended = try Drydock.run([
                "run", "--profile", "PROFILE", "--report", path, "--memory", "64MiB", "--", "sh",
                "-c",
                "echo hello",
            ])
            #expect(ended.output == "hello\n")
            let report = try JSONValue(parsing: try SmallFile.read(path))
            #expect(report["schema"]?.stringValue == "drydock.run/v1")
            #expect(report["outcome"]?.stringValue == "exited")
            #expect(report["limits"]?["memory_bytes"]?.integerValue == 64 << 20)
            #expect(report["stdout"]?["bytes"]?.integerValue == 6)
        }
    }

    @Test func explainNeedsNoPrivilege() throws {
        let ended = try Drydock.run(
            ["run", "--profile", "PROFILE", "--explain", "--", "true"], asUser: 12345)
        #expect(ended.status == 0)
        #expect(ended.output.contains("pid 1: set no new privileges\n"))
        #expect(ended.output.contains("pid 1: run true\n"))
    }

    @Test func standardInputIsPassedWhenAskedFor() throws {
        let ended = try Drydock.run(
            ["run", "--profile", "PROFILE", "--stdin", "/etc/hostname", "--", "cat"])
        #expect(ended.output == (try SmallFile.readText("/etc/hostname")))
    }

    @Test func rootless() throws {
        let script = "id -u; echo x > made && cat made; grep CapEff /proc/self/status; touch /usr/x"
        let ended = try Drydock.run(
            ["run", "--profile", "DEGRADING", "--", "sh", "-c", script], asUser: 12345)
        #expect(ended.output == "1000\nx\nCapEff:\t0000000000000000\n")
        #expect(ended.errors.contains("Read-only file system"))
    }

    /// Limits that cannot be had are an error, unless the profile permits less by name.
    @Test func rootlessWithoutCgroupsFailsClosed() throws {
        let ended = try Drydock.run(
            ["run", "--profile", "PROFILE", "--", "true"], asUser: 12345)
        #expect(ended.status == 125)
        #expect(ended.errors.contains("systemd-run --user --scope -p Delegate=yes"))
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func stopSignals(signal: Int32) throws {
        let running = try Drydock.start(
            ["run", "--profile", "PROFILE", "--", "sh", "-c", "echo ready; exec sleep 600"])
        try running.waitForOutput("ready")
        running.send(signal)
        #expect(running.wait().status == 128 + signal)
    }

    /// SIGKILL of Drydock: the life line ends everything inside, and the next start takes over
    /// what is left of it.
    @Test func killedDrydockLeavesNothingRunning() throws {
        let running = try Drydock.start(
            ["run", "--profile", "PROFILE", "--", "sh", "-c", "echo ready; exec sleep 54321"])
        try running.waitForOutput("ready")
        running.send(SIGKILL)
        _ = running.wait()
        var attempts = 0
        while Drydock.isRunning(argument: "54321") && attempts < 500 {
            attempts += 1
            usleep(10_000)
        }
        #expect(!Drydock.isRunning(argument: "54321"))
        #expect(try Drydock.run(["run", "--profile", "PROFILE", "--", "true"]).status == 0)
    }
}
