import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing

@Suite("Opening repositories")
struct RepositoryOpeningTests {
    @Test("A path inside the repository, a bare clone and a linked worktree name the same commit")
    func shapes() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            let commit = try fixture.commit(["a/b.txt": "one\n"])
            try fixture.git("clone", "--quiet", "--bare", ".", "\(directory)/bare.git")
            try fixture.git(
                "worktree", "add", "--quiet", "-b", "side", "\(directory)/linked", "HEAD")
            for path in [fixture.path + "/a", "\(directory)/bare.git", "\(directory)/linked"] {
                let repository = try RepositoryHandle(at: path)
                let head = try repository.commit(named: "HEAD")
                #expect(head.description == commit, "\(path)")
            }
            let linked = try RepositoryHandle(at: "\(directory)/linked")
            #expect(linked.commonDirectory == fixture.path + "/.git")
            let bare = try RepositoryHandle(at: "\(directory)/bare.git")
            #expect(bare.workingDirectory == nil)
        }
    }

    @Test("Objects of alternates are read")
    func alternates() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a.txt": "one\n"])
            try fixture.git("clone", "--quiet", "--shared", ".", "\(directory)/borrower")
            let repository = try RepositoryHandle(at: "\(directory)/borrower")
            let tree = try repository.tree(named: "HEAD")
            let files = try repository.files(inTree: tree)
            #expect(files.map(\.path) == ["a.txt"])
        }
    }

    @Test("A shallow clone is read up to its boundary and says so beyond it")
    func shallow() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            let first = try fixture.commit(["a.txt": "1"])
            let second = try fixture.commit(["a.txt": "2"])
            let third = try fixture.commit(["a.txt": "3"])
            try fixture.git(
                "clone", "--quiet", "--depth", "2", "file://\(fixture.path)",
                "\(directory)/shallow")
            let repository = try RepositoryHandle(at: "\(directory)/shallow")
            let (old, new) = try (
                repository.commit(named: "HEAD~1"), repository.commit(named: "HEAD")
            )
            #expect([old.description, new.description] == [second, third])
            #expect(try repository.parents(ofCommit: old).isEmpty)
            #expect(try repository.commits(from: old, to: new) == [new])
            let beyond = try #require(ObjectID(first))
            let error = #expect(throws: GitError.self) {
                try repository.firstParentChain(from: beyond, to: new)
            }
            #expect(error?.remedy.contains("--unshallow") == true)
        }
    }

    @Test("An empty repository says that it has no commit")
    func unborn() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            let repository = try RepositoryHandle(at: fixture.path)
            let error = #expect(throws: GitError.self) { try repository.commit(named: "HEAD") }
            #expect(error?.code == .noCommitYet)
            #expect(error?.remedy.contains("WORKTREE") == true)
        }
    }

    @Test("A path without a repository says so", arguments: ["", "/missing"])
    func noRepository(suffix: String) throws {
        try withTemporaryDirectory { directory in
            let error = #expect(throws: GitError.self) {
                _ = try RepositoryHandle(at: directory + suffix)
            }
            #expect(error?.code == .notARepository)
            #expect(error?.description.contains(directory) == true)
        }
    }

    @Test(
        "Formats that libgit2 would misread are refused by name",
        arguments: [
            ("extensions.worktreeConfig", "true", "1", "per worktree"),
            ("extensions.worktreeConfig", "true", "0", "per worktree"),
            ("extensions.partialClone", "origin", "1", "partial clone"),
            ("remote.origin.promisor", "true", "0", "partial clone"),
        ])
    func unsupported(key: String, value: String, version: String, reason: String) throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.git("config", "core.repositoryFormatVersion", version)
            try fixture.git("config", key, value)
            let error = #expect(throws: GitError.self) {
                _ = try RepositoryHandle(at: fixture.path)
            }
            #expect(error?.code == .unsupportedRepository)
            #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
        }
    }

    @Test("A repository that names objects by SHA-256 is refused by name")
    func sha256() throws {
        try withTemporaryDirectory { directory in
            let git = GitCommand(directory: directory)
            try git("init", "--quiet", "--object-format=sha256", "new")
            let error = #expect(throws: GitError.self) {
                _ = try RepositoryHandle(at: "\(directory)/new")
            }
            #expect(error?.code == .unsupportedRepository)
            #expect(error?.reason.contains("SHA-256") == true, "\(String(describing: error))")
        }
    }

    @Test("A repository of another user is refused unless the operator names it")
    func foreignOwner() throws {
        try #require(geteuid() == 0, "needs root to give a directory away")
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a": "1"])
            #expect(chown(fixture.path + "/.git", 4242, 4242) == 0)
            let error = #expect(throws: GitError.self) {
                _ = try RepositoryHandle(at: fixture.path)
            }
            #expect(error?.code == .foreignOwner)
            #expect(error?.remedy.contains("safe.directory") == true)
            let trusted = try RepositoryHandle(at: fixture.path, trust: .namedByOperator)
            #expect(try trusted.files(inTree: trusted.tree(named: "HEAD")).count == 1)
        }
    }

    @Test("An unknown revision is named, with what to look at", arguments: ["nope", "HEAD~9", ""])
    func unknownRevision(revision: String) throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a": "1"])
            let repository = try RepositoryHandle(at: fixture.path)
            let error = #expect(throws: GitError.self) {
                try repository.commit(named: revision)
            }
            #expect(error?.code == .revisionNotFound)
            #expect(error?.subject == revision)
        }
    }
}
