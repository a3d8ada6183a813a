import Foundation
import GitWorktrees
import TestSupport
import Testing

/// Releases of real projects, committed in their order, and walked back and forth in worktrees: each
/// step must leave what git finds in a plain copy. `DRYDOCK_LONG=1` takes more projects and every
/// pair of releases.
@Suite("Real histories")
struct HistoryTests {
    private static let short = [
        ["six==1.14.0", "six==1.16.0"], ["markupsafe==2.0.1", "markupsafe==2.1.5"],
    ]
    private static let long = [
        ["six==1.10.0", "six==1.12.0", "six==1.14.0", "six==1.16.0"],
        ["markupsafe==1.1.1", "markupsafe==2.0.1", "markupsafe==2.1.1", "markupsafe==2.1.5"],
        ["pygments==2.10.0", "pygments==2.13.0", "pygments==2.15.1", "pygments==2.17.2"],
        ["jinja2==2.11.3", "jinja2==3.0.3", "jinja2==3.1.2", "jinja2==3.1.4"],
    ]
    private static let isLong = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] == "1"

    /// A source archive from the package index, by its ordinary client.
    private func download(_ release: String, to directory: String) throws -> String {
        let folder = "\(directory)/\(release)"
        let inherited = ProcessInfo.processInfo.environment.filter {
            $0.key.hasPrefix("PIP_") || $0.key.lowercased().hasSuffix("_proxy")
        }
        try GitCommand(directory: directory).run(
            [
                "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                "--no-deps", "--no-binary", ":all:", "--dest", folder, release,
            ], environment: inherited)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        return "\(folder)/\(try #require(files.first { $0.hasSuffix(".tar.gz") }))"
    }

    private func replacing(by archive: String) -> [String] {
        [
            "sh", "-ec",
            """
            find . -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +
            tar -xzf '\(archive)' --strip-components=1 --no-same-owner
            """,
        ]
    }

    @Test(arguments: isLong ? long : short)
    func backAndForth(releases: [String]) throws {
        try withTemporaryDirectory { directory in
            let repository = try FixtureRepository(in: directory)
            let archives = try releases.map { try download($0, to: directory) }
            var commits: [String] = []
            for (archive, release) in zip(archives, releases) {
                try repository.git.run(replacing(by: archive))
                commits.append(try repository.commit(message: release))
            }
            let all = commits.indices
            let steps = all.flatMap { from in all.map { (from, $0) } }.filter { $0 != $1 }
            for (from, to) in steps {
                // Each checkout is a layer on the one before, or whole: whatever the cache chooses.
                try repository.git("checkout", "--quiet", "--force", commits[from])
                let fixture = try ChangeFixture(of: repository, in: directory)
                for kind in ChangeFixture.Kind.allCases {
                    let command = replacing(by: archives[to])
                    let overlay = try fixture.overlay(kind)
                    let before = try DirectorySnapshot.take(repository.path)
                    #expect(try snapshot(overlay, in: directory) == before, "\(releases[from])")
                    try overlay.run(command)
                    let changes = try fixture.changes(overlay, kind)
                    let oracle = try fixture.oracle(command)
                    #expect(
                        changes.tree.description == oracle,
                        "\(releases[from]) to \(releases[to]), \(kind)")
                    let patch = try fixture.repository.handle.patch(
                        from: fixture.base, to: changes.tree)
                    #expect(try fixture.treeAfterApplying(patch) == oracle)
                    try FileManager.default.removeItem(atPath: "\(directory)/run")
                }
            }
        }
    }

    /// What the workload sees, copied out of the mount.
    private func snapshot(_ overlay: OverlayMount, in directory: String) throws -> [String: String]
    {
        var readOnly = overlay
        readOnly.upper = nil
        // overlayfs wants two lower layers where there is no upper one.
        if readOnly.lowers.count == 1 { return try DirectorySnapshot.take(readOnly.lowers[0]) }
        let copy = "\(directory)/seen"
        try readOnly.shell("cp -a . '\(copy)'")
        defer { try? FileManager.default.removeItem(atPath: copy) }
        return try DirectorySnapshot.take(copy)
    }
}
