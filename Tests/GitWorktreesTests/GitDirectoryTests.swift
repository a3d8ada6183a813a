import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing
import WorktreeLookup

@Suite("git inside a worktree")
struct GitDirectoryTests {
    /// The overlay with the borrowed objects where the inside expects them.
    private func inside(
        _ directory: String, _ lowers: [String], _ layer: GitDirectoryLayer, _ script: String
    ) throws -> String {
        let overlay = try OverlayMount(
            lowers: [layer.lower] + lowers, upperIn: "\(directory)/run",
            mountPoint: "\(directory)/mount")
        let binds = layer.binds.map { bind in
            "mkdir -p \(bind.target); mount --bind -o ro \(bind.source) \(bind.target)\n"
        }.joined()
        return try overlay.shell("mount -t tmpfs none /run\n" + binds + script)
    }

    @Test("Status is clean, history and blame are there, a commit works and stays inside")
    func works() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a": "1\n", "dir/b": "2\n"], message: "first")
            let commit = try fixture.commit(["a": "3\n"], message: "second")
            try fixture.commit(["later": "l\n"], message: "after")
            try fixture.git("config", "remote.origin.url", "https://user:secret@example.org/x")
            try fixture.write(".git/hooks/pre-commit", "#!/bin/sh\ntouch /tmp/never\n")
            let before = try fixture.git("for-each-ref")
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            let handle = try RepositoryHandle(at: fixture.path)
            let checkout = try cache.checkout(revision: commit, of: handle)
            let id = try handle.commit(named: commit)
            let layer = try cache.gitDirectory(commit: id, of: handle)
            let again = try cache.gitDirectory(commit: id, of: handle)
            #expect(layer == again)
            let found = CachedTreeLookup.find(
                repository: fixture.path, revision: commit, in: cache.layout)?.gitDirectory
            #expect(found == layer)
            let output = try inside(
                directory, checkout.cached.lowers, layer,
                """
                git status --porcelain; git log --format=%s; git blame -s a | wc -l
                git for-each-ref --format='%(refname)'; git remote; ls .git/hooks 2>/dev/null || true
                echo 4 > a; git diff --stat | tail -1; git add a; git commit -qm inside
                git log --format=%s | head -1; git fsck --no-dangling 2>&1; grep -r secret .git || true
                """)
            let lines = output.split(separator: "\n").map(String.init)
            #expect(
                lines == [
                    "second", "first", "1", "refs/heads/worktree",
                    " 1 file changed, 1 insertion(+), 1 deletion(-)", "inside",
                ], "\(output)")
            #expect(try fixture.git("for-each-ref") == before)
            let writer = try RepositoryHandle(at: fixture.path, quarantine: "\(directory)/q")
            let changes = try writer.changeSet(
                layers: [.path("\(directory)/run/upper")], kind: .trustedOverlay,
                base: handle.tree(named: commit))
            #expect(changes.lists.modified == ["a"] && changes.lists.added.isEmpty)
        }
    }

    @Test("Whatever the inside makes of .git, the host reads the change set and runs nothing")
    func hostile() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            let trap = "\(directory)/ran"
            try fixture.commit(["a": "1\n"])
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            let handle = try RepositoryHandle(at: fixture.path, quarantine: "\(directory)/q")
            let checkout = try cache.checkout(revision: "HEAD", of: handle)
            let layer = try cache.gitDirectory(commit: handle.commit(named: "HEAD"), of: handle)
            _ = try inside(
                directory, checkout.cached.lowers, layer,
                """
                git update-index --skip-worktree a; git config core.fsmonitor 'touch \(trap)'; git config filter.x.clean 'touch \(trap)'
                mkdir -p .git/hooks; printf '#!/bin/sh\\ntouch \(trap)\\n' > .git/hooks/pre-commit
                chmod +x .git/hooks/pre-commit
                rm -rf .git; ln -s \(fixture.path)/.git .git; echo 2 > a; echo '* filter=x' > .gitattributes
                """)
            let changes = try handle.changeSet(
                layers: [.path("\(directory)/run/upper")], kind: .trustedOverlay,
                base: handle.tree(named: "HEAD"))
            #expect(changes.lists.modified == ["a"])
            #expect(changes.lists.added == [".gitattributes"])
            try fixture.git("status")
            #expect(!FileManager.default.fileExists(atPath: trap))
        }
    }
}
