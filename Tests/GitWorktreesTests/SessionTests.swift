import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing

@Suite("Sessions")
struct SessionTests {
    private struct Stage {
        let fixture: ChangeFixture
        let store: SessionStore
        let directory: String

        func run(_ session: String, _ script: String) throws -> String {
            var overlay = try OverlayMount(
                lowers: store.lowers(of: session) + fixture.lowers, upperIn: nil,
                mountPoint: "\(directory)/mount")
            overlay.upper = (store.upper(of: session), store.work(of: session))
            overlay.options = "redirect_dir=off,metacopy=off"
            return try overlay.shell(script)
        }

        func changes(_ session: String) throws -> ChangeSet {
            try fixture.repository.handle.changeSet(
                layers: store.changedLayers(of: session), kind: .trustedOverlay,
                base: fixture.base)
        }

        func create() throws -> String {
            try store.create(
                SessionState(
                    base: fixture.base.description, repository: fixture.fixture.path,
                    kind: .trustedOverlay))
        }
    }

    private func withStage(_ body: (Stage) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let files = [
                "a": "1\n", "d/x": "x\n", "d/y": "y\n", "e/z": "z\n", ".gitignore": "*.log\n",
            ]
            let fixture = try ChangeFixture(in: directory, files: files)
            let store = try SessionStore(root: "\(directory)/state")
            try body(Stage(fixture: fixture, store: store, directory: directory))
        }
    }

    @Test("Changes add up over runs and snapshots, deletions and ignored files included")
    func stacking() throws {
        try withStage { stage in
            let session = try stage.create()
            _ = try stage.run(session, "rm d/x; echo 2 > a; echo l > k.log; mkdir n; echo 1 > n/f")
            try stage.store.snapshot(session)
            _ = try stage.run(session, "rm -r d; mkdir d; echo new > d/w; rm .gitignore; rm n/f")
            try stage.store.snapshot(session)
            #expect(try stage.run(session, "echo 3 >> a; cat a; ls d") == "2\n3\nw\n")
            let lists = try stage.changes(session).lists
            #expect(lists.modified == ["a"] && lists.added == ["d/w", "k.log"])
            #expect(lists.deleted == [".gitignore", "d/x", "d/y"])
        }
    }

    @Test("Forks are independent of each other and of their origin")
    func forks() throws {
        try withStage { stage in
            let session = try stage.create()
            _ = try stage.run(session, "echo 2 > a")
            let forks = try stage.store.makeForks(of: session, count: 3)
            _ = try stage.run(forks[0], "echo first > a")
            _ = try stage.run(forks[1], "rm a")
            #expect(try stage.run(forks[2], "cat a") == "2\n")
            #expect(try stage.run(session, "cat a") == "2\n")
            #expect(try stage.changes(forks[1]).lists.deleted == ["a"])
            try stage.store.remove(session)
            #expect(try stage.run(forks[0], "cat a") == "first\n")
            #expect(Set(try stage.store.sessions()) == Set(forks))
        }
    }

    @Test("A roll back drops what came after the snapshot")
    func rollBack() throws {
        try withStage { stage in
            let session = try stage.create()
            _ = try stage.run(session, "echo 2 > a")
            let first = try stage.store.snapshot(session)
            _ = try stage.run(session, "echo 3 > a")
            try stage.store.snapshot(session)
            _ = try stage.run(session, "echo 4 > a")
            try stage.store.rollBack(session, to: first)
            #expect(try stage.run(session, "cat a") == "2\n")
            let error = #expect(throws: GitError.self) {
                try stage.store.rollBack(session, to: 7)
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("A snapshot that was cut off is finished before the next run")
    func interrupted() throws {
        try withStage { stage in
            let session = try stage.create()
            _ = try stage.run(session, "echo 2 > a")
            // The state is written, the layer not yet moved: as after SIGKILL in between.
            let path = "\(stage.directory)/state/sessions/\(session)/state"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let cut = text.replacingOccurrences(of: "layers \n", with: "layers cutoff\n")
            #expect(cut != text)
            try Data(cut.utf8).write(to: URL(fileURLWithPath: path))
            #expect(try stage.run(session, "cat a") == "2\n")
            #expect(try stage.changes(session).lists.modified == ["a"])
        }
    }

    @Test("Attributes that a workload planted do not survive into a layer; a redirect is refused")
    func sanitation() throws {
        try withStage { stage in
            let session = try stage.create()
            let plant = "import os; os.setxattr('d', 'user.overlay.opaque', b'y')"
            _ = try stage.run(session, "touch d/t; python3 -c \"\(plant)\"")
            try stage.store.snapshot(session)
            let layer = try stage.store.lowers(of: session)[0]
            let names = "import os; print(os.listxattr('\(layer)/d'))"
            let output = try GitCommand(directory: "/").run(["python3", "-c", names])
            #expect(!String(decoding: output, as: UTF8.self).contains("user.overlay"))
            let forge =
                "import os; os.setxattr('\(stage.store.upper(of: session))', "
                + "'trusted.overlay.redirect', b'/e')"
            try GitCommand(directory: "/").run(["python3", "-c", forge])
            try Data().write(to: URL(fileURLWithPath: stage.store.upper(of: session) + "/f"))
            let error = #expect(throws: GitError.self) { try stage.store.snapshot(session) }
            #expect(error?.code == .refused)
        }
    }

    @Test("Layers that no session needs are collected, those in use stay")
    func garbage() throws {
        try withStage { stage in
            let session = try stage.create()
            _ = try stage.run(session, "echo 2 > a")
            let fork = try stage.store.makeForks(of: session, count: 1)[0]
            try stage.store.remove(session)
            #expect(try stage.store.collectGarbage() == 0)
            #expect(try stage.run(fork, "cat a") == "2\n")
            try stage.store.remove(fork)
            #expect(try stage.store.collectGarbage() == 1)
        }
    }

    @Test("An unknown session is named", arguments: ["nope", "../../etc", ""])
    func unknown(id: String) throws {
        try withStage { stage in
            let error = #expect(throws: GitError.self) { try stage.store.state(of: id) }
            #expect(error?.code == .invalidArgument)
        }
    }
}
