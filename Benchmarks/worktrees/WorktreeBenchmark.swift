import Foundation
import GitWorktrees
import WorktreeLookup

/// What a worktree costs, against `git worktree add` and copies, turn by turn.
///
/// Needs root; mounts in a namespace of its own: run it by `Benchmarks/worktrees/run`.
/// Usage: `worktree-benchmark DIRECTORY FILES PHASE`; the phases in their order are `repository`,
/// `checkouts`, `changes`, `sessions`, `sandbox`. Each prints one JSON document.
@main
struct WorktreeBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let files = Int(arguments[2]) else {
            throw Command.Failure(text: "usage: worktree-benchmark DIRECTORY FILES PHASE")
        }
        let root = arguments[1]
        let path = root + "/repository"
        var measured = Measurements()
        measured.note("load, \(arguments[3])", load())
        switch arguments[3] {
        case "repository": _ = try SyntheticRepository(at: path, files: files)
        case "checkouts":
            try checkouts(SyntheticRepository(existing: path), root, files, &measured)
        case "changes": try worktrees(path, root, try newest(path, root), &measured)
        case "sessions": try sessions(root, try newest(path, root), &measured)
        case "sandbox": try SandboxCost.measure(try newest(path, root).lowers, &measured)
        default: throw Command.Failure(text: "there is no phase \(arguments[3])")
        }
        print(measured.json)
    }

    private static func load() -> String {
        (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?
            .split(separator: " ").first.map(String.init) ?? "unknown"
    }

    private typealias Checkout = (tree: ObjectID, lowers: [String])

    /// The layers of the newest commit, which `checkouts` left in the first cache.
    private static func newest(_ repository: String, _ root: String) throws -> Checkout {
        let handle = try RepositoryHandle(at: repository)
        let cache = try TreeCache(layout: CacheLayout(root: "\(root)/cache-1"))
        let checkout = try cache.checkout(revision: "HEAD", of: handle)
        return (try handle.tree(named: "HEAD"), checkout.cached.lowers)
    }

    /// First checkouts, layers and lookups, turn by turn with what git and cp take for the same.
    private static func checkouts(
        _ repository: SyntheticRepository, _ root: String, _ files: Int,
        _ measured: inout Measurements
    ) throws {
        let rounds = files > 100_000 ? 2 : files > 10_000 ? 4 : 9
        var times: [String: [Double]] = [:]
        func time(_ name: String, _ body: () throws -> Void) throws {
            times[name, default: []].append(try Measurements.milliseconds(body))
        }
        let peer = root + "/peer"
        let copy = root + "/copy"
        for round in 1...rounds {
            try time("first checkout of a tree") {
                let handle = try RepositoryHandle(at: repository.path)
                let cache = try TreeCache(layout: CacheLayout(root: "\(root)/cache-\(round)"))
                _ = try cache.checkout(revision: "HEAD", of: handle)
            }
            try time("git worktree add") {
                let add = ["git", "worktree", "add", "--quiet", "--detach", peer, "HEAD"]
                try Command.run(add, in: repository.path)
            }
            if round == 1 { try status(peer, &measured) }
            try time("git worktree remove") {
                let remove = ["git", "worktree", "remove", "--force", peer]
                try Command.run(remove, in: repository.path)
            }
            let whole = "\(root)/cache-\(round)/trees"
            for (name, options) in [("cp -a", ["-a"]), ("cp -al", ["-al"])] {
                try time(name) { try Command.run(["cp"] + options + [whole, copy], in: root) }
                try Command.run(["rm", "-rf", copy], in: root)
            }
            if (try? Command.run(["cp", "-a", "--reflink=always", whole, copy], in: root)) != nil {
                try Command.run(["rm", "-rf", copy], in: root)
                try time("cp -a --reflink=always") {
                    try Command.run(["cp", "-a", "--reflink=always", whole, copy], in: root)
                }
            }
            try Command.run(["rm", "-rf", copy], in: root)
            guard round > 1 else { continue }
            try Command.run(["rm", "-rf", "\(root)/cache-\(round)"], in: root)
        }
        if times["cp -a --reflink=always"] == nil {
            measured.note("cp -a --reflink=always", "not possible on this file system")
        }
        for (name, taken) in times.sorted(by: { $0.key < $1.key }) { measured.add(name, taken) }
        try layers(repository, root, &measured)
    }

    private static func layers(
        _ repository: SyntheticRepository, _ root: String, _ measured: inout Measurements
    ) throws {
        let cache = try TreeCache(layout: CacheLayout(root: "\(root)/cache-1"))
        var round = 0
        try measured.time(
            "next commit, 10 files differ", rounds: 15,
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
    }

    private static let changed = [
        "d000/f00010", "d001/f00101", "d002/f00200", "d003/f00300", "d004/f00400",
    ]

    private static func status(_ peer: String, _ measured: inout Measurements) throws {
        for name in changed {
            try Data("changed".utf8).write(to: URL(fileURLWithPath: "\(peer)/\(name)"))
        }
        try measured.time("git status and git diff, 5 files changed", rounds: 5) {
            try Command.run(["git", "status", "--porcelain"], in: peer)
            try Command.run(["git", "diff"], in: peer)
        }
    }

    private static func worktrees(
        _ repository: String, _ root: String, _ checkout: Checkout,
        _ measured: inout Measurements
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
        for name in changed {
            try Data("changed".utf8).write(to: URL(fileURLWithPath: "\(mountPoint)/\(name)"))
        }
        let handle = try RepositoryHandle(at: repository, quarantine: root + "/quarantine")
        try measured.time("change set and patch, 5 files changed", rounds: 50) {
            let changes = try handle.changeSet(
                layers: [.path(root + "/scratch/upper")], kind: .trustedOverlay,
                base: checkout.tree)
            let patch = try handle.patch(from: checkout.tree, to: changes.tree)
            guard !patch.isEmpty else { throw Command.Failure(text: "no patch") }
        }
        try measured.time("the same with opening the repository", rounds: 50) {
            let opened = try RepositoryHandle(at: repository, quarantine: root + "/quarantine")
            _ = try opened.changeSet(
                layers: [.path(root + "/scratch/upper")], kind: .trustedOverlay,
                base: checkout.tree)
        }
        try Overlay.unmount(scratch: root + "/scratch", at: mountPoint)
    }

    private static func sessions(
        _ root: String, _ checkout: Checkout, _ measured: inout Measurements
    ) throws {
        let store = try SessionStore(root: root + "/state")
        let state = SessionState(
            base: checkout.tree.description, repository: root, kind: .trustedOverlay)
        let session = try store.create(state)
        try Data("1".utf8).write(to: URL(fileURLWithPath: store.upper(of: session) + "/new"))
        func bytes(_ path: String) throws -> Int {
            let usage = try Command.run(["du", "-s", "--block-size=1", path], in: root)
            return Int(usage.prefix { $0.isNumber }) ?? 0
        }
        let before = try bytes(root + "/state")
        let rounds = 5
        try measured.time("100 forks of one session", rounds: rounds) {
            _ = try store.makeForks(of: session, count: 100)
        }
        let forks = try bytes(root + "/state") - before
        measured.note("bytes on disk of a fork", String(forks / (rounds * 100)))

        // A hundred worktrees at one revision, each of which rewrites one file.
        let cache = try bytes(root + "/cache-1")
        let start = try bytes(root + "/state")
        for _ in 0..<100 {
            let worktree = try store.create(state)
            let folder = store.upper(of: worktree) + "/d000"
            mkdir(folder, 0o755)
            try Data(count: 4096).write(to: URL(fileURLWithPath: folder + "/f00000"))
        }
        measured.note("bytes on disk of one checkout", String(cache))
        measured.note(
            "bytes on disk more for 100 worktrees that wrote 4 KiB each",
            String(try bytes(root + "/state") - start + (try bytes(root + "/cache-1")) - cache))
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
