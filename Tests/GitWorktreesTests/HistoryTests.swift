import Foundation
import GitWorktrees
import TestSupport
import Testing

/// Releases of real projects, committed in their order and walked back and forth by git itself, in
/// worktrees: each step must leave exactly the other release's tree. `DRYDOCK_LONG=1` takes more
/// projects and every pair of releases.
@Suite("Real histories")
struct HistoryTests {
    private static let short = [["six==1.10.0", "six==1.16.0"]]
    private static let long = [
        ["six==1.10.0", "six==1.12.0", "six==1.14.0", "six==1.16.0"],
        ["markupsafe==1.1.1", "markupsafe==2.0.1", "markupsafe==2.1.1", "markupsafe==2.1.5"],
        ["pygments==2.10.0", "pygments==2.13.0", "pygments==2.15.1", "pygments==2.17.2"],
        ["jinja2==2.11.3", "jinja2==3.0.3", "jinja2==3.1.2", "jinja2==3.1.4"],
        ["docutils==0.16", "docutils==0.18.1", "docutils==0.20.1", "docutils==0.21.2"],
    ]
    private static let isLong = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] == "1"

    @Test(arguments: isLong ? long : short)
    func backAndForth(releases: [String]) throws {
        try withTemporaryDirectory { directory in
            let repository = try FixtureRepository(in: directory)
            let commits = try releases.map { try commit($0, to: repository) }
            let all = commits.indices
            let steps = all.flatMap { from in all.map { (from, $0) } }.filter { $0 != $1 }
            for (from, to) in steps {
                let name = "\(releases[from]) to \(releases[to])"
                // Each checkout is whole, or a layer on one before: whatever the cache chooses.
                try repository.git("checkout", "--quiet", "--force", "--detach", commits[from])
                let fixture = try ChangeFixture(of: repository, in: directory)
                #expect(
                    try seen(fixture) == checkedOut(commits[from], of: repository, in: directory),
                    "\(releases[from])")
                let target = try repository.git("rev-parse", commits[to] + "^{tree}")
                for kind in ChangeFixture.Kind.allCases {
                    let overlay = try fixture.overlay(kind)
                    try overlay.shell(walk(from: commits[from], to: commits[to], of: repository))
                    let changes = try fixture.repository.handle.changeSet(
                        layers: [.path(overlay.upper?.upper ?? "")], kind: kind.layerKind,
                        base: fixture.base, includesIgnored: true)
                    #expect(changes.tree.description == target, "\(name), \(kind)")
                    let patch = try fixture.repository.handle.patch(
                        from: fixture.base, to: changes.tree)
                    #expect(try fixture.treeAfterApplying(patch) == target, "\(name), \(kind)")
                    try FileManager.default.removeItem(atPath: "\(directory)/run")
                }
            }
        }
    }

    /// Replaces everything by a release's source archive from the package index, and commits it.
    private func commit(_ release: String, to repository: FixtureRepository) throws -> String {
        let source = try PythonPackages.source(of: release)
        try repository.git.run([
            "sh", "-ec",
            """
            find . -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +
            cp -R '\(source)/.' .
            rm -f ./*.tar.gz .complete
            """,
        ])
        return try repository.commit(message: release)
    }

    /// git changes the worktree's files from one commit to the other, by an index of its own.
    private func walk(from: String, to: String, of repository: FixtureRepository) -> String {
        """
        export GIT_DIR='\(repository.path)/.git' GIT_WORK_TREE=. GIT_INDEX_FILE='\(repository.path)/../walk'
        rm -f "$GIT_INDEX_FILE"
        git read-tree \(from)
        git update-index -q --refresh || true
        git read-tree -u --reset \(to)
        """
    }

    /// What git checks out, in an empty directory.
    private func checkedOut(
        _ commit: String, of repository: FixtureRepository, in directory: String
    ) throws -> [String: String] {
        let place = "\(directory)/checked-out"
        defer { try? FileManager.default.removeItem(atPath: place) }
        try repository.git.run(
            [
                "sh", "-ec",
                "mkdir '\(place)'; rm -f \"$GIT_INDEX_FILE\"; git read-tree \(commit); "
                    + "git --work-tree='\(place)' checkout-index --all",
            ], environment: ["GIT_INDEX_FILE": "\(directory)/checked-out-index"])
        return try DirectorySnapshot.take(place)
    }

    /// What a workload sees, copied out of the mount.
    private func seen(_ fixture: ChangeFixture) throws -> [String: String] {
        // overlayfs wants two lower layers where there is no upper one.
        guard fixture.lowers.count > 1 else { return try DirectorySnapshot.take(fixture.lowers[0]) }
        let copy = "\(fixture.directory)/seen"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let overlay = try OverlayMount(
            lowers: fixture.lowers, upperIn: nil, mountPoint: "\(fixture.directory)/mount")
        try overlay.shell("cp -a . '\(copy)'")
        return try DirectorySnapshot.take(copy)
    }
}
