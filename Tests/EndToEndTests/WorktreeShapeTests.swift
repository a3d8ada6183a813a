import Foundation
import Glibc
import LinuxKernel
import RunModel
import TestSupport
import Testing

/// `drydock run --repo` over every kind of repository, by every way a worktree is had, and over
/// worktrees whose workload means harm.
@Suite("Worktrees of all shapes", .serialized)
struct WorktreeShapeTests {
    private static let built =
        ((FileKind.linkTarget("/proc/self/exe") ?? "") as NSString).deletingLastPathComponent

    private func drydock(
        _ arguments: [String], in directory: String, before: [String] = []
    ) throws -> Drydock.Ended {
        let process = Process()
        let command = before + [Self.built + "/drydock"] + arguments
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = [
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": directory,
            "XDG_STATE_HOME": directory + "/state",
        ]
        return try Drydock.Running(process).wait()
    }

    private func report(_ path: String) throws -> RunReport {
        try JSONDecoder().decode(
            RunReport.self, from: try Data(contentsOf: URL(filePath: path)))
    }

    @Test("Each kind of repository works, or says why not")
    func shapes() throws {
        try withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            try source.commit(["a": "one\n"])
            try source.commit(["a": "two\n", "d/b": "b\n"])
            try source.run(["clone", "-q", "--bare", ".", directory + "/bare.git"])
            try source.run(["worktree", "add", "-q", "--detach", directory + "/linked"])
            try source.run([
                "clone", "-q", "--depth", "1", "file://" + source.directory, directory + "/shallow",
            ])
            try source.run(["clone", "-q", "--shared", ".", directory + "/borrower"])
            for name in ["bare.git", "linked", "shallow", "borrower", "source/d"] {
                let ended = try drydock(
                    [
                        "run", "--repo", "\(directory)/\(name)", "--", "sh", "-c",
                        "cat a; git log --oneline | wc -l; git status --porcelain; git commit -q --allow-empty -m y && echo made",
                    ], in: directory)
                let count = name == "shallow" ? 1 : 2
                #expect(ended.output == "two\n\(count)\nmade\n", "\(name): \(ended)")
                #expect(ended.errors.isEmpty, "\(name): \(ended)")
            }
            #expect(try source.text(["rev-list", "--count", "--all"]) == "2")

            let empty = try GitCommandLine.create(at: directory + "/empty")
            try "first\n".write(
                toFile: empty.directory + "/f", atomically: true, encoding: .utf8)
            let working = try drydock(
                ["run", "--repo", empty.directory, "--rev", "WORKTREE", "--", "cat", "f"],
                in: directory)
            #expect(working.output == "first\n", "\(working)")
            try "*.log\n".write(
                toFile: empty.directory + "/.gitignore", atomically: true, encoding: .utf8)
            try "l\n".write(
                toFile: empty.directory + "/x.log", atomically: true, encoding: .utf8)
            for (options, output) in [
                ([], ".gitignore\nf\n"), (["--ignored"], ".gitignore\nf\nx.log\n"),
            ]
                as [([String], String)]
            {
                let listed = try drydock(
                    ["run", "--repo", empty.directory, "--rev", "WORKTREE"] + options
                        + ["--", "ls", "-A"], in: directory)
                #expect(listed.output == output, "\(listed)")
            }
            let senseless = try drydock(
                ["run", "--repo", source.directory, "--ignored", "--", "true"], in: directory)
            #expect(senseless.status == 125 && senseless.errors.contains("WORKTREE"))
            try source.run(["init", "-q", "--object-format=sha256", directory + "/sha256"])
            let partial = try GitCommandLine.create(at: directory + "/partial")
            try partial.commit(["a": "1\n"])
            try partial.run(["config", "extensions.partialClone", "origin"])
            try partial.run(["config", "core.repositoryFormatVersion", "1"])
            let split = try GitCommandLine.create(at: directory + "/split")
            try split.commit(["a": "1\n"])
            try split.run(["config", "extensions.worktreeConfig", "true"])
            for (name, reason) in [
                ("empty", "no commit yet"), ("sha256", "SHA-256"), ("partial", "partial clone"),
                ("split", "per worktree"), ("state", "is a git repository"),
                ("nowhere", "no such path"),
            ] {
                try FileManager.default.createDirectory(
                    atPath: directory + "/state", withIntermediateDirectories: true)
                let ended = try drydock(
                    ["run", "--repo", "\(directory)/\(name)", "--", "true"], in: directory)
                #expect(
                    ended.status == 125 && ended.errors.contains(reason), "\(name): \(ended)")
            }
        }
    }

    /// As root too: a directory that took another's place hides what was there.
    @Test("What a checkout lacks of its tree is said each time, cached or not")
    func lacking() throws {
        try withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            try source.commit([".gitattributes": "*.bin filter=lfs\n", "a.bin": "pointer\n"])
            for _ in 0..<2 {
                let ended = try drydock(
                    ["run", "--repo", source.directory, "--", "cat", "a.bin"], in: directory)
                #expect(ended.output == "pointer\n")
                #expect(
                    ended.errors.contains(
                        "1 files are as git stores them, as filters never run: a.bin"),
                    "\(ended.errors)")
            }
        }
    }

    @Test("Directories that are replaced, moved and emptied are told as they are")
    func replaced() throws {
        try withTemporaryDirectory { directory in
            // Another repository lay at this path before: its trees are cached, its objects are gone.
            for round in 0..<2 {
                try? FileManager.default.removeItem(atPath: directory + "/source")
                let source = try GitCommandLine.create(at: directory + "/source")
                try source.commit([
                    "d/b": "\(round)\n", "d/c": "two\n", "g/h": "three\n", "k": "k\n",
                ])
                for (script, added, deleted, moved) in [
                    ("rm -r d; mkdir d; echo n > d/n", ["d/n"], ["d/b", "d/c"], []),
                    ("mv g z", [], [], ["z/h"]),
                    ("rm -r d; echo file > d", ["d"], ["d/b", "d/c"], []),
                    ("rm -r d; cp -r g d", ["d/h"], ["d/b", "d/c"], []),
                ] as [(String, [String], [String], [String])] {
                    let ended = try drydock(
                        [
                            "run", "--repo", source.directory, "--report", directory + "/report",
                            "--patch", directory + "/patch", "--", "sh", "-ec", script,
                        ], in: directory)
                    let changes = try #require(
                        try report(directory + "/report").changes, "\(ended)")
                    #expect(changes.added == added && changes.deleted == deleted, "\(changes)")
                    #expect(changes.renamed.map(\.to) == moved && changes.modified.isEmpty)
                    try source.run(["apply", "--check", directory + "/patch"])
                }
                // Kept, and gone on with.
                let first = try drydock(
                    [
                        "run", "--repo", source.directory, "--keep", "--", "sh", "-ec",
                        "rm -r d; mkdir d; echo n > d/n",
                    ], in: directory)
                let id = first.errors.split(separator: " ").last.map {
                    $0.trimmingCharacters(in: .whitespacesAndNewlines)
                }
                let second = try drydock(
                    ["run", "--repo", "session:\(id ?? "none")", "--", "ls", "d"], in: directory)
                #expect(second.output == "n\n", "\(first) \(second)")
            }
        }
    }

    /// rename(2) as outside, for root; the content stays where it was.
    @Test("Renamed directories are told as renames, whatever lay over them")
    func renamed() throws {
        try #require(geteuid() == 0)
        try withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            try source.commit(["d/b": "1\n", "d/e/c": "two\n", "k": "k\n", "long": "long\n"])
            let rename = "python3 -c 'import os, sys; os.rename(*sys.argv[1:])'"
            for (script, added, moved) in [
                ("git mv d z && git status --porcelain | grep -c ^R", [], ["z/b", "z/e/c"]),
                ("\(rename) d z; \(rename) z/e y; echo more > y/m", ["y/m"], ["z/b", "y/c"]),
                ("\(rename) d/e d/f; \(rename) d e", [], ["e/b", "e/f/c"]),
                ("\(rename) .git/refs refs; mkdir .git/refs", ["refs/heads/worktree"], []),
            ] as [(String, [String], [String])] {
                let ended = try drydock(
                    [
                        "run", "--repo", source.directory, "--report", directory + "/report",
                        "--patch", directory + "/patch", "--", "sh", "-ec", script,
                    ], in: directory)
                #expect(ended.status == 0, "\(script): \(ended)")
                let changes = try #require(try report(directory + "/report").changes, "\(ended)")
                #expect(changes.added == added, "\(script): \(changes)")
                #expect(Set(changes.renamed.map(\.to)) == Set(moved), "\(script): \(changes)")
                #expect(changes.deleted.isEmpty && changes.modified.isEmpty, "\(changes)")
                let clone = GitCommandLine(directory: directory + "/clone")
                try source.run(["clone", "-q", ".", clone.directory])
                try clone.run(["apply", "--index", directory + "/patch"])
                try clone.run(["commit", "-q", "-m", "taken"])
                #expect(
                    try clone.text(["rev-parse", "HEAD^{tree}"])
                        == report(directory + "/report").tree)
                try FileManager.default.removeItem(atPath: clone.directory)
            }
            // The same by the front, from the cache; where it is kept, tools copy.
            let front = try drydock(
                ["run", "--repo", source.directory, "--", "sh", "-ec", "\(rename) d z; cat z/b"],
                in: directory)
            #expect(front.output == "1\n", "\(front)")
            let kept = try drydock(
                [
                    "run", "--repo", source.directory, "--keep", "--", "sh", "-c",
                    "\(rename) d z 2>&1 | grep -o cross-device; mv d z; cat z/b",
                ], in: directory)
            #expect(kept.output == "cross-device\n1\n", "\(kept)")
        }
    }

    /// What a workload leaves behind on the host's side: everything is seen, nothing is run.
    @Test("Hostile worktrees hide nothing and run nothing")
    func hostile() throws {
        try withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            try source.commit([
                "a": "one\n", "d/b": "two\n", "d/c": "three\n", "hidden": "1\n", "f": "f\n",
            ])
            let trap = directory + "/ran"
            let attacks: [(name: String, script: String, changed: [String], special: [String])] = [
                (
                    "configuration",
                    """
                    git config core.fsmonitor 'touch \(trap)'; git config core.hooksPath /work/hooks
                    git config filter.x.clean 'touch \(trap); cat'; git config filter.x.smudge 'touch \(trap); cat'
                    git config diff.external 'touch \(trap)'; git config diff.x.textconv 'touch \(trap); cat'
                    git config core.sshCommand 'touch \(trap)'; git config core.pager 'touch \(trap)'
                    mkdir -p hooks .git/hooks; printf '#!/bin/sh\\ntouch \(trap)\\n' | tee hooks/pre-commit hooks/post-index-change > .git/hooks/pre-commit
                    chmod +x hooks/* .git/hooks/*; echo '* filter=x diff=x' > .gitattributes; echo 2 > a
                    """, [".gitattributes", "a", "hooks/post-index-change", "hooks/pre-commit"], []
                ),
                (
                    "hidden by flags",
                    """
                    git update-index --skip-worktree hidden; git update-index --assume-unchanged a
                    echo secret > .git/info/exclude; git config core.excludesFile /work/.git/info/exclude
                    echo 2 > hidden; echo 2 > a; echo s > secret
                    """, ["a", "hidden", "secret"], []
                ),
                (
                    "git directory is a link",
                    "rm -rf .git; ln -s \(source.directory)/.git .git; echo 2 > a", ["a"], []
                ),
                (
                    "git directory is a file",
                    "rm -rf .git; echo 'gitdir: \(source.directory)/.git' > .git; echo 2 > a",
                    ["a"],
                    []
                ),
                (
                    "symbolic parent", "rm -r d; ln -s /etc d; echo 2 > a",
                    ["a", "d", "d/b", "d/c"], []
                ),
                (
                    "link out of the tree",
                    "ln -s ../../../../../../etc/shadow l; rm a; ln -s \(source.directory)/.git/config a",
                    ["a", "l"], []
                ),
                (
                    "special files",
                    "mkfifo pipe; rm f; mkfifo f; mknod null c 1 3 2>/dev/null || true; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'",
                    ["f"], ["f", "pipe", "sock"]
                ),
                (
                    "nested repositories and look-alikes",
                    "git init -q n; echo x > n/x; mkdir .GIT 'git~1'; echo y > .GIT/config; echo z > 'git~1/config'; printf '[submodule \"x\"]\\n\\tpath = n\\n\\turl = --upload-pack=touch\\n' > .gitmodules",
                    [".gitmodules", "n/x"], [".GIT", "git~1", "n/.git"]
                ),
                (
                    "a workload that forges overlay attributes",
                    "python3 -c 'import os; [os.setxattr(\"d\", n, v) for n, v in ((\"user.overlay.opaque\", b\"y\"), (\"user.x\", b\"1\"))]' 2>/dev/null; echo 2 > d/b",
                    ["d/b"], []
                ),
            ]
            for attack in attacks {
                let patch = directory + "/patch"
                let ended = try drydock(
                    [
                        "run", "--repo", source.directory, "--report", directory + "/report",
                        "--patch", patch, "--", "sh", "-c", attack.script,
                    ], in: directory)
                #expect(ended.status == 0, "\(attack.name): \(ended)")
                let changes = try #require(try report(directory + "/report").changes)
                let all =
                    changes.added + changes.modified + changes.deleted
                    + changes.renamed.map(\.to)
                #expect(Set(all) == Set(attack.changed), "\(attack.name): \(changes)")
                #expect(changes.special == attack.special, "\(attack.name): \(changes)")

                // A plain git takes the patch, looks at it and commits it, and nothing runs.
                let clone = GitCommandLine(directory: directory + "/clone")
                try source.run(["clone", "-q", ".", clone.directory])
                if try Data(contentsOf: URL(filePath: patch)).count > 0 {
                    try clone.run(["apply", "--index", patch])
                }
                for repository in [clone, source] {
                    try repository.run(["status"])
                    try repository.run(["diff", "HEAD"])
                }
                try clone.run(["commit", "-q", "--allow-empty", "-m", "taken"])
                #expect(
                    try clone.text(["rev-parse", "HEAD^{tree}"])
                        == report(directory + "/report").tree, "\(attack.name)")
                try source.run(["fsck", "--strict"])
                #expect(!FileManager.default.fileExists(atPath: trap), "\(attack.name)")
                try FileManager.default.removeItem(atPath: clone.directory)
            }
        }
    }

    /// SIGKILL for the whole of `drydock run`, wherever it is: checking out, running, keeping.
    @Test("Killed at any moment, a run leaves the repository whole")
    func killed() throws {
        try withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            for round in 0..<10 {
                try source.commit(
                    Dictionary(
                        uniqueKeysWithValues: (0..<50).map {
                            ("d\($0 % 5)/f\($0)", "\(round) \($0)")
                        }))
                let process = Process()
                process.executableURL = URL(filePath: Self.built + "/drydock")
                process.arguments = [
                    "run", "--repo", source.directory, "--keep", "--", "sh", "-c",
                    "rm -r d1; echo x > new; sleep 0.1",
                ]
                process.environment = [
                    "PATH": "/usr/bin:/bin", "HOME": directory,
                    "XDG_STATE_HOME": directory + "/state",
                ]
                let running = try Drydock.Running(process)
                usleep(UInt32(15_000 * (round + 1) + Int.random(in: 0..<15_000)))
                running.send(SIGKILL)
                _ = running.wait()
                try source.run(["fsck", "--strict", "--full"])
                #expect(try source.text(["status", "--porcelain"]).isEmpty)
            }
            let collected = try drydock(["gc"], in: directory)
            #expect(collected.status == 0, "\(collected)")
            // What was kept whole can be gone on with; what was not is not there.
            for line in try drydock(["runs", "list"], in: directory).output.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                guard words.count > 2, words[2] == "session" else { continue }
                let shown = try drydock(["runs", "show", words[1]], in: directory)
                #expect(shown.status == 0, "\(shown)")
            }
            let after = try drydock(
                ["run", "--repo", source.directory, "--", "cat", "d1/f1"], in: directory)
            #expect(after.output == "9 1", "\(after)")
        }
    }

    /// A cache on an overlay of an overlay, as in a container in a container: the kernel stacks no
    /// third one on it.
    @Test(
        "Where no overlay can be had, a permitted copy serves, and the report says so",
        .enabled(if: geteuid() == 0, "needs root to mount"))
    func copy() throws {
        try withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            try source.commit(["a": "one\n", "d/b": "two\n", ".gitignore": "*.log\n"])
            let profile = directory + "/profile.yaml"
            try
                "version: 1\nname: copying\ndescription: Copies.\nextends: build\nmay_degrade: [worktree]\n"
                .write(toFile: profile, atomically: true, encoding: .utf8)
            let stage = [
                "/usr/bin/unshare", "-m", "/bin/sh", "-ec",
                """
                mkdir -p /var/cache/drydock; cd '\(directory)'; mkdir one two
                mount -t tmpfs none one; mkdir one/l one/u one/w one/m
                mount -t overlay none -o lowerdir=one/l,upperdir=one/u,workdir=one/w one/m
                mount -t tmpfs none two; mkdir two/u two/w two/m
                mount -t overlay none -o lowerdir=one/m,upperdir=two/u,workdir=two/w two/m
                chmod 700 two/m; mount --bind two/m /var/cache/drydock
                exec "$@"
                """, "sh",
            ]
            func run(_ options: [String], _ script: String) throws -> Drydock.Ended {
                try? FileManager.default.removeItem(atPath: directory + "/one")
                try? FileManager.default.removeItem(atPath: directory + "/two")
                return try drydock(
                    [
                        "run", "--repo", source.directory, "--report", directory + "/report",
                        "--patch", directory + "/patch",
                    ] + options + ["--", "sh", "-c", script], in: directory, before: stage)
            }
            let refused = try run([], "true")
            #expect(refused.status == 125, "\(refused)")
            #expect(refused.errors.contains("may_degrade: [worktree]"), "\(refused)")

            let copied = try run(
                ["--profile", profile],
                "cat a; git status --porcelain; git log --format=%s | wc -l; echo more >> a; rm -r d; echo n > n; echo l > x.log; stat -c %u a | grep -qx $(id -u) && echo mine"
            )
            #expect(copied.output == "one\n1\nmine\n", "\(copied)")
            let told = try report(directory + "/report")
            #expect(
                told.isolation.degraded.contains { $0.hasPrefix("worktree: a copy") }, "\(told)")
            #expect(told.changes?.modified == ["a"] && told.changes?.added == ["n"])
            #expect(told.changes?.deleted == ["d/b"] && told.changes?.ignored == ["x.log"])
            try source.run(["apply", "--check", directory + "/patch"])
            let kept = try run(["--profile", profile, "--keep"], "true")
            #expect(kept.status == 125 && kept.errors.contains("need an overlay"), "\(kept)")
        }
    }
}
