import Foundation
import GitWorktrees
import WorktreeLookup

/// What a worktree costs, against `git worktree add` and copies, in one run.
///
/// Needs root; mounts in a namespace of its own: run it by `Benchmarks/worktrees/run`.
/// Usage: `worktree-benchmark DIRECTORY FILES`.
@main
struct WorktreeBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let files = Int(arguments[2]) else {
            throw Command.Failure(text: "usage: worktree-benchmark DIRECTORY FILES")
        }
        let root = arguments[1]
        var measured = Measurements()
        measured.note("files", "\(files)")
        measured.note(
            "load",
            (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?
                .trimmingCharacters(in: .newlines) ?? "unknown")
        let repository = try SyntheticRepository(at: root + "/repository", files: files)
        let checkout = try checkouts(repository, root, &measured)
        try peers(repository, root, checkout, &measured)
        try worktrees(repository, root, checkout, &measured)
        try sessions(root, checkout, &measured)
        try SandboxCost.measure(checkout.lowers, &measured)
        print(measured.json)
    }

    /// - Returns: the layers of the newest commit.
    private static func checkouts(
        _ repository: SyntheticRepository, _ root: String, _ measured: inout Measurements
    ) throws -> (tree: ObjectID, lowers: [String]) {
        let handle = try RepositoryHandle(at: repository.path)
        var number = 0
        try measured.time("first checkout of a tree", rounds: 2) {
            number += 1
            let cache = try TreeCache(layout: CacheLayout(root: "\(root)/cache-\(number)"))
            _ = try cache.checkout(revision: "HEAD", of: handle)
        }
        let cache = try TreeCache(layout: CacheLayout(root: "\(root)/cache-1"))
        var round = 0
        try measured.time(
            "next commit, 10 files differ",
            before: {
                round += 1
                try repository.commitTenChanges(round)
            },
            {
                let handle = try RepositoryHandle(at: repository.path)
                let origin = try cache.checkout(revision: "HEAD", of: handle).origin
                guard origin != .written else { throw Command.Failure(text: "not a layer") }
            })
        try measured.time("cached tree found without libgit2", rounds: 200) {
            let found = CachedTreeLookup.find(
                repository: repository.path, revision: "HEAD", in: cache.layout)
            guard found != nil else { throw Command.Failure(text: "not found") }
        }
        let newest = try RepositoryHandle(at: repository.path)
        let layers = try cache.checkout(revision: "HEAD", of: newest).cached.lowers
        return (try newest.tree(named: "HEAD"), layers)
    }

    private static func peers(
        _ repository: SyntheticRepository, _ root: String,
        _ checkout: (tree: ObjectID, lowers: [String]), _ measured: inout Measurements
    ) throws {
        let peer = root + "/peer"
        let remove = { _ = try Command.run(["rm", "-rf", peer], in: root) }
        let add = ["git", "worktree", "add", "--quiet", "--detach", peer, "HEAD"]
        try measured.time("git worktree add", rounds: 2) {
            try Command.run(["rm", "-rf", peer], in: root)
            try Command.run(["git", "worktree", "prune"], in: repository.path)
            try Command.run(add, in: repository.path)
        }
        for name in ["d001/f00100", "d001/f00101", "d002/f00200", "d003/f00300", "d004/f00400"] {
            try Data("changed".utf8).write(to: URL(fileURLWithPath: "\(peer)/\(name)"))
        }
        try measured.time("git status and git diff, 5 files changed", rounds: 3) {
            try Command.run(["git", "status", "--porcelain"], in: peer)
            try Command.run(["git", "diff"], in: peer)
        }
        try measured.time("git worktree remove", rounds: 1) {
            try Command.run(["git", "worktree", "remove", "--force", peer], in: repository.path)
        }
        let bottom = checkout.lowers[checkout.lowers.count - 1]
        for (name, option) in [("cp -a", "-a"), ("cp -al", "-al")] {
            try measured.time(name, rounds: 1, before: remove) {
                try Command.run(["cp", option, bottom, peer], in: root)
            }
        }
        do {
            let probe = ["cp", "--reflink=always", "d000/f00000", root + "/probe"]
            try Command.run(probe, in: bottom)
            try measured.time("cp -a --reflink=always", rounds: 1, before: remove) {
                try Command.run(["cp", "-a", "--reflink=always", bottom, peer], in: root)
            }
        } catch {
            measured.note("cp -a --reflink=always", "not possible on this file system")
        }
        try remove()
    }

    private static func worktrees(
        _ repository: SyntheticRepository, _ root: String,
        _ checkout: (tree: ObjectID, lowers: [String]), _ measured: inout Measurements
    ) throws {
        let layers =
            "redirect_dir=on,metacopy=off,lowerdir=" + checkout.lowers.joined(separator: ":")
        let mountPoint = root + "/mount"
        mkdir(mountPoint, 0o755)
        try measured.time("overlay with a tmpfs upper: mount and unmount", rounds: 100) {
            try Overlay.mount(layers, scratch: root + "/scratch", at: mountPoint)
            try Overlay.unmount(scratch: root + "/scratch", at: mountPoint)
        }
        try Overlay.mount(layers, scratch: root + "/scratch", at: mountPoint)
        for name in ["d001/f00100", "d001/f00101", "d002/f00200", "d003/f00300", "d004/f00400"] {
            try Data("changed".utf8).write(to: URL(fileURLWithPath: "\(mountPoint)/\(name)"))
        }
        let handle = try RepositoryHandle(at: repository.path, quarantine: root + "/quarantine")
        try measured.time("change set and patch, 5 files changed", rounds: 50) {
            let changes = try handle.changeSet(
                layers: [.path(root + "/scratch/upper")], kind: .trustedOverlay,
                base: checkout.tree)
            let patch = try handle.patch(from: checkout.tree, to: changes.tree)
            guard !patch.isEmpty else { throw Command.Failure(text: "no patch") }
        }
        try measured.time("the same with opening the repository", rounds: 50) {
            let opened = try RepositoryHandle(at: repository.path, quarantine: root + "/quarantine")
            _ = try opened.changeSet(
                layers: [.path(root + "/scratch/upper")], kind: .trustedOverlay,
                base: checkout.tree)
        }
        try Overlay.unmount(scratch: root + "/scratch", at: mountPoint)
    }

    private static func sessions(
        _ root: String, _ checkout: (tree: ObjectID, lowers: [String]),
        _ measured: inout Measurements
    ) throws {
        let store = try SessionStore(root: root + "/state")
        let session = try store.create(
            SessionState(
                base: checkout.tree.description, repository: root, kind: .trustedOverlay))
        try Data("1".utf8).write(to: URL(fileURLWithPath: store.upper(of: session) + "/new"))
        try measured.time("100 forks of one session", rounds: 3) {
            _ = try store.makeForks(of: session, count: 100)
        }
        let usage = try Command.run(["du", "-s", "--block-size=1", root + "/state"], in: root)
        measured.note("bytes on disk of 300 forks", String(usage.prefix { $0.isNumber }))
    }
}

/// Mounts without a process of its own.
enum Overlay {
    static func mount(_ layers: String, scratch: String, at mountPoint: String) throws {
        mkdir(scratch, 0o700)
        try check(Glibc.mount("tmpfs", scratch, "tmpfs", 0, "mode=700"), "mount tmpfs")
        mkdir(scratch + "/upper", 0o755)
        mkdir(scratch + "/work", 0o755)
        let options = "\(layers),upperdir=\(scratch)/upper,workdir=\(scratch)/work"
        try check(Glibc.mount("overlay", mountPoint, "overlay", 0, options), "mount overlay")
    }

    static func unmount(scratch: String, at mountPoint: String) throws {
        try check(umount2(mountPoint, CInt(MNT_DETACH)), "unmount overlay")
        try check(umount2(scratch, CInt(MNT_DETACH)), "unmount tmpfs")
    }

    private static func check(_ result: CInt, _ step: String) throws {
        guard result == 0 else {
            throw Command.Failure(text: "\(step): \(String(cString: strerror(errno)))")
        }
    }
}
