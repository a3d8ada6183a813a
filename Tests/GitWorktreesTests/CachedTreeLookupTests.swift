import Foundation
import GitWorktrees
import TestSupport
import Testing
import WorktreeLookup

@Suite("Finding a cached tree without libgit2")
struct CachedTreeLookupTests {
    @Test(
        "Every plain way to name a commit finds the tree that the tool checked out",
        arguments: ["HEAD", "main", "refs/heads/main", "v1", "light", "heads/main"], [false, true])
    func names(revision: String, packed: Bool) throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["dir/a": "1"])
            try fixture.git("tag", "light")
            try fixture.git("tag", "--annotate", "--message", "one", "v1")
            if packed { try fixture.git("pack-refs", "--all") }
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            func lookUp() -> String? {
                CachedTreeLookup.find(
                    repository: fixture.path + "/dir", revision: revision, in: cache.layout)?.tree
                    .tree
            }
            #expect(lookUp() == nil)
            let checkout = try cache.checkout(
                revision: revision, of: RepositoryHandle(at: fixture.path))
            #expect(lookUp() == checkout.cached.tree)
            let moved = try fixture.commit(["b": "2"])
            if ["HEAD", "main"].contains(revision) {
                #expect(lookUp() == nil, "the branch has moved to \(moved)")
            }
        }
    }

    @Test(
        "What needs more than files is left to the tool",
        arguments: ["WORKTREE", "HEAD~0", "main^{tree}", "", "../HEAD", ".hidden", "ma*n", "@"])
    func unusual(revision: String) throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a": "1"])
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            _ = try cache.checkout(revision: "HEAD", of: RepositoryHandle(at: fixture.path))
            let found = CachedTreeLookup.find(
                repository: fixture.path, revision: revision, in: cache.layout)?.tree.tree
            #expect(found == nil)
        }
    }

    @Test("Bare repositories and linked worktrees are found, each with its own HEAD")
    func shapes() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a": "1"])
            let linked = "\(directory)/linked"
            try fixture.git("worktree", "add", "--quiet", "-b", "side", linked)
            let side = GitCommand(directory: linked)
            try side("rm", "--quiet", "a")
            try side("commit", "--quiet", "--message", "empty")
            try fixture.git("clone", "--quiet", "--bare", ".", "\(directory)/bare")
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            for path in [fixture.path, linked, "\(directory)/bare"] {
                let repository = try RepositoryHandle(at: path)
                let tree = try cache.checkout(revision: "HEAD", of: repository).cached.tree
                let found = CachedTreeLookup.find(
                    repository: path, revision: "HEAD", in: cache.layout)?.tree.tree
                #expect(found == tree, "\(path)")
            }
        }
    }

    @Test("An object of another repository is not found in this one")
    func otherRepository() throws {
        try withTemporaryDirectory { directory in
            let first = try FixtureRepository(in: directory, name: "first")
            let second = try FixtureRepository(in: directory, name: "second")
            let commit = try first.commit(["a": "1"])
            try second.commit(["b": "1"])
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            _ = try cache.checkout(revision: commit, of: RepositoryHandle(at: first.path))
            let found = CachedTreeLookup.find(
                repository: second.path, revision: commit, in: cache.layout)?.tree.tree
            #expect(found == nil)
        }
    }
}
