import Foundation
import GitWorktrees
import TestSupport
import Testing

/// Lower and upper layers, the cache and the sessions on each file system that is promised, made in
/// a file and mounted for the test.
@Suite("File systems", .serialized)
struct FileSystemTests {
    enum FileSystem: String, CaseIterable {
        case ext4, xfs, btrfs, tmpfs

        func mount(_ directory: String) throws -> String {
            let place = "\(directory)/\(rawValue)"
            let script =
                self == .tmpfs
                ? "mount -t tmpfs drydock-test '\(place)'"
                : """
                truncate -s 512M '\(place).image'
                mkfs.\(rawValue) -q '\(place).image'
                mount -o loop '\(place).image' '\(place)'
                """
            try GitCommand(directory: directory).run([
                "sh", "-ec", "mkdir '\(place)'\n\(script)\nchmod 700 '\(place)'",
            ])
            return place
        }
    }

    @Test(
        "The same change set, and the same session afterwards",
        arguments: FileSystem.allCases, ChangeFixture.Kind.allCases)
    func changes(fileSystem: FileSystem, kind: ChangeFixture.Kind) throws {
        try withTemporaryDirectory { directory in
            let place = try fileSystem.mount(directory)
            defer { _ = try? GitCommand(directory: "/").run(["umount", "-l", place]) }
            let fixture = try ChangeFixture(
                in: place,
                files: ["a": "1\n", "d/x": "x\n", "d/y": "y\n", "e/z": "z\n", "g": "g\n"])
            let command = [
                "sh", "-ec",
                """
                echo 2 > a; rm d/x; rm -r e; mkdir e; echo n > e/n; mv d/y d/w; chmod 755 g
                ln -s a link; rm -r d; mkdir -p d/deep; echo 1 > d/deep/f
                """,
            ]
            let overlay = try fixture.overlay(kind)
            try overlay.run(command)
            let changes = try fixture.changes(overlay, kind)
            #expect(try changes.tree.description == fixture.oracle(command))
            guard kind == .user else { return }
            let store = try SessionStore(root: "\(place)/state")
            let session = try store.create(
                SessionState(
                    base: fixture.base.description, repository: fixture.fixture.path,
                    kind: .userOverlay), from: .path(overlay.upper?.upper ?? ""),
                over: fixture.lowers)
            let kept = try fixture.repository.handle.changeSet(
                layers: store.changedLayers(of: session), kind: .userOverlay, base: fixture.base)
            #expect(kept.tree == changes.tree)
            let again = try fixture.overlay(
                .user, name: "again", over: store.hold(session).lowers)
            #expect(try again.shell("ls d e; cat a") == "d:\ndeep\n\ne:\nn\n2\n")
        }
    }
}
