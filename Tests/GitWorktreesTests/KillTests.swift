import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing
import WorktreeLookup

/// SIGKILL at moments that nobody chose: the repository stays whole, and what was left is cleaned
/// up and made again.
@Suite("Killed at any moment", .serialized)
struct KillTests {
    /// Does everything that writes, over and over, until the process is killed.
    static func workUntilKilled(_ directory: String, afterMicroseconds delay: UInt32) throws {
        Thread.detachNewThread {
            usleep(delay)
            kill(getpid(), SIGKILL)
        }
        var round = 0
        while true {
            round += 1
            let handle = try RepositoryHandle(
                at: "\(directory)/repository", quarantine: "\(directory)/quarantine")
            let head = try handle.commit(named: "HEAD")
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            let edit = TreeEdit(path: "n/\(round)-\(delay)", content: Array("\(round)".utf8))
            let tree = try handle.writeTree(base: handle.tree(ofCommit: head), edits: [edit])
            let ada = CommitIdentity(name: "Ada", email: "a@b", timeSeconds: Int64(round))
            let proposal = CommitProposal(
                tree: tree, parents: [head], author: ada, committer: ada, message: "m")
            let branch = try ProposalBranch("drydock/b-\(delay)-\(round)")
            let commit = try handle.commit(proposal, on: branch)
            _ = try cache.checkout(revision: commit.description, of: handle)
            _ = try cache.gitDirectory(commit: commit, of: handle)
            let store = try SessionStore(root: "\(directory)/state")
            let session = try store.create(
                SessionState(
                    base: tree.description, repository: directory, kind: .trustedOverlay))
            try Data("x".utf8).write(to: URL(fileURLWithPath: store.upper(of: session) + "/f"))
            _ = try store.makeForks(of: session, count: 2)
            try keepRuns(round, directory, tree, store)
        }
    }

    /// Runs that are kept one after the other, until their layers are merged.
    private static func keepRuns(
        _ round: Int, _ directory: String, _ tree: ObjectID, _ store: SessionStore
    ) throws {
        let source = "\(directory)/left"
        try FileManager.default.createDirectory(
            atPath: source + "/d", withIntermediateDirectories: true)
        try Data("\(round)".utf8).write(to: URL(fileURLWithPath: source + "/d/f"))
        let state = SessionState(
            base: tree.description, repository: directory, kind: .userOverlay)
        let kept = try store.create(state, from: .path(source), over: [])
        for _ in 0..<(round % 3 == 0 ? 18 : 2) {
            let hold = try store.hold(kept, over: [])
            try store.keep(.path(source), in: hold, over: [])
        }
        _ = try store.collect(unusedSince: nil)
    }

    @Test("Nothing is torn", arguments: [3_000, 20_000, 45_000, 90_000, 160_000] as [UInt32])
    func killed(delay: UInt32) async throws {
        try await withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(
                Dictionary(uniqueKeysWithValues: (0..<400).map { ("d\($0 % 7)/f\($0)", "\($0)") }))
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [directory = directory as String, delay = delay as UInt32] in
                try KillTests.workUntilKilled(directory, afterMicroseconds: delay)
            }
            try fixture.git("fsck", "--strict", "--full")
            let handle = try RepositoryHandle(
                at: fixture.path, quarantine: "\(directory)/quarantine")
            let layout = CacheLayout(root: "\(directory)/cache")
            let cache = try TreeCache(layout: layout)
            let report = try CacheCollector(layout: layout)
                .collect(byteLimit: .max, verifiesAll: true)
            #expect(report.damaged.isEmpty, "an entry in place is whole, or it is not in place")
            #expect(try FileManager.default.contentsOfDirectory(atPath: layout.making).isEmpty)
            let checkout = try cache.checkout(revision: "HEAD", of: handle)
            #expect(checkout.cached.tree == (try handle.tree(named: "HEAD")).description)
            let store = try SessionStore(root: "\(directory)/state")
            for session in try store.sessions() {
                let hold = try store.hold(session)
                for layer in hold.lowers {
                    #expect(FileManager.default.fileExists(atPath: layer), "\(session)")
                }
            }
            _ = try store.collectGarbage()
        }
    }
}
