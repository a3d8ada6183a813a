import Foundation
import GitWorktrees
import WorktreeLookup

/// A repository, its checkout in a cache, and overlays and plain copies of it to change.
struct ChangeFixture {
    let fixture: FixtureRepository
    let repository: RepositoryBox
    let directory: String
    let lowers: [String]
    let base: ObjectID

    init(in directory: String, files: [String: String]) throws {
        let fixture = try FixtureRepository(in: directory)
        try fixture.commit(files)
        try self.init(of: fixture, in: directory)
    }

    init(of fixture: FixtureRepository, in directory: String) throws {
        // git reads a file again, with the attributes of that moment, when it is as young as the
        // index (racy-git in its technical documentation): an unchanged file must be old.
        try fixture.git.run([
            "sh", "-c", "find . -path ./.git -prune -o -exec touch -h -d '1 hour ago' {} +",
        ])
        self.fixture = fixture
        self.directory = directory
        let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
        let handle = try RepositoryHandle(at: fixture.path, quarantine: "\(directory)/quarantine")
        let checkout = try cache.checkout(revision: "HEAD", of: handle)
        lowers = checkout.cached.lowers
        base = try handle.tree(named: "HEAD")
        repository = RepositoryBox(handle)
    }

    enum Kind: String, CaseIterable {
        case trusted = "redirect_dir=on,metacopy=off"
        case user = "userxattr"

        var layerKind: LayerKind { self == .trusted ? .trustedOverlay : .userOverlay }
    }

    func overlay(_ kind: Kind, name: String = "run", over layers: [String] = []) throws
        -> OverlayMount
    {
        var overlay = try OverlayMount(
            lowers: layers + lowers, upperIn: "\(directory)/\(name)",
            mountPoint: "\(directory)/mount")
        overlay.options = kind.rawValue
        return overlay
    }

    func changes(_ overlay: OverlayMount, _ kind: Kind) throws -> ChangeSet {
        try repository.handle.changeSet(
            layers: [.path(overlay.upper?.upper ?? "")], kind: kind.layerKind, base: base)
    }

    /// The tree that git makes of a plain copy after the same command.
    func oracle(_ command: [String]) throws -> String {
        // The copy's inodes are new: `git status` lets its index know them first.
        let script = """
            set -e
            cp -a '\(fixture.path)' '\(directory)/plain'
            cd '\(directory)/plain'
            git status --porcelain >/dev/null
            "$@" >/dev/null
            git add --all 2>/dev/null
            git write-tree
            cp -a .git/objects/. '\(fixture.path)/.git/objects/'
            cd / && rm -rf '\(directory)/plain'
            """
        let output = try GitCommand(directory: directory).run(["sh", "-c", script, "sh"] + command)
        return String(decoding: output.dropLast(), as: UTF8.self)
    }

    /// Runs git where the objects of both sides can be read.
    func difference(_ command: String) throws -> String {
        let output = try fixture.git.run(
            ["sh", "-c", command],
            environment: ["GIT_ALTERNATE_OBJECT_DIRECTORIES": "\(directory)/quarantine"])
        return String(decoding: output, as: UTF8.self)
    }

    /// Applies the patch with git to the base and returns the tree.
    func treeAfterApplying(_ patch: [UInt8]) throws -> String {
        let script = """
            set -e
            git read-tree \(base)
            if [ -s /dev/stdin ]; then git apply --cached --whitespace=nowarn; fi
            git write-tree
            """
        let output = try fixture.git.run(
            ["sh", "-c", script], input: Data(patch),
            environment: ["GIT_INDEX_FILE": "\(directory)/index-for-apply"])
        return String(decoding: output.dropLast(), as: UTF8.self)
    }
}

/// A handle that a copyable fixture can hold.
final class RepositoryBox {
    let handle: RepositoryHandle
    init(_ handle: consuming RepositoryHandle) { self.handle = handle }
}
