import Digests
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Verification

/// Bundles are hostile input: whatever is in one is refused with a message, or is what was written.
@Suite struct ReproBundleTests {
    private static let outcome = ReproOutcome(
        outcome: .exited, exitCode: 1, signal: nil, failing: ["test_a"], cause: "assert 1 == 2")

    private static func manifest(tree: String) -> ReproManifest {
        ReproManifest(
            drydock: "0", createdAt: "2026-01-01T00:00:00Z", tree: tree,
            source: ReproManifest.Source(revision: "HEAD", commit: nil, tree: tree),
            command: ["make"], profile: "build", profileDigest: "", limits: .standard,
            outcome: outcome)
    }

    private static let someTree = String(repeating: "a", count: 40)

    private static func write(
        _ path: String, manifest: ReproManifest? = nil,
        members: [(name: String, content: String, link: String?)]
    ) throws {
        var archive = try TarWriter(to: path)
        try archive.add(
            BundleLayout.manifest, try (manifest ?? Self.manifest(tree: someTree)).encoded())
        for member in members {
            try archive.add(member.name, Array(member.content.utf8), link: member.link)
        }
        try archive.finish()
    }

    @Test func filesOfAnyKindComeBack() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let long = String(repeating: "folder/", count: 30) + "file"
            try git.commit(["a": "one\n", long: "deep\n", "empty": ""])
            let tree = try git.text(["rev-parse", "HEAD^{tree}"])
            let reader = GitCommandLineReader(git)
            let path = directory + "/bundle.tar"
            try Self.write(
                path, manifest: Self.manifest(tree: tree),
                members: [
                    ("logs/stdout", "out", nil), ("tree/a", "one\n", nil), ("tree/empty", "", nil),
                    ("tree/" + long, "deep\n", nil),
                ])
            let bundle = try ReproBundle(path: path)
            #expect(bundle.manifest == Self.manifest(tree: tree))
            #expect(try bundle.log("logs/stdout") == Array("out".utf8))
            let empty = try git.text(["hash-object", "-t", "tree", "-w", "/dev/null"])
            #expect(try await bundle.writeTree(into: reader, empty: empty) == tree)
            // tar itself reads it too.
            let listed = try GitCommandLine.output(of: ["tar", "tf", path])
            #expect(listed.contains("tree/" + long))
        }
    }

    @Test func filesThatMakeAnotherTreeAreRefused() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit(["a": "one\n"])
            let path = directory + "/bundle.tar"
            try Self.write(
                path, manifest: Self.manifest(tree: try git.text(["rev-parse", "HEAD^{tree}"])),
                members: [("tree/a", "two\n", nil)])
            let bundle = try ReproBundle(path: path)
            let empty = try git.text(["hash-object", "-t", "tree", "-w", "/dev/null"])
            let reader = GitCommandLineReader(git)
            await #expect(throws: ReproError.self) {
                try await bundle.writeTree(into: reader, empty: empty)
            }
        }
    }

    @Test func everyTruncationIsRefused() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bundle.tar"
            try Self.write(path, members: [("tree/a", "one\n", nil), ("tree/l", "", "a")])
            let whole = try #require(FileManager.default.contents(atPath: path))
            _ = try ReproBundle(path: path)
            let cut = directory + "/cut.tar"
            for length in 0..<whole.count {
                try whole.prefix(length).write(to: URL(fileURLWithPath: cut))
                #expect(throws: ReproError.self, "\(length) of \(whole.count)") {
                    try ReproBundle(path: cut)
                }
            }
        }
    }

    /// Any changed byte is noticed, but in the padding that nobody reads.
    @Test func everyMutationIsRefused() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bundle.tar"
            try Self.write(path, members: [("tree/a", "one\n", nil)])
            let whole = Array(try #require(FileManager.default.contents(atPath: path)))
            let changed = directory + "/changed.tar"
            // The last member's own padding lies behind what the digest covers.
            let covered = whole.count - 2 * Tar.blockBytes - Tar.blockBytes + 65
            for index in stride(from: 0, to: covered, by: 7) {
                var bytes = whole
                bytes[index] ^= 0x21
                try Data(bytes).write(to: URL(fileURLWithPath: changed))
                #expect(throws: ReproError.self, "byte \(index)") {
                    try ReproBundle(path: changed)
                }
            }
        }
    }

    @Test(arguments: [
        "/etc/passwd", "tree/../../etc/passwd", "tree//a", "tree/./a", "..", "other/a",
        "manifest.json", "logs/else", "tree/" + String(repeating: "a", count: 300),
    ])
    func namesThatLeadElsewhereAreRefused(_ name: String) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bundle.tar"
            try Self.write(path, members: [(name, "x", nil)])
            #expect(throws: ReproError.self) { try ReproBundle(path: path) }
        }
    }

    @Test func linksAreOnlyPartOfTheTree() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bundle.tar"
            try Self.write(path, members: [("answers/a", "", "/etc/passwd")])
            #expect(throws: ReproError.self) { try ReproBundle(path: path) }
            try Self.write(path, members: [("tree/a", "1", nil), ("tree/a", "2", nil)])
            #expect(throws: ReproError.self) { try ReproBundle(path: path) }
        }
    }

    /// A header that states more than there is costs nothing, and kinds of members that bundles do
    /// not have are not read.
    @Test func lyingHeadersAreRefused() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bundle.tar"
            try Self.write(path, members: [("tree/a", "one\n", nil)])
            let whole = Array(try #require(FileManager.default.contents(atPath: path)))
            func altered(_ offset: Int, _ bytes: [UInt8]) throws -> String {
                var copy = whole
                copy.replaceSubrange(offset..<offset + bytes.count, with: bytes)
                var header = Array(copy[0..<512])
                let digits = String(Tar.checksum(header), radix: 8)
                let text = String(repeating: "0", count: 6 - digits.count) + digits
                header.replaceSubrange(148..<154, with: Array(text.utf8))
                copy.replaceSubrange(0..<512, with: header)
                let path = directory + "/altered.tar"
                try Data(copy).write(to: URL(fileURLWithPath: path))
                return path
            }
            for (offset, bytes) in [
                (124, Array("77777777777".utf8)), (124, Array("00000000001".utf8)),
                (124, [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), (156, Array("5".utf8)),
                (156, Array("1".utf8)), (156, Array("S".utf8)), (345, Array("a".utf8)),
            ] {
                let file = try altered(offset, bytes)
                #expect(throws: ReproError.self, "\(offset) \(bytes)") {
                    try ReproBundle(path: file)
                }
            }
        }
    }

    @Test func laterVersionsSayWhatReadsThem() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bundle.tar"
            var manifest = Self.manifest(tree: Self.someTree)
            manifest.schema = "drydock.repro-bundle/v2"
            try Self.write(path, manifest: manifest, members: [])
            let error = #expect(throws: ReproError.self) { try ReproBundle(path: path) }
            #expect(error?.description.contains("drydock.repro-bundle/v2") == true)
            #expect(error?.remedy.contains("drydock.repro-bundle/v1") == true)
        }
    }

    @Test func manifestsThatNoRunCanHaveAreRefused() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bundle.tar"
            let changes: [(inout ReproManifest) -> Void] = [
                { $0.command = [] }, { $0.command = ["a\0b"] }, { $0.tree = "HEAD" },
                { $0.tree = "--upload-pack=x" }, { $0.workingDirectory = "../.." },
                { $0.workingDirectory = "/etc" }, { $0.environment = ["A=B": "c"] },
                { $0.environment = ["A": "b\0"] },
            ]
            for change in changes {
                var manifest = Self.manifest(tree: Self.someTree)
                change(&manifest)
                try Self.write(path, manifest: manifest, members: [])
                #expect(throws: ReproError.self) { try ReproBundle(path: path) }
            }
        }
    }

    @Test(
        arguments: [
            ([0x1f, 0x8b, 8, 0], "gunzip"), ([0x50, 0x4b, 3, 4], "unzip"),
            ([0x28, 0xb5, 0x2f, 0xfd], "unzstd"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "unxz"),
        ] as [([UInt8], String)])
    func compressedFilesAreNotUnpacked(_ magic: [UInt8], _ tool: String) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/bundle"
            try Data(magic + [UInt8](repeating: 1, count: 2000)).write(
                to: URL(fileURLWithPath: path))
            let error = #expect(throws: ReproError.self) { try ReproBundle(path: path) }
            #expect(error?.remedy.contains(tool) == true)
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        try withTemporaryDirectory { directory in
            #expect(mkfifo(directory + "/fifo", 0o600) == 0)
            for path in [directory, directory + "/fifo", directory + "/none", "/dev/zero"] {
                #expect(throws: ReproError.self, "\(path)") { try ReproBundle(path: path) }
            }
        }
    }

    /// A file that is larger than any bundle is refused by its size; sparse, it costs the test nothing.
    @Test func hugeFilesAreRefusedUnread() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/huge"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.truncate(atOffset: UInt64(TarReader.sizeBytesMax) + 1)
            try file.close()
            let error = #expect(throws: ReproError.self) { try ReproBundle(path: path) }
            #expect(error?.problem.contains("GiB") == true)
        }
    }

    /// What is not finished is not there.
    @Test func aWriterThatGivesUpLeavesNothing() throws {
        try withTemporaryDirectory { directory in
            do {
                var archive = try TarWriter(to: directory + "/bundle.tar")
                try archive.add("logs/stdout", [1])
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
        }
    }
}
