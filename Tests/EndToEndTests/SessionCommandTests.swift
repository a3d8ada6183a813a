import Foundation
import LinuxKernel
import RunModel
import TestSupport
import Testing

/// `drydock run --keep` and what goes on with it, by the built executables.
@Suite("Kept worktrees", .serialized)
struct SessionCommandTests {
    private struct World {
        let directory: String
        let source: GitCommandLine

        var repository: String { source.directory }

        /// The front beside the tests, with the full tool beside it.
        func drydock(_ arguments: String...) throws -> Drydock.Ended {
            let own = FileKind.linkTarget("/proc/self/exe") ?? ""
            let process = Process()
            process.executableURL = URL(
                filePath: (own as NSString).deletingLastPathComponent + "/drydock")
            process.arguments = arguments
            process.environment = [
                "PATH": "/usr/bin:/bin", "HOME": directory, "XDG_STATE_HOME": directory + "/state",
                "XDG_CACHE_HOME": directory + "/cache",
            ]
            return try Drydock.Running(process).wait()
        }

        func session(of ended: Drydock.Ended) -> String {
            ended.errors.split(separator: "\n").compactMap { line in
                line.hasPrefix("drydock: session ") ? String(line.dropFirst(17)) : nil
            }.first ?? "none in \(ended.errors)"
        }
    }

    private func withWorld(_ body: (World) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            try source.commit(["a": "one\n", "d/b": "two\n", ".gitignore": "*.log\n"])
            try body(World(directory: directory, source: source))
        }
    }

    @Test("A kept worktree goes on, is compared, stopped and removed")
    func life() throws {
        try withWorld { world in
            let first = try world.drydock(
                "run", "--repo", world.repository, "--keep", "--report",
                world.directory + "/report", "--", "sh", "-c",
                "echo out; echo more >> a; rm d/b; echo log > x.log; git commit -qam inside; exit 3"
            )
            #expect(first.status == 3 && first.output == "out\n")
            let id = world.session(of: first)
            let report = try String(contentsOfFile: world.directory + "/report", encoding: .utf8)
            #expect(report.contains("\"session\": \"\(id)\""), "\(report)")

            // Without --keep the run sees the session, and leaves it as it is.
            let look = try world.drydock(
                "run", "--repo", "session:\(id)", "--", "sh", "-c",
                "cat a x.log; ls d; git log --format=%s | head -1; rm a")
            #expect(look.output == "one\nmore\nlog\ninside\n", "\(look.errors)")
            let second = try world.drydock(
                "run", "--repo", "session:\(id)", "--keep", "--patch", world.directory + "/patch",
                "--", "sh", "-c", "echo last >> a")
            #expect(world.session(of: second) == id, "\(second.errors)")
            let patch = try String(contentsOfFile: world.directory + "/patch", encoding: .utf8)
            // What this run changed, not what those before it did.
            #expect(patch.contains("+last") && !patch.contains("+more"))

            let diff = try world.drydock("runs", "diff", id)
            #expect(diff.output.contains("+more\n+last\n") && diff.output.contains("deleted file"))
            try diff.output.write(
                toFile: world.directory + "/all.patch", atomically: true, encoding: .utf8)
            try world.source.run(["apply", "--check", world.directory + "/all.patch"])
            let list = try world.drydock("runs", "list")
            #expect(list.output.contains(id) && list.output.contains("session"))
            let shown = try world.drydock("runs", "show", String(id.prefix(6)))
            #expect(shown.output.contains("modified    a\n"), "\(shown)")
            #expect(shown.output.contains("ignored     x.log"))

            let kept = try world.drydock("gc")
            #expect(kept.output.contains("kept \(id)"), "\(kept)")
            let stopped = try world.drydock("runs", "stop", "--remove", id)
            #expect(stopped.output.contains("removed session \(id)"), "\(stopped)")
            let gone = try world.drydock("run", "--repo", "session:\(id)", "--", "true")
            #expect(gone.status == 125 && gone.errors.contains("no such session"))
        }
    }

    @Test("An expired session is removed by gc, which says so")
    func expiry() throws {
        try withWorld { world in
            let id = world.session(
                of: try world.drydock("run", "--repo", world.repository, "--keep", "--", "true"))
            usleep(1_100_000)
            let collected = try world.drydock("gc", "--session-age", "1s")
            #expect(collected.output.contains("removed \(id)"), "\(collected)")
            #expect(try !world.drydock("runs", "list").output.contains(id))
        }
    }

    @Test(
        "Wrong calls say what is wrong",
        arguments: [
            (["--keep", "--", "true"], "needs a worktree"),
            (["--patch", "/tmp/p", "--", "true"], "needs a worktree"),
            (["--repo", "session:none", "--", "true"], "no such session"),
            (["--repo", "session:", "--", "true"], "no such session"),
            (["--repo", "session:x", "--rev", "HEAD", "--", "true"], "no revisions"),
        ])
    func wrong(arguments: [String], reason: String) throws {
        try withWorld { world in
            let own = FileKind.linkTarget("/proc/self/exe") ?? ""
            let process = Process()
            process.executableURL = URL(
                filePath: (own as NSString).deletingLastPathComponent + "/drydock")
            process.arguments = ["run"] + arguments
            process.environment = [
                "PATH": "/usr/bin:/bin", "HOME": world.directory,
                "XDG_STATE_HOME": world.directory + "/state",
            ]
            let ended = try Drydock.Running(process).wait()
            #expect(ended.status == 125 && ended.errors.contains(reason), "\(ended)")
        }
    }

    @Test("A cached tree needs no tool; what asks for changes does")
    func fastPath() throws {
        try withWorld { world in
            // The harness's installation holds the front alone.
            let arguments = ["run", "--profile", "PROFILE", "--repo", world.repository + "/d"]
            let before = try Drydock.run(arguments + ["--", "true"])
            #expect(before.status == 125 && before.errors.contains("drydock-tool"))
            #expect(try world.drydock("run", "--repo", world.repository, "--", "true").status == 0)
            let cached = try Drydock.run(
                arguments + ["--", "sh", "-c", "cat a d/b; echo x > a; test -d .git; pwd"])
            #expect(cached.output == "one\ntwo\n/work\n", "\(cached)")
            let asks = try Drydock.run(arguments + ["--report", "/dev/null", "--", "true"])
            #expect(asks.status == 125 && asks.errors.contains("drydock-tool"))
            // A new commit is another tree: the front does not show an old one.
            try world.source.commit(["a": "new\n"])
            #expect(try Drydock.run(arguments + ["--", "cat", "a"]).status == 125)
        }
    }

    @Test(
        "An ordinary user's worktree: changed, kept, gone on with",
        .enabled(if: geteuid() == 0, "needs root to become another user"))
    func rootless() throws {
        try withWorld { world in
            let built = ((FileKind.linkTarget("/proc/self/exe") ?? "") as NSString)
                .deletingLastPathComponent
            let user = 12345
            let programs = world.directory + "/bin"
            let files = FileManager.default
            try files.createDirectory(atPath: programs, withIntermediateDirectories: true)
            for name in ["drydock", "drydock-tool", "sandbox-init"] {
                try files.copyItem(atPath: "\(built)/\(name)", toPath: "\(programs)/\(name)")
            }
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: world.directory)
            func run(_ program: String, _ arguments: [String]) throws -> Drydock.Ended {
                let process = Process()
                process.executableURL = URL(filePath: program)
                process.arguments = arguments
                process.environment = [
                    "PATH": "/usr/bin:/bin", "HOME": world.directory + "/home",
                ]
                return try Drydock.Running(process).wait()
            }
            let give = """
                mkdir '\(world.directory)/home'
                chown -R \(user):\(user) '\(world.directory)/home' '\(world.repository)'
                """
            #expect(try run("/bin/sh", ["-ec", give]).status == 0)
            func drydock(_ arguments: String...) throws -> Drydock.Ended {
                let own = arguments.map { $0 == "DEGRADING" ? Drydock.degradingProfile : $0 }
                return try run(
                    "/usr/bin/setpriv",
                    [
                        "--reuid=\(user)", "--regid=\(user)", "--clear-groups",
                        programs + "/drydock",
                    ] + own)
            }
            let first = try drydock(
                "run", "--profile", "DEGRADING", "--repo", world.repository, "--keep", "--", "sh",
                "-c", "echo more >> a; rm -r d; mkdir d; echo new > d/n")
            #expect(first.status == 0, "\(first)")
            let id = world.session(of: first)
            let second = try drydock(
                "run", "--profile", "DEGRADING", "--repo", "session:\(id)", "--keep", "--", "sh",
                "-c", "cat a; ls d; mv d e; test $(stat -c %u a) = $(id -u) && echo mine")
            #expect(second.output == "one\nmore\nn\nmine\n", "\(second)")
            let diff = try drydock("runs", "diff", id)
            for part in ["+more", "deleted file", "+++ b/e/n"] {
                #expect(diff.output.contains(part), "\(diff)")
            }
            // From the cache, without the tool.
            try files.removeItem(atPath: programs + "/drydock-tool")
            let cached = try drydock(
                "run", "--profile", "DEGRADING", "--repo", world.repository, "--", "cat", "d/b")
            #expect(cached.output == "two\n", "\(cached)")
        }
    }
}
