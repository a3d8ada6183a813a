import Foundation
import RunModel
import TestSupport
import Testing

/// Part A, entries 1 to 7: the start of a sandbox, races and roots that an attacker prepared.
@Suite struct StartTests {
    /// 1: the program that sets the sandbox up can be neither read nor written from inside.
    @Test func pidOneIsOutOfReach() throws {
        let run = try Drydock.script(
            """
            for p in /proc/[0-9]*/exe; do
              case "$(readlink $p)" in *dash|*sh|*busybox) continue;; esac
              (: >> $p) 2>/dev/null && echo "written: $p"
              head -c 1 $p >/dev/null 2>&1 && echo "read: $p"
            done
            echo "done: yes"
            """)
        #expect(run.value("done") == "yes")
        #expect(run.value("written") == nil && run.value("read") == nil, "\(run.output)")
    }

    /// 2 and 28: descriptors of the caller do not come along, nor does its directory.
    @Test func descriptorsOfTheCallerAreClosed() throws {
        try withTemporaryDirectory { directory in
            let command = """
                exec 7</etc/passwd 8</ 9>>\(directory)/out
                cd \(directory)
                exec \(try Drydock.binary) run -- /bin/sh -c '
                  ls /proc/self/fd | tr "\\n" " "; readlink /proc/self/cwd
                  head -1 <&7 2>&1; ls /proc/self/fd/8/.. 2>&1; ls /proc/self/cwd/../../..'
                """
            let run = try HostProcess.run(["/bin/bash", "-c", command], directory: directory)
            // 3 is the directory that ls reads.
            #expect(run.output.hasPrefix("0 1 2 3 /"), "\(run.output) \(run.errors)")
            #expect(!run.output.contains(directory))
            #expect(!run.output.contains("root:x:0:0:root:/root"))
        }
    }

    /// 3 to 6: roots whose special places are links to somewhere else. The run is refused, or the link
    /// has no effect; the host's file is as before in any case.
    @Test(arguments: [
        ("3: /dev/null", "dev/null", "/proc/sys/kernel/core_pattern"),
        ("4: /dev/pts/0", "dev/pts/0", "/proc/sysrq-trigger"),
        ("4: /dev/console", "dev/console", "/proc/sysrq-trigger"),
        ("5: /proc", "proc", "/tmp"),
        ("6: /dev", "dev", "/tmp"),
        ("6: /tmp", "tmp", "/etc"),
    ])
    func linksInARootAreNotFollowed(name: String, path: String, target: String) throws {
        let before = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
        try withTemporaryDirectory { directory in
            let root = try makeRoot(directory)
            let link = root + "/" + path
            try FileManager.default.createDirectory(
                atPath: (link as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true)
            try? FileManager.default.removeItem(atPath: link)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
            let run = try Drydock.run(
                [
                    "/victims/call", "openat -100 @/dev/null 1 0",
                    "openat -100 @/proc/self/stat 0 0",
                ],
                options: ["--image", root])
            if run.status == 125 {
                // Refused, with a reason.
                #expect(!run.errors.isEmpty)
            } else {
                #expect(run.output == "openat OK\nopenat OK\n", "\(run.output) \(run.errors)")
            }
            // The link itself is as it was: nothing was mounted or written through it.
            #expect(
                try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
        }
        #expect(
            try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8) == before)
    }

    /// 7: a mount target that flips between a directory and a link while sandboxes start.
    @Test func aFlippingMountTargetLeadsNowhere() throws {
        try withTemporaryDirectory { directory in
            let root = try makeRoot(directory)
            let canary = directory + "/canary"
            let source = directory + "/source"
            for path in [canary, source, root + "/x"] {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o777])
            }
            let flipper = try HostProcess.start(
                [
                    "/usr/bin/python3", "-c",
                    """
                    import os, sys
                    root, canary = sys.argv[1:]
                    while True:
                        try:
                            os.rename(root + "/x", root + "/y"); os.symlink(canary, root + "/x")
                            os.unlink(root + "/x"); os.rename(root + "/y", root + "/x")
                        except OSError: pass
                    """, root, canary,
                ], output: directory + "/o", errors: directory + "/e")
            defer {
                kill(flipper.processIdentifier, SIGKILL)
                flipper.waitUntilExit()
            }
            let rounds = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] == nil ? 40 : 1000
            var started = 0
            for _ in 0..<rounds {
                let run = try Drydock.run(
                    ["/victims/call", "openat -100 @/x/written 0x41 0666"],
                    options: ["--image", root, "--bind", source + ":/x:rw"])
                // Either it ran, over the directory, or it was refused because of the link.
                #expect(run.status == 0 || run.status == 125, "\(run.errors)")
                if run.status == 0 { started += 1 }
            }
            #expect(started > 0, "the race was never won by a start")
            #expect(try FileManager.default.contentsOfDirectory(atPath: canary).isEmpty)
        }
    }

    private func makeRoot(_ directory: String) throws -> String {
        let root = directory + "/root"
        for path in ["", "dev", "proc", "tmp", "etc", "work", "run", "victims"] {
            try FileManager.default.createDirectory(
                atPath: root + "/" + path, withIntermediateDirectories: true)
        }
        return root
    }
}
