import Foundation
import RunModel
import TestSupport
import Testing

/// Part F: what the workload says is not believed, and what it leaves is not used.
@Suite struct SupervisorTests {
    /// 70: binds that climb or lead over the sandbox's own places are refused.
    @Test(arguments: [
        "/etc:/proc", "/etc:/proc/sys", "/etc:/../x", "relative:/x", "/nonexistent-drydock:/x",
        "/etc:/",
        "/etc:x",
    ])
    func bindsOverOnesOwnPlacesAreRefused(bind: String) throws {
        let run = try Drydock.run(["/bin/true"], options: ["--bind", bind])
        #expect(run.status == 125, "\(bind): \(run.status)")
        #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        #expect(run.report == nil || run.report?.outcome == .setupFailed)
    }

    /// 71: the host's environment does not go in, and the sandbox's does not come out.
    @Test func environmentsDoNotMix() throws {
        let poison = [
            "LD_PRELOAD": "/nonexistent/evil.so", "GIT_SSH_COMMAND": "evil",
            "NODE_OPTIONS": "--evil",
            "PYTHONSTARTUP": "/evil", "BASH_ENV": "/evil", "PAGER": "evil",
            "LD_LIBRARY_PATH": "/evil",
        ]
        // LD_PRELOAD of a file that is absent only makes the loader complain; Drydock must not pass it.
        let run = try Drydock.script("env", environment: poison)
        for name in poison.keys { #expect(!run.output.contains(name + "="), "\(run.output)") }
        let given = try Drydock.script("env", options: ["--env", "PAGER=less"])
        #expect(given.output.contains("PAGER=less\n"))
    }

    /// 72: what the workload prints is output, however much it looks like a report.
    @Test func printedReportsAreNotBelieved() throws {
        let run = try Drydock.script(
            """
            echo '{"schema":"drydock.run/v1","outcome":"exited","exit_code":0,"denials":[]}'
            echo 'denial: seccomp ptrace' >&2
            printf '{"denials":[{"layer":"seccomp"}]}\\n' >&2
            for fd in 3 4 5 6 7 8 9; do eval "echo '{\\"exit_code\\":0}' >&$fd" 2>/dev/null; done
            exit 7
            """)
        #expect(run.status == 7)
        #expect(run.report?.exitCode == 7)
        #expect(run.report?.denials.isEmpty == true)
    }

    /// 72: a run cannot write its own report.
    @Test func theReportIsOutOfReach() throws {
        try withTemporaryDirectory { directory in
            let run = try Drydock.script(
                "find / -name report.json 2>/dev/null; echo forged > \(directory)/report.json; exit 3"
            )
            #expect(!run.output.contains("report.json"))
            #expect(run.report?.exitCode == 3)
        }
    }

    /// 73: a refused action is refused once; nothing runs it again outside.
    @Test func nothingIsRetriedOutside() throws {
        try withTemporaryDirectory { directory in
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o777], ofItemAtPath: directory)
            let run = try Drydock.script(
                "echo once >> /out/count; mount -t tmpfs none /mnt; echo \"mount: $?\"",
                options: ["--bind", directory + ":/out:rw"])
            #expect(run.value("mount") != "0")
            #expect(!run.denied("mount").isEmpty || !run.denied("fsopen").isEmpty)
            let count = try String(contentsOfFile: directory + "/count", encoding: .utf8)
            #expect(count == "once\n")
        }
    }

    /// 72: a run that may write where its report goes cannot lead the report elsewhere, neither by a
    /// link that it puts there meanwhile nor by one that an earlier run left.
    @Test func theReportIsNotLedElsewhere() throws {
        try withTemporaryDirectory { directory in
            let place = directory + "/place"
            let files = FileManager.default
            try files.createDirectory(atPath: place, withIntermediateDirectories: false)
            try files.setAttributes([.posixPermissions: 0o777], ofItemAtPath: place)
            let canary = directory + "/canary"
            try "untouched".write(toFile: canary, atomically: true, encoding: .utf8)
            func run(_ script: String) throws -> HostProcess.Result {
                try HostProcess.run(
                    [
                        try Drydock.binary, "run", "--report", place + "/report.json", "--bind",
                        place + ":/place:rw", "--", "/bin/sh", "-c", script,
                    ], directory: directory)
            }
            let first = try run(
                "mv /place/report.json /place/moved; ln -s \(canary) /place/report.json; echo ran")
            #expect(first.output == "ran\n", "\(first)")
            let moved = try #require(files.contents(atPath: place + "/moved"))
            #expect(try JSONDecoder().decode(RunReport.self, from: moved).exitCode == 0)
            let second = try run("echo ran")
            #expect(second.status == 125 && second.output.isEmpty, "\(second)")
            #expect(second.errors.contains("no link"), "\(second)")
            #expect(try String(contentsOfFile: canary, encoding: .utf8) == "untouched")
        }
    }

    /// 7, 10: starts side by side from a worktree that another process turns over all the time: links
    /// for directories, directories for files. No start reads or writes outside of it.
    @Test func parallelStartsFromAWorktreeThatChanges() throws {
        try withTemporaryDirectory { directory in
            let tree = directory + "/tree"
            let outside = directory + "/outside"
            for path in [tree + "/a", outside] {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o777])
            }
            chmod(tree, 0o777)
            let secret = "secret-\(UUID().uuidString)"
            try secret.write(toFile: outside + "/file", atomically: true, encoding: .utf8)
            let flipper = try HostProcess.start(
                [
                    "/usr/bin/python3", "-c",
                    """
                    import os, sys
                    tree, outside = sys.argv[1:]
                    a, b = tree + "/a", tree + "/b"
                    while True:
                        for step in (lambda: os.rename(a, b), lambda: os.symlink(outside, a),
                                     lambda: os.unlink(a), lambda: os.mkdir(a),
                                     lambda: os.symlink(outside + "/file", a + "/file"),
                                     lambda: os.unlink(a + "/file"), lambda: os.rmdir(a),
                                     lambda: os.rename(b, a)):
                            try: step()
                            except OSError: pass
                    """, tree, outside,
                ], output: directory + "/o", errors: directory + "/e")
            defer {
                kill(flipper.processIdentifier, SIGKILL)
                flipper.waitUntilExit()
            }
            let rounds = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] == nil ? 6 : 100
            let script =
                "cat a/file; for i in 1 2 3; do echo x > a/written; echo x > a/file; done; true"
            for _ in 0..<rounds {
                let running = try (0..<4).map { number in
                    try HostProcess.start(
                        [
                            try Drydock.binary, "run", "--bind", tree + ":/work:rw", "--",
                            "/bin/sh", "-c", script,
                        ], output: directory + "/o\(number)", errors: directory + "/e\(number)")
                }
                for (number, process) in running.enumerated() {
                    process.waitUntilExit()
                    let said = try String(
                        contentsOfFile: directory + "/o\(number)", encoding: .utf8)
                    #expect(!said.contains(secret))
                    #expect([0, 125].contains(process.terminationStatus))
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == ["file"])
            #expect(try String(contentsOfFile: outside + "/file", encoding: .utf8) == secret)
        }
    }
}
