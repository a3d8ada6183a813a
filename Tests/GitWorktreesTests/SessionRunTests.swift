import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing

/// Runs that have a temporary upper layer, kept in a session when they have ended.
@Suite("Sessions of runs")
struct SessionRunTests {
    private struct Stage {
        let fixture: ChangeFixture
        let store: SessionStore
        let directory: String

        var state: SessionState {
            SessionState(
                base: fixture.base.description, repository: fixture.fixture.path,
                kind: .userOverlay)
        }

        /// Runs a command over the layers and returns what it wrote, as a source to keep.
        func run(over layers: [String], _ command: [String]) throws -> DirectorySource {
            let name = "run-\(UUID().uuidString)"
            let overlay = try fixture.overlay(.user, name: name, over: layers)
            try overlay.run(command)
            return .path("\(directory)/\(name)/upper")
        }

        func shell(over layers: [String] = [], _ script: String) throws -> DirectorySource {
            try run(over: layers, ["sh", "-ec", script])
        }

        func show(_ session: String, _ script: String) throws -> String {
            let hold = try store.hold(session, over: fixture.lowers)
            let overlay = try fixture.overlay(
                .user, name: "show-\(UUID().uuidString)", over: hold.lowers)
            return try overlay.shell(script)
        }

        func changes(_ session: String) throws -> ChangeSet {
            try fixture.repository.handle.changeSet(
                layers: store.changedLayers(of: session), kind: .userOverlay, base: fixture.base)
        }
    }

    private static let files = [
        "a/f": "one\n", "a/x/f": "deep\n", "b/y/k": "k\n", "f": "root\n", "h.log": "log\n",
        ".gitignore": "*.log\n", "n/f": "x\n",
    ]

    private func withStage(_ body: (Stage) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let fixture = try ChangeFixture(in: directory, files: Self.files)
            let store = try SessionStore(root: "\(directory)/state")
            try body(Stage(fixture: fixture, store: store, directory: directory))
        }
    }

    @Test("What a run left is there for the next one, deletions and all")
    func goesOn() throws {
        try withStage { stage in
            let session = try stage.store.create(
                stage.state, from: stage.shell("rm a/f; rm -r b; mkdir b; echo n > b/new"),
                over: stage.fixture.lowers)
            do {
                let hold = try stage.store.hold(session, over: stage.fixture.lowers)
                try stage.store.keep(
                    stage.shell(over: hold.lowers, "echo more >> b/new; rm -r a; echo i > i.log"),
                    in: hold, over: stage.fixture.lowers)
            }
            #expect(
                try stage.show(session, "cat b/new i.log; ls")
                    == "n\nmore\ni\nb\nf\nh.log\ni.log\nn\n")
            let lists = try stage.changes(session).lists
            #expect(lists.added == ["b/new"] && lists.ignored == ["i.log"])
            #expect(lists.deleted == ["a/f", "a/x/f", "b/y/k"])
        }
    }

    @Test("A session is one run's at a time, and free again when that is gone")
    func held() throws {
        try withStage { stage in
            let session = try stage.store.create(
                stage.state, from: stage.shell("echo 1 > f"), over: stage.fixture.lowers)
            do {
                let hold = try stage.store.hold(session, over: stage.fixture.lowers)
                #expect(stage.store.holder(of: session) == getpid())
                let error = #expect(throws: GitError.self) {
                    _ = try stage.store.hold(session, over: stage.fixture.lowers)
                }
                #expect(error?.code == .refused)
                #expect(error?.remedy.contains("runs stop") == true)
                _ = consume hold
            }
            #expect(stage.store.holder(of: session) == nil)
            _ = try stage.store.hold(session, over: stage.fixture.lowers)
        }
    }

    @Test("A run that is just ending does not refuse the next one")
    func heldForAMoment() throws {
        try withStage { stage in
            let session = try stage.store.create(
                stage.state, from: stage.shell("echo 1 > f"), over: stage.fixture.lowers)
            let (held, released) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let store = stage.store
            Thread.detachNewThread {
                let hold = try? store.hold(session)
                held.signal()
                usleep(200_000)
                _ = consume hold
                released.signal()
            }
            held.wait()
            #expect(store.holder(of: session) == getpid())
            let hold = try store.hold(session)
            _ = consume hold
            released.wait()
        }
    }

    @Test("Nothing that a workload planted becomes part of a layer")
    func hostile() throws {
        try withStage { stage in
            let script = """
                rm f; mkfifo f; mknod dev c 1 3; cp /bin/true setuid; chmod 6755 setuid
                echo 1 > one; ln one two; ln -s /etc/shadow link; truncate -s 300G sparse
                python3 -c "import os; os.setxattr('one', 'user.note', b'x')"
                """
            let session = try stage.store.create(
                stage.state, from: stage.shell(script), over: stage.fixture.lowers)
            let upper = stage.store.upper(of: session)
            let shown = try GitCommand(directory: upper).run([
                "sh", "-ec",
                """
                stat -c '%n %a %h %F' one two setuid link sparse
                du -k sparse | cut -f1; getfattr -d one 2>/dev/null || true
                python3 -c "import os; print(os.listxattr('one'))"
                """,
            ])
            #expect(
                String(decoding: shown, as: UTF8.self) == """
                    one 644 2 regular file
                    two 644 2 regular file
                    setuid 755 1 regular file
                    link 777 1 symbolic link
                    sparse 644 1 regular file
                    0
                    []

                    """)
            // The FIFO lay over a file: what was deleted so must not come back.
            #expect(
                try stage.show(session, "ls") == "a\nb\nh.log\nlink\nn\none\nsetuid\nsparse\ntwo\n")
        }
    }

    /// overlayfs lists whiteouts of a directory that only one layer has.
    @Test("What was deleted is not listed, whether layers are merged or not")
    func ghosts() throws {
        try withStage { stage in
            let lowers = stage.fixture.lowers
            let session = try stage.store.create(
                stage.state,
                from: stage.shell(
                    "mkdir new; touch new/f new/g; mkfifo new/pipe a/pipe; rm -r a/x; mkdir a/x; mkfifo a/x/p"
                ), over: lowers)
            #expect(try stage.show(session, "ls new a a/x") == "a:\nf\nx\n\na/x:\n\nnew:\nf\ng\n")
            for round in 0..<18 {
                let hold = try stage.store.hold(session, over: lowers)
                let script = round == 1 ? "rm new/f a/f" : "echo \(round) > f"
                try stage.store.keep(
                    stage.shell(over: hold.lowers, script), in: hold, over: lowers)
            }
            #expect(try stage.store.state(of: session).layers.count < 16)
            let listed = "ls new a a/x; rm -r new a; ls"
            #expect(
                try stage.show(session, listed)
                    == "a:\nx\n\na/x:\n\nnew:\ng\nb\nf\nh.log\nn\n")
        }
    }

    @Test("When the disk is full, the session is as it was before the run")
    func diskFull() throws {
        try withStage { stage in
            let small = "\(stage.directory)/small"
            try FileManager.default.createDirectory(
                atPath: small, withIntermediateDirectories: false)
            let git = GitCommand(directory: stage.directory)
            try git.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "drydock-test", small])
            defer { _ = try? git.run(["umount", small]) }
            let store = try SessionStore(root: small)
            let session = try store.create(
                stage.state, from: stage.shell("echo 1 > f"), over: stage.fixture.lowers)
            let big = try stage.shell("echo 2 > f; head -c 4000000 /dev/urandom > big")
            do {
                let hold = try store.hold(session)
                let error = #expect(throws: GitError.self) {
                    try store.keep(big, in: hold, over: stage.fixture.lowers)
                }
                #expect(error?.code == .diskFull)
                let other = #expect(throws: GitError.self) {
                    _ = try store.create(stage.state, from: big, over: stage.fixture.lowers)
                }
                #expect(other?.code == .diskFull)
            }
            #expect(try store.sessions() == [session])
            let hold = try store.hold(session)
            let content = try String(contentsOfFile: hold.lowers[0] + "/f", encoding: .utf8)
            #expect(content == "1\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: small + "/making").isEmpty)
        }
    }

    @Test("Sessions that nobody used for long go; those in use and the others stay")
    func expiry() throws {
        try withStage { stage in
            let (old, held, new) = try (
                stage.store.create(
                    stage.state, from: stage.shell("echo 1 > f"), over: stage.fixture.lowers),
                stage.store.create(
                    stage.state, from: stage.shell("echo 2 > f"), over: stage.fixture.lowers),
                stage.store.create(
                    stage.state, from: stage.shell("echo 3 > f"), over: stage.fixture.lowers)
            )
            let hold = try stage.store.hold(held, over: stage.fixture.lowers)
            for session in [old, held] {
                let root = "\(stage.directory)/state/sessions/\(session)"
                try GitCommand(directory: root).run(
                    ["touch", "-d", "@1000000000", "upper", "state", "."])
            }
            let result = try stage.store.collect(unusedSince: 1_100_000_000)
            #expect(result.expired == [old] && Set(result.kept) == [held, new])
            #expect(try Set(stage.store.sessions()) == [held, new])
            _ = consume hold
        }
    }

    @Test("Twenty runs one after the other, merged in between, end as they do in a plain copy")
    func randomRuns() throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/random_operations.py").path
        for seed in RandomSeeds.range(few: 2, many: 60) {
            try withStage { stage in
                // Layers keep no FIFOs, and overlayfs parts the names of a lower file.
                func command(_ round: Int) -> [String] {
                    [
                        "sh", "-ec",
                        """
                        python3 '\(script)' \(seed * 100 + round) 12 copy
                        find . -name .git -prune -o -type p -exec rm -f {} +
                        find . -name .git -prune -o -type f -links +1 \
                            -exec cp -p {} /tmp/copy-$$ \\; -exec rm -f {} \\; -exec mv /tmp/copy-$$ {} \\;
                        """,
                    ]
                }
                let rounds = 0..<20
                let session = try stage.store.create(
                    stage.state, from: stage.run(over: [], command(rounds.lowerBound)),
                    over: stage.fixture.lowers)
                for round in rounds.dropFirst() {
                    let hold = try stage.store.hold(session, over: stage.fixture.lowers)
                    #expect(hold.lowers.count <= 17)
                    try stage.store.keep(
                        stage.run(over: hold.lowers, command(round)), in: hold,
                        over: stage.fixture.lowers)
                }
                let all = rounds.map { command($0)[2] }.joined(separator: "\n")
                let oracle = try stage.fixture.oracle(["sh", "-ec", all])
                let tree = try stage.changes(session).tree.description
                #expect(tree == oracle, "seed \(seed)")
                if tree != oracle {
                    Issue.record(
                        "\(try stage.fixture.difference("git diff --raw --no-abbrev \(oracle) \(tree)"))"
                    )
                }
            }
        }
    }
}
