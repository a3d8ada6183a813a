import Foundation
import RunModel
import TestSupport
import Testing

/// Part A, entries 8 to 19: files.
@Suite struct FileSystemTests {
    /// 8 and 9: repository control files, present and future, change in the overlay only, and the
    /// report lists each.
    @Test func controlFilesChangeInTheOverlayOnly() throws {
        try withTemporaryDirectory { directory in
            let repository = try makeRepository(directory)
            let before = try listing(repository)
            let run = try Drydock.script(
                """
                mkdir -p .git/hooks .claude .codex .vscode
                echo evil > .git/hooks/pre-commit
                for f in .claude/settings.json .codex/config.toml .mcp.json .vscode/tasks.json .envrc \\
                  AGENTS.md .gitattributes; do echo evil > $f; done
                mv file moved; ln -s / a
                """, options: ["--repo", repository])
            #expect(run.status == 0, "\(run.errors)")
            #expect(try listing(repository) == before)
            let added = try #require(run.report?.changes?.added)
            for path in [
                ".claude/settings.json", ".codex/config.toml", ".mcp.json", ".vscode/tasks.json",
                ".envrc",
                "AGENTS.md", ".gitattributes", "a",
            ] {
                #expect(added.contains(path), "\(path) is not in \(added)")
            }
            #expect(!added.contains { $0.hasPrefix(".git/") }, "the repository itself is no change")
        }
    }

    /// 10: links are not followed on the way out, and special files are dropped and reported.
    @Test func specialFilesDoNotLeave() throws {
        try withTemporaryDirectory { directory in
            let repository = try makeRepository(directory)
            let patch = directory + "/patch"
            let run = try Drydock.script(
                """
                ln -s /etc out; ln -s ../../../../../../etc up
                mkfifo pipe; cp /bin/true setuid; chmod 4755 setuid
                """, options: ["--repo", repository, "--patch", patch])
            #expect(run.status == 0, "\(run.errors)")
            let text = try String(contentsOfFile: patch, encoding: .utf8)
            #expect(text.contains("120000"), "links are kept as links")
            #expect(!text.contains("root:x:0"))
            #expect(!text.contains("104755"))
            #expect(run.report?.changes?.special.contains("pipe") == true)
        }
    }

    /// 11: overlayfs: attributes of the workload mean nothing, whiteouts cannot be made by hand, and
    /// no setuid bit counts.
    @Test func overlayTricksHaveNoEffect() throws {
        try withTemporaryDirectory { directory in
            let repository = try makeRepository(directory)
            let run = try Drydock.script(
                """
                mkdir d
                python3 - <<'P'
                import os
                for name in ("user.overlay.redirect", "trusted.overlay.redirect",
                             "user.overlay.opaque", "user.overlay.metacopy"):
                    try: os.setxattr("d", name, b"/etc"); print(name + ": set")
                    except OSError as e: print(name + ": " + os.strerror(e.errno))
                P
                mknod white c 0 0 2>/dev/null; echo "whiteout: $?"
                ls d | head -1
                python3 -c 'import os; print("fenced:", os.statvfs(".").f_flag & 6)'
                """, options: ["--repo", repository])
            #expect(run.value("trusted.overlay.redirect") != "set")
            #expect(run.value("whiteout") == "1")
            #expect(run.value("fenced") == "6", "\(run.output)")
            #expect(!run.denied("mknodat").isEmpty || !run.denied("mknod").isEmpty)
            #expect(run.report?.changes?.added.contains { $0.contains("passwd") } != true)
        }
    }

    /// 12: other processes' roots are the same root, or closed.
    @Test func everyRootIsTheSandboxes() throws {
        let run = try Drydock.script(
            """
            echo "init: $(ls /proc/1/root/root 2>&1 | wc -l)"
            ls /proc/1/cwd/ /proc/1/map_files /proc/self/root/../../victims 2>/dev/null
            for p in /proc/[0-9]*/root; do ls $p/root/.ssh $p/lib/systemd/../../home; done \\
              >/tmp/seen 2>/dev/null
            cat /tmp/seen; echo "host: $(ls -d /proc/*/root\(NSTemporaryDirectory())drydock-victims-* 2>/dev/null | wc -l)"
            """)
        #expect(run.value("host") == "0", "\(run.output)")
    }

    /// 15: nothing gives privileges back.
    @Test func setuidGivesNothing() throws {
        let run = try Drydock.script(
            """
            echo "before: $(id -u)"
            cp /bin/sh ./s; chmod 4755 ./s; ./s -p -c 'echo "after: $(id -u)"'
            su -c id </dev/null >/dev/null 2>&1; echo "su: $?"
            sed -n 's/^NoNewPrivs:[[:space:]]*/privileges: /p;s/^CapEff:[[:space:]]*/effective: /p' /proc/self/status
            """)
        #expect(run.value("before") == run.value("after"))
        #expect(run.value("su") != "0")
        #expect(run.value("privileges") == "1" && run.value("effective") == "0000000000000000")
        // The command's user is not the host's root, whatever it is called inside.
        #expect(run.report?.isolation.user?.hasPrefix("0 ") != true)
        #expect(run.report?.isolation.user != "0")
    }

    /// 16: device nodes can be neither made nor found.
    @Test func devicesAreOutOfReach() throws {
        let run = try Drydock.script(
            """
            mknod d b 8 0 2>/dev/null; echo "made: $?"
            for f in mem kmem port kmsg fuse kvm net/tun sda vda loop0 loop-control mapper/control uinput; do
              test -e /dev/$f && echo "found: $f"; done
            find / -xdev \\( -type b -o -type c \\) 2>/dev/null | sort | tr '\\n' ' ' | sed 's/^/nodes: /'
            """)
        #expect(run.value("made") == "1")
        #expect(run.value("found") == nil)
        #expect(!run.denied("mknodat").isEmpty || !run.denied("mknod").isEmpty)
    }

    /// 17: no place of the host's can be written to.
    @Test func hostPlacesAreReadOnly() throws {
        let marker = "drydock-escape-\(UUID().uuidString)"
        let run = try Drydock.script(
            """
            for d in /usr /usr/bin /etc /lib /var/spool/cron /var/tmp /opt /boot /root ~ ~/.ssh; do
              touch $d/\(marker) 2>/dev/null; done
            touch /usr/\(marker) 2>&1 | sed 's/^/usr: /'
            touch /etc/\(marker) 2>&1 | sed 's/^/etc: /'
            """)
        #expect(run.value("usr")?.contains("Read-only file system") == true, "\(run.output)")
        #expect(run.value("etc") != nil)
        for place in ["/usr", "/usr/bin", "/etc", "/lib", "/var/tmp", "/opt", "/boot", "/root"] {
            #expect(!FileManager.default.fileExists(atPath: "\(place)/\(marker)"))
        }
        #expect(!FileManager.default.fileExists(atPath: NSHomeDirectory() + "/" + marker))
    }

    /// 18: no secret of the host's can be read, by path or from a process.
    @Test func secretsAreNotThere() throws {
        let secret = "secret-\(UUID().uuidString)"
        let run = try Drydock.script(
            """
            cat /proc/*/environ /proc/*/task/*/environ 2>/dev/null | tr '\\0' '\\n' > /tmp/environ
            grep -c '\(secret.dropLast(1))[\(secret.suffix(1))]' /tmp/environ | sed 's/^/environ: /'
            for f in ~/.aws ~/.ssh ~/.netrc ~/.config/gh /root/.ssh /root/.bashrc /etc/shadow /etc/gshadow \\
              /etc/sudoers /etc/ssh /etc/machine-id /etc/drydock; do
              ls -d $f 2>/dev/null | sed 's/^/found: /'; done
            """, environment: ["DRYDOCK_TEST_SECRET": secret, "AWS_SECRET_ACCESS_KEY": secret])
        #expect(run.value("environ") == "0")
        #expect(run.value("found") == nil, "\(run.output)")
    }

    /// 19: a full disk is the sandbox's own, by bytes and by files.
    @Test func diskAndFilesAreBounded() throws {
        // One file over the limit ends its writer by SIGXFSZ; many small ones meet ENOSPC.
        let full = try Drydock.script(
            """
            fallocate -l 100G x 2>/dev/null; echo "one: $?"
            for i in 1 2 3 4 5 6 7 8 9; do
              dd if=/dev/zero of=y$i bs=1M count=4 2>&1 | grep "No space"; done
            """, options: ["--disk", "16MiB"])
        #expect(full.value("one") != "0")
        #expect(full.output.contains("No space left"), "\(full.output)")
        #expect(full.report?.limitsHit.contains("disk") == true)
        let many = try Drydock.script(
            "i=0; while [ $i -lt 40000 ]; do : > f$i || exit 3; i=$((i+1)); done",
            options: ["--profile", "strict"])
        #expect(many.status != 0, "more than the profile's 10000 files were made")
    }

    private func makeRepository(_ directory: String) throws -> String {
        let path = directory + "/repository"
        let script = """
            git init -q "\(path)" && cd "\(path)" && echo one > file && git add . &&
            git -c user.name=t -c user.email=t@example.org commit -qm one
            """
        let run = try HostProcess.run(["/bin/sh", "-c", script], directory: directory)
        try #require(run.status == 0, "\(run.errors)")
        return path
    }

    private func listing(_ directory: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory)
            .filter { !$0.hasPrefix(".git/objects") }.sorted()
    }
}
