import Foundation
import GitWorktrees
import TestSupport
import Testing

/// Random operations in a real overlay and in a plain copy: the change set must be the tree that
/// `git add --all` makes of the copy. `DRYDOCK_LONG=1` runs thousands; see `RandomSeeds`.
@Suite("Change sets against git, on random operations")
struct ChangeSetPropertyTests {
    private static let files = [
        "a/f": "one\ntwo\n", "a/g.txt": "text\n", "a/x/f": "deep\n", "a/x/h.log": "log\n",
        "b/f": "one\ntwo\n", "b/y/k": "k\n", "b/y/K": "K\n", "deep/er/g.txt": "g\n", "f": "root\n",
        "build/kept": "tracked although ignored\n", "g.txt": "dos\r\n", "h.log": "log\n",
        ".gitignore": "*.log\nbuild/\n", "b/.gitignore": "!h.log\n", "n/.gitattributes": "* text\n",
        "n/f": "x $Id$\n", "Größe/ü": "umlaut\n",
    ]

    @Test(arguments: ChangeFixture.Kind.allCases)
    func trees(kind: ChangeFixture.Kind) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/random_operations.py").path
        try withTemporaryDirectory { directory in
            let fixture = try ChangeFixture(in: directory, files: Self.files)
            for seed in RandomSeeds.range(few: 60, many: 2000) {
                let moves = kind == .trusted ? "rename" : "copy"
                let command = ["python3", script, "\(seed)", "\(seed % 30 + 1)", moves]
                let overlay = try fixture.overlay(kind)
                try overlay.run(command)
                let oracle = try fixture.oracle(command)
                let changes = try fixture.changes(overlay, kind)
                #expect(changes.tree.description == oracle, "DRYDOCK_SEED=\(seed) \(kind)")
                let patch = try fixture.repository.handle.patch(
                    from: fixture.base, to: changes.tree)
                let applied = try fixture.treeAfterApplying(patch)
                #expect(applied == oracle, "the patch, DRYDOCK_SEED=\(seed) \(kind)")
                guard changes.tree.description == oracle, applied == oracle else {
                    let both = "git diff --raw --no-abbrev \(oracle) \(changes.tree)"
                    Issue.record("\(try fixture.difference(both))")
                    return
                }
                try FileManager.default.removeItem(atPath: "\(directory)/run")
            }
        }
    }
}
