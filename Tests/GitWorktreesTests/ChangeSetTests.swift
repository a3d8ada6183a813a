import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing
import WorktreeLookup

@Suite("Change sets")
struct ChangeSetTests {
    private func changes(
        _ files: [String: String], _ kind: ChangeFixture.Kind = .trusted, _ script: String,
        _ check: (ChangeFixture, ChangeSet, String) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let fixture = try ChangeFixture(in: directory, files: files)
            let overlay = try fixture.overlay(kind)
            try overlay.shell(script)
            try check(fixture, fixture.changes(overlay, kind), directory)
        }
    }

    @Test("The lists name each change once, and a rewrite with equal content is none")
    func lists() throws {
        let long = (0..<50).map { "line \($0)\n" }.joined()
        try changes(
            ["same": "s\n", "edit": "1\n", "old/name": long, "gone": "g\n", "tool": "t\n"],
            .trusted,
            """
            cp same s && rm same && mv s same; touch same
            echo 2 > edit; rm gone; chmod 755 tool; mv old new; echo n > fresh
            """
        ) { fixture, changes, _ in
            var expected = ChangeLists()
            expected.added = ["fresh"]
            expected.modified = ["edit"]
            expected.deleted = ["gone"]
            expected.renamed = [.init(from: "old/name", to: "new/name")]
            expected.modeChanged = [.init(path: "tool", from: "100644", to: "100755")]
            #expect(changes.lists == expected)
        }
    }

    @Test(
        "A run that changes nothing leaves the base tree",
        arguments: ["true", "touch a; rm b; echo 2 > b"])
    func nothing(script: String) throws {
        try changes(["a": "1\n", "b": "2\n"], .trusted, script) { fixture, changes, _ in
            #expect(changes.isEmpty && changes.lists.isEmpty)
            let patch = try fixture.repository.handle.patch(from: changes.base, to: changes.tree)
            #expect(patch.isEmpty)
        }
    }

    @Test("A renamed directory costs no copy as root, and EXDEV is what rootless mounts give")
    func directoryRename() throws {
        for kind in ChangeFixture.Kind.allCases {
            let script = "python3 -c 'import os; os.rename(\"d\", \"e\")' 2>&1 || true"
            try withTemporaryDirectory { directory in
                let fixture = try ChangeFixture(in: directory, files: ["d/x/y": "1", "d/z": "2"])
                let overlay = try fixture.overlay(kind)
                let output = try overlay.shell(script)
                let changes = try fixture.changes(overlay, kind)
                if kind == .trusted {
                    #expect(output.isEmpty)
                    #expect(changes.lists.renamed.map(\.to) == ["e/x/y", "e/z"])
                } else {
                    #expect(output.contains("Invalid cross-device link") && changes.isEmpty)
                    // What mv(1) does then.
                    try overlay.shell("mv d e")
                    let moved = try fixture.changes(overlay, kind)
                    #expect(moved.lists.renamed.map(\.to) == ["e/x/y", "e/z"])
                }
            }
        }
    }

    /// A file that was laid over the tree, and the git directory: no change while they stay.
    @Test("A renamed directory takes along what lies between the change and the checkout")
    func renamedLayer() throws {
        try withTemporaryDirectory { directory in
            let fixture = try ChangeFixture(
                in: directory, files: ["d/x/y": "1\n", "d/z": "2\n", "k": "3\n"])
            let between = "\(directory)/between"
            try GitCommand(directory: directory).run([
                "sh", "-ec",
                """
                mkdir -p '\(between)/d/x' '\(between)/.git/refs/heads' '\(between)/o'
                echo laid > '\(between)/d/z'; echo new > '\(between)/d/x/n'; echo o > '\(between)/o/o'
                echo ref > '\(between)/.git/refs/heads/b'
                """,
            ])
            let overlay = try fixture.overlay(.trusted, over: [between])
            try overlay.shell(
                "python3 -c 'import os; os.rename(\"d\", \"e\"); os.rename(\"e/x\", \"e/w\");"
                    + " os.rename(\".git/refs\", \"r\")'; rm e/w/y")
            let changes = try fixture.repository.handle.changeSet(
                layers: [.path(overlay.upper?.upper ?? "")], beneath: [.path(between)],
                kind: .trustedOverlay, base: fixture.base)
            let files = try fixture.repository.handle.files(inTree: changes.tree)
            #expect(files.map(\.path) == ["e/w/n", "e/z", "k", "r/heads/b"])
            let laid = try fixture.fixture.git("hash-object", "\(between)/d/z")
            #expect(files.first { $0.path == "e/z" }?.blob == laid)
        }
    }

    @Test(
        "A redirect that overlayfs did not write is refused",
        arguments: ["/..", "../b", "a/b", "/a//b", "..", ""])
    func forgedRedirect(redirect: String) throws {
        try changes(["d/a": "1\n"], .trusted, "mkdir n") { fixture, _, directory in
            let upper = "\(directory)/run/upper"
            let forge =
                "import os; os.setxattr('\(upper)/n', 'trusted.overlay.redirect', b'\(redirect)')"
            try GitCommand(directory: "/").run(["python3", "-c", forge])
            let error = #expect(throws: GitError.self) {
                try fixture.repository.handle.changeSet(
                    layers: [.path(upper)], kind: .trustedOverlay, base: fixture.base)
            }
            #expect(error?.code == .refused)
        }
    }

    @Test("Special files, nested repositories and look-alikes of .git are named, not taken")
    func special() throws {
        try changes(
            ["a": "1\n", "sub/kept": "k\n"], .trusted,
            """
            mkfifo pipe; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'
            mknod zero c 1 5; mkdir -p sub/.git/hooks .GIT; echo evil > sub/.git/hooks/pre-commit
            echo x > .GIT/config; echo y > sub/visible; ln -s /etc/passwd link
            cp /bin/true setuid; chmod 4755 setuid; mkdir .git; echo ours > .git/config
            """
        ) { fixture, changes, _ in
            #expect(changes.lists.special == [".GIT", "pipe", "sock", "sub/.git", "zero"])
            #expect(changes.lists.added == ["link", "setuid", "sub/visible"])
            let files = try fixture.repository.handle.files(inTree: changes.tree)
            #expect(files.first { $0.path == "setuid" }?.mode == 0o100755)
            #expect(files.first { $0.path == "link" }?.mode == 0o120000)
        }
    }

    @Test("A file that becomes a link, and the other way round, is a patch that git takes")
    func typeChange() throws {
        try changes(
            ["a": "1\n", "b/c": "2\n", "d": "3\n", "f": "long enough to be found\n"], .trusted,
            "rm a d; ln -s b/c a; ln -s nowhere link; mkdir d; echo 4 > d/e; rm -r b; ln -s d b; mv f g; ln -s g f"
        ) { fixture, changes, _ in
            let patch = try fixture.repository.handle.patch(from: changes.base, to: changes.tree)
            #expect(try fixture.treeAfterApplying(patch) == changes.tree.description)
            #expect(changes.lists.modified.contains("a"))
        }
    }

    @Test("Ignored files are listed apart, unless they are tracked or asked for")
    func ignored() throws {
        try changes(
            [".gitignore": "*.log\nout/\n", "kept.log": "tracked\n"], .trusted,
            "echo 2 > kept.log; echo l > new.log; mkdir -p out/deep; echo o > out/deep/o; echo s > s"
        ) { fixture, changes, directory in
            #expect(changes.lists.ignored == ["new.log", "out/"])
            #expect(changes.lists.modified == ["kept.log"] && changes.lists.added == ["s"])
            let all = try fixture.repository.handle.changeSet(
                layers: [.path("\(directory)/run/upper")], kind: .trustedOverlay,
                base: fixture.base, includesIgnored: true)
            #expect(all.lists.added == ["new.log", "out/deep/o", "s"])
        }
    }

    @Test("Overlay attributes that a workload writes have no effect")
    func forgedAttributes() throws {
        try changes(
            ["d/a": "1\n", "e/b": "2\n"], .trusted,
            """
            touch d/new
            python3 - <<'END'
            import os
            os.setxattr("d", "user.overlay.opaque", b"y")
            os.setxattr("d", "user.overlay.redirect", b"/e")
            END
            """
        ) { fixture, changes, _ in
            #expect(changes.lists.added == ["d/new"] && changes.lists.deleted.isEmpty)
        }
    }

    @Test("Large, sparse and binary files come through whole; one over the limit is an error")
    func large() throws {
        try changes(
            ["a": "1\n"], .trusted,
            """
            truncate -s 20M sparse; printf 'end' >> sparse
            head -c 300000 /dev/zero | tr '\\0' '\\377' > binary; printf '\\0' >> binary
            """
        ) { fixture, changes, directory in
            let box = fixture.repository
            let patch = try box.handle.patch(from: changes.base, to: changes.tree)
            #expect(try fixture.treeAfterApplying(patch) == changes.tree.description)
            let error = #expect(throws: GitError.self) {
                try box.handle.changeSet(
                    layers: [.path("\(directory)/run/upper")], kind: .trustedOverlay,
                    base: fixture.base, fileByteLimit: 1 << 20)
            }
            #expect(error?.code == .tooLarge && error?.subject == "sparse")
        }
    }

    @Test("A copy made where no overlay can be had gives the same change set")
    func plainCopy() throws {
        try withTemporaryDirectory { directory in
            let fixture = try ChangeFixture(
                in: directory, files: ["a/b": "1\n", "c": "2\n", ".gitignore": "*.o\n"])
            let copy = "\(directory)/copy"
            let script =
                "cp -a '\(fixture.lowers[0])' '\(copy)' && cd '\(copy)' && rm c"
                + " && echo 3 > a/b && echo n > n && echo o > x.o"
            try GitCommand(directory: directory).run(["sh", "-ec", script])
            let changes = try fixture.repository.handle.changeSet(
                layers: [.path(copy)], kind: .plain, base: fixture.base)
            #expect(changes.lists.modified == ["a/b"] && changes.lists.deleted == ["c"])
            #expect(changes.lists.added == ["n"] && changes.lists.ignored == ["x.o"])
        }
    }

    @Test("A full disk is a clear error; the repository is sound, and it works when there is room")
    func diskFull() throws {
        try withTemporaryDirectory { directory in
            let fixture = try ChangeFixture(in: directory, files: ["a": "1\n"])
            let overlay = try fixture.overlay(.trusted)
            try overlay.shell("head -c 4000000 /dev/urandom > big")
            let small = "\(directory)/small"
            try FileManager.default.createDirectory(
                atPath: small, withIntermediateDirectories: false)
            let git = GitCommand(directory: directory)
            try git.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "drydock-test", small])
            defer { _ = try? git.run(["umount", small]) }
            let handle = try RepositoryHandle(at: fixture.fixture.path, quarantine: small + "/q")
            let error = #expect(throws: GitError.self) {
                try handle.changeSet(
                    layers: [.path(overlay.upper?.upper ?? "")], kind: .trustedOverlay,
                    base: fixture.base)
            }
            #expect(error?.code == .diskFull, "\(String(describing: error))")
            try fixture.fixture.git("fsck", "--strict")
            #expect(try fixture.changes(overlay, .trusted).lists.added == ["big"])
        }
    }
}
