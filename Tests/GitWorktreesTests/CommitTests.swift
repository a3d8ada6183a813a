import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing

@Suite("Commits and pushes")
struct CommitTests {
    private let ada = CommitIdentity(
        name: "Ada", email: "ada@example.org", timeSeconds: 1_700_000_000)

    private func proposal(
        _ handle: borrowing RepositoryHandle, _ content: String
    ) throws -> CommitProposal {
        let head = try handle.commit(named: "HEAD")
        let tree = try handle.writeTree(
            base: handle.tree(ofCommit: head),
            edits: [TreeEdit(path: "deep/er/fix", content: Array(content.utf8))])
        var proposal = CommitProposal(
            tree: tree, parents: [head], author: ada, committer: ada, message: "fix: it\n\nbody\n")
        proposal.trailers = [("Drydock-Run", "17")]
        return proposal
    }

    private func withHandle(
        _ body: (FixtureRepository, borrowing RepositoryHandle, String) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a": "1\n", "deep/b": "2\n"])
            let handle = try RepositoryHandle(at: fixture.path, quarantine: "\(directory)/q")
            try body(fixture, handle, directory)
        }
    }

    @Test("A tree of the quarantine becomes a commit that git finds sound")
    func commit() throws {
        try withHandle { fixture, handle, _ in
            let branch = try ProposalBranch("drydock/fix-1")
            let id = try handle.commit(proposal(handle, "x"), on: branch)
            try fixture.git("fsck", "--strict", "--full")
            #expect(try fixture.git("rev-parse", branch.name) == id.description)
            #expect(try fixture.git("show", "\(branch):deep/er/fix") == "x")
            #expect(
                try fixture.git("log", "-1", "--format=%an <%ae> %at%n%B", branch.name)
                    == "Ada <ada@example.org> 1700000000\nfix: it\n\nbody\n\nDrydock-Run: 17")
            #expect(try fixture.git("status", "--porcelain") == "")
            // Another proposal that does not build on it leaves the branch where it is.
            let other = try proposal(handle, "y")
            do {
                _ = try handle.commit(other, on: branch)
                Issue.record("the branch was moved")
            } catch let error as GitError {
                #expect(error.code == .refused)
            }
            #expect(try fixture.git("rev-parse", branch.name) == id.description)
        }
    }

    @Test("A signature becomes a header that git reads as one")
    func signature() throws {
        try withHandle { fixture, handle, _ in
            let armour = "-----BEGIN SSH SIGNATURE-----\nAAAA\nBBBB\n-----END SSH SIGNATURE-----\n"
            let id = try handle.commit(proposal(handle, "x"), on: ProposalBranch("drydock/s")) {
                _ in
                armour
            }
            let raw = try fixture.git("cat-file", "commit", id.description)
            #expect(raw.contains("gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n BBBB\n -----END"))
            #expect(try fixture.git("log", "-1", "--format=%s", id.description) == "fix: it")
            try fixture.git("fsck", "--strict")
        }
    }

    @Test(
        "No other branch can even be named",
        arguments: [
            "main", "drydock/", "drydock", "refs/heads/drydock/x", "drydock/a..b", "drydock/x.lock",
        ])
    func branches(name: String) {
        let error = #expect(throws: GitError.self) { try ProposalBranch(name) }
        #expect(error?.code == .refused)
    }

    @Test("Identities and trailers that would break out of their line are refused")
    func injection() throws {
        try withHandle { fixture, handle, _ in
            let branch = try ProposalBranch("drydock/x")
            var forged = try proposal(handle, "x")
            forged.author.name = "A <a@b> 0 +0000\nparent 1"
            #expect(throws: GitError.self) { try handle.commit(forged, on: branch) }
            var trailer = try proposal(handle, "x")
            trailer.trailers = [("Signed-off-by", "a\nReviewed-by: b")]
            #expect(throws: GitError.self) { try handle.commit(trailer, on: branch) }
        }
    }

    @Test("A push takes the branch to a bare repository, and never its default branch")
    func push() throws {
        try withHandle { fixture, handle, directory in
            let bare = "\(directory)/remote.git"
            try fixture.git("clone", "--quiet", "--bare", ".", bare)
            let remote = GitCommand(directory: bare)
            let branch = try ProposalBranch("drydock/fix")
            let id = try handle.commit(proposal(handle, "x"), on: branch)
            let scratch = "\(directory)/scratch"
            try handle.push(
                commit: id, branch: branch, to: .path("file://\(bare)"), scratch: scratch)
            #expect(try remote("rev-parse", branch.name) == id.description)
            try remote("fsck", "--strict")
            try remote("symbolic-ref", "HEAD", branch.reference)
            var refusals: [GitError] = []
            for (number, url) in ["file://\(bare)", "file://\(directory)/nowhere"].enumerated() {
                do {
                    try handle.push(
                        commit: id, branch: branch, to: .path(url), scratch: scratch + "\(number)")
                } catch let error as GitError { refusals.append(error) }
            }
            #expect(refusals.count == 2)
            #expect(refusals.first?.code == .refused)
            #expect(refusals.first?.reason.contains("default branch") == true)
        }
    }
}
