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
}
