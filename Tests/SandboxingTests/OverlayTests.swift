import Foundation
import LinuxKernel
import RunModel
import TestSupport
import Testing

@testable import Sandboxing

/// Worktrees: copy-on-write over directories of the host.
@Suite struct OverlayTests {
    private func write(_ text: String, _ path: String, mode: Int = 0o600) throws {
        let directory = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func names(_ directory: borrowing OwnedDescriptor) -> [String] {
        FileKind.names(in: "/proc/self/fd/\(directory.raw)").sorted()
    }

    @Test func changesLandInTheUpperLayerOnly() throws {
        try withTemporaryDirectory { base in
            try write("one", base + "/lower/kept")
            try write("two", base + "/lower/changed")
            try write("three", base + "/lower/removed")
            var request = TestSandbox.shell(
                "cat kept && echo more >> changed && rm removed && echo new > added && pwd")
            request.overlays = [OverlaySpecification(lowers: [base + "/lower"], mountPoint: "/src")]
            let result = try TestSandbox.run(request)
            #expect(String(decoding: result.standardError, as: UTF8.self) == "")
            #expect(String(decoding: result.standardOutput, as: UTF8.self) == "one/src\n")
            let upper = try result.openUpper(0)
            #expect(names(upper) == ["added", "changed", "removed"])
            let changed = try SmallFile.readText("changed", relativeTo: upper.raw)
            #expect(changed == "twomore\n")
            #expect(FileKind.names(in: base + "/lower").sorted() == ["changed", "kept", "removed"])
            #expect(try SmallFile.readText(base + "/lower/changed") == "two")
        }
    }

    @Test func lowerLayersAreStackedInOrder() throws {
        try withTemporaryDirectory { base in
            try write("top", base + "/a/file")
            try write("bottom", base + "/b/file")
            try write("only", base + "/b/other")
            var request = TestSandbox.shell("cat file other")
            request.overlays = [
                OverlaySpecification(lowers: [base + "/a", base + "/b"], mountPoint: "/src")
            ]
            let result = try TestSandbox.run(request)
            #expect(String(decoding: result.standardOutput, as: UTF8.self) == "toponly")
        }
    }

    /// `mv` copies where the upper layer may be stacked later: the kernel redirects nothing there.
    @Test func directoriesOfALowerLayerCanBeRenamed() throws {
        try withTemporaryDirectory { base in
            try write("x", base + "/lower/old/deep/file")
            var request = TestSandbox.shell("mv old new && cat new/deep/file && test ! -e old")
            request.overlays = [OverlaySpecification(lowers: [base + "/lower"], mountPoint: "/src")]
            let result = try TestSandbox.run(request)
            #expect(result.report.exitCode == 0)
            #expect(String(decoding: result.standardOutput, as: UTF8.self) == "x")
            #expect(result.notes(ofUpper: 0) == .user)
        }
    }

    /// rename(2) itself, as root; nothing is copied, and no attribute of the workload's counts.
    @Test func directoriesAreRedirectedWhereTheUpperLayerIsReadOnce() throws {
        try withTemporaryDirectory { base in
            try write("x", base + "/lower/old/deep/file")
            try write("y", base + "/lower/other/file")
            var request = TestSandbox.shell(
                """
                python3 - <<'END'
                import os
                for name in ("trusted.overlay.redirect", "trusted.overlay.opaque"):
                    try: os.setxattr("other", name, b"/old")
                    except OSError: print("refused")
                os.setxattr("other", "user.overlay.redirect", b"/old")
                try: os.rename("old", "new")
                except OSError as error: print(error.strerror); os.system("mv old new")
                END
                cat new/deep/file other/file; test ! -e old
                """)
            request.overlays = [
                OverlaySpecification(
                    lowers: [base + "/lower"], mountPoint: "/src", redirectsDirectories: true)
            ]
            let result = try TestSandbox.run(request)
            #expect(result.report.exitCode == 0, "\(result.report)")
            let output = String(decoding: result.standardOutput, as: UTF8.self)
            let upper = try result.openUpper(0)
            let new = try OwnedDescriptor.openDirectory("new", in: upper)
            let other = try OwnedDescriptor.openDirectory("other", in: upper)
            #expect(other.attributes(prefix: "trusted.overlay.redirect").isEmpty)
            guard Capabilities.isPrivileged else {
                #expect(result.notes(ofUpper: 0) == .user)
                #expect(output == "refused\nrefused\nInvalid cross-device link\nxy")
                return
            }
            #expect(result.notes(ofUpper: 0) == .trusted)
            #expect(output == "refused\nrefused\nxy")
            #expect(names(new).isEmpty)
            let note = new.attributes(prefix: "trusted.overlay.redirect").first
            #expect(note.map { String(decoding: $0.value, as: UTF8.self) } == "old")
        }
    }

    @Test func anUpperLayerThatIsKeptRedirectsNothing() throws {
        try withTemporaryDirectory { base in
            try write("x", base + "/lower/file")
            var request = TestSandbox.shell("true")
            request.overlays = [
                OverlaySpecification(
                    lowers: [base + "/lower"],
                    upper: .directory(upper: base + "/upper", work: base + "/work"),
                    mountPoint: "/src", redirectsDirectories: true)
            ]
            let error = #expect(throws: SandboxError.self) { _ = try TestSandbox.run(request) }
            #expect(error?.problem.contains("redirect") == true)
        }
    }

    @Test func aKeptUpperLayerBelongsToTheCaller() throws {
        try withTemporaryDirectory { base in
            try write("x", base + "/lower/file")
            for name in ["upper", "work"] {
                try FileManager.default.createDirectory(
                    atPath: base + "/session/" + name, withIntermediateDirectories: true)
            }
            var request = TestSandbox.shell("echo y > made; id -u > file")
            request.overlays = [
                OverlaySpecification(
                    lowers: [base + "/lower"],
                    upper: .directory(
                        upper: base + "/session/upper", work: base + "/session/work"),
                    mountPoint: "/src")
            ]
            let result = try TestSandbox.run(request)
            #expect(result.report.exitCode == 0)
            let made = try OwnedDescriptor.open(base + "/session/upper/made")
            let own = try OwnedDescriptor.open(base + "/lower/file")
            #expect(try FileOwner(of: made) == FileOwner(of: own))
            #expect(try SmallFile.readText(base + "/session/upper/file") == "1000\n")
        }
    }

    @Test func aWritableBindLeavesFilesToItsOwner() throws {
        try withTemporaryDirectory { base in
            try write("x", base + "/data/private")
            var request = TestSandbox.shell("cat /data/private && echo y > /data/made")
            request.binds = [
                BindSpecification(source: base + "/data", target: "/data", isWritable: true)
            ]
            let result = try TestSandbox.run(request)
            #expect(result.report.exitCode == 0)
            let made = try OwnedDescriptor.open(base + "/data/made")
            let own = try OwnedDescriptor.open(base + "/data/private")
            #expect(try FileOwner(of: made) == FileOwner(of: own))
        }
    }

    @Test func aBindIsReadOnlyUnlessAskedFor() throws {
        try withTemporaryDirectory { base in
            try write("x", base + "/data/private")
            var request = TestSandbox.shell("echo y > /data/private")
            request.binds = [BindSpecification(source: base + "/data", target: "/data")]
            let result = try TestSandbox.run(request)
            #expect(result.report.exitCode != 0)
            #expect(try SmallFile.readText(base + "/data/private") == "x")
        }
    }

    /// A link in a worktree must not lead a mount out of it (CVE-2021-30465).
    @Test func mountPointsAreNeverReachedThroughLinks() throws {
        try withTemporaryDirectory { base in
            try FileManager.default.createDirectory(
                atPath: base + "/lower", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: base + "/lower/link", withDestinationPath: "/etc")
            try write("x", base + "/data/file")
            var request = TestSandbox.shell("true")
            request.overlays = [OverlaySpecification(lowers: [base + "/lower"], mountPoint: "/src")]
            request.binds = [
                BindSpecification(source: base + "/data", target: "/src/link/inside")
            ]
            let error = #expect(throws: SandboxError.self) { _ = try TestSandbox.run(request) }
            #expect(error?.problem.contains("/src/link/inside") == true)
        }
    }

    @Test func reportsAreReadByTheHost() throws {
        let result = try TestSandbox.run(
            TestSandbox.shell("echo '<x/>' > $DRYDOCK_REPORTS/junit.xml"))
        let reports = try result.openReports()
        #expect(try SmallFile.readText("junit.xml", relativeTo: reports.raw) == "<x/>\n")
    }
}
