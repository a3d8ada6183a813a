import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing

@Suite("Reading trees and history")
struct GitReaderTests {
    private func withRepository(
        _ body: (FixtureRepository, GitRepository) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["seed.txt": "seed\n"])
            let repository = try GitRepository(
                at: fixture.path, quarantine: "\(directory)/quarantine")
            try await body(fixture, repository)
        }
    }

    @Test("Files come with mode and blob, in the order of path bytes")
    func files() async throws {
        try await withRepository { fixture, repository in
            try fixture.write("tool", "#!/bin/sh\n")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: fixture.path + "/tool")
            try FileManager.default.createSymbolicLink(
                atPath: fixture.path + "/link", withDestinationPath: "tool")
            let commit = try fixture.commit(["a/b": "1", "a.b": "2", "a-b": "3"])
            let listing = try fixture.git("ls-tree", "-r", commit)
            let expected = listing.split(separator: "\n").map { line -> String in
                let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
                return "\(fields[0]) \(fields[2]) \(fields[3])"
            }
            let tree = try await repository.tree(ofCommit: commit)
            let files = try await repository.files(inTree: tree)
            #expect(
                files.map { "\(String($0.mode, radix: 8)) \($0.blob) \($0.path)" }
                    == expected)
        }
    }

    @Test("A blob larger than the limit is refused, one within it is read")
    func blobLimit() async throws {
        try await withRepository { fixture, repository in
            let id = try fixture.git("rev-parse", "HEAD:seed.txt")
            #expect(try await repository.blob(id, byteLimit: 5) == Array("seed\n".utf8))
            let error = await #expect(throws: BlobTooLarge.self) {
                try await repository.blob(id, byteLimit: 4)
            }
            #expect(error == BlobTooLarge(blob: id, sizeBytes: 5, limitBytes: 4))
        }
    }

    @Test(
        "A malformed or missing object id is an error that names it", arguments: ["", "xyz", "0"])
    func badObjectID(id: String) async throws {
        try await withRepository { _, repository in
            let error = await #expect(throws: GitError.self) {
                try await repository.files(inTree: id)
            }
            #expect(error?.code == .invalidArgument)
            let absent = String(repeating: "1", count: 40)
            let missing = await #expect(throws: GitError.self) {
                try await repository.files(inTree: absent)
            }
            #expect(missing?.code == .objectNotFound)
        }
    }

    @Test("Renames, copies, type changes, additions and deletions are told apart")
    func difference() async throws {
        try await withRepository { fixture, repository in
            let long = (0..<40).map { "line \($0)\n" }.joined()
            let base = try fixture.commit(["old.txt": long, "kept.txt": long + "x", "gone": "g"])
            try fixture.git("mv", "old.txt", "new.txt")
            try fixture.git("rm", "--quiet", "gone")
            try fixture.write("kept.txt", long + "y")
            try fixture.write("copy.txt", long + "x")
            try FileManager.default.removeItem(atPath: fixture.path + "/seed.txt")
            try FileManager.default.createSymbolicLink(
                atPath: fixture.path + "/seed.txt", withDestinationPath: "new.txt")
            let head = try fixture.commit(["fresh": "f"])
            let found = try await repository.difference(
                from: repository.tree(ofCommit: base), to: repository.tree(ofCommit: head))
            let kinds = found.map { "\($0.kind.rawValue) \($0.path)" }
            #expect(
                kinds == [
                    "copied copy.txt", "added fresh", "deleted gone", "modified kept.txt",
                    "renamed new.txt", "type_changed seed.txt",
                ])
        }
    }

    @Test("A tree written from edits is the one git makes, and the repository is untouched")
    func writeTree() async throws {
        try await withRepository { fixture, repository in
            let base = try fixture.commit([
                "a/one": "1", "a/two": "2", "b/only": "3", "c": "4", "d/e/f": "5",
            ])
            let before = try fixture.git("count-objects", "-v")
            let written = try await repository.writeTree(
                base: repository.tree(ofCommit: base),
                edits: [
                    TreeEdit(path: "a/one", content: Array("1!".utf8)),
                    TreeEdit(path: "b/only", content: nil),
                    TreeEdit(path: "c/now/a/directory", content: Array("n".utf8), mode: 0o100755),
                    TreeEdit(path: "d/e", content: Array("file".utf8)),
                    TreeEdit(path: "a/two/beneath-a-file", content: nil),
                ])
            #expect(try fixture.git("count-objects", "-v") == before)

            try FileManager.default.removeItem(atPath: fixture.path + "/c")
            try FileManager.default.removeItem(atPath: fixture.path + "/d/e")
            try fixture.git("rm", "--quiet", "b/only")
            try fixture.write("c/now/a/directory", "n")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: fixture.path + "/c/now/a/directory")
            let expected = try fixture.commit(["a/one": "1!", "d/e": "file"])
            #expect(try fixture.git("rev-parse", "\(expected)^{tree}") == written)
            let files = try await repository.files(inTree: written)
            #expect(
                files.map(\.path) == ["a/one", "a/two", "c/now/a/directory", "d/e", "seed.txt"])
        }
    }

    @Test(
        "Paths that git forbids are refused",
        arguments: ["", "/a", "a//b", "../x", "a/./b", ".git/config", "x/.GIT/hooks", "git~1/a"])
    func forbiddenPaths(path: String) async throws {
        try await withRepository { fixture, repository in
            let tree = try await repository.tree(ofCommit: repository.resolve("HEAD"))
            let error = await #expect(throws: GitError.self) {
                try await repository.writeTree(
                    base: tree, edits: [TreeEdit(path: path, content: [1])])
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("Deleting everything leaves the empty tree")
    func emptyTree() async throws {
        try await withRepository { _, repository in
            let tree = try await repository.tree(ofCommit: repository.resolve("HEAD"))
            let empty = try await repository.writeTree(
                base: tree, edits: [TreeEdit(path: "seed.txt", content: nil)])
            #expect(empty == "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
        }
    }

    @Test("History around a merge: the first-parent line, and everything reachable")
    func history() async throws {
        try await withRepository { fixture, repository in
            let good = try fixture.commit(["a": "1"])
            try fixture.git("switch", "--quiet", "--create", "side")
            let side = try fixture.commit(["s": "1"], message: "side\n\nbody")
            try fixture.git("switch", "--quiet", "main")
            let middle = try fixture.commit(["a": "2"])
            try fixture.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
            let bad = try fixture.git("rev-parse", "HEAD")

            #expect(try await repository.firstParentChain(from: good, to: bad) == [middle, bad])
            let all = try await repository.commits(from: good, to: bad)
            #expect(Set(all) == [side, middle, bad] && all.last == bad)
            #expect(try await repository.parents(ofCommit: bad) == [middle, side])
            let summary = try await repository.commit(side)
            #expect(summary.author == "Ada <ada@example.org>")
            #expect(summary.timeSeconds == 1_700_000_000)
            #expect(summary.message == "side\n\nbody\n")
            let error = await #expect(throws: GitError.self) {
                try await repository.firstParentChain(from: side, to: bad)
            }
            #expect(error?.code == .revisionNotFound)
        }
    }

    @Test("Names that are not UTF-8 are escaped, and can be edited by the escaped name")
    func rawNames() async throws {
        try await withRepository { fixture, repository in
            let blob = try fixture.git("rev-parse", "HEAD:seed.txt")
            let name = Data("100644 blob \(blob)\tx".utf8) + Data([0xFF, 0xE2, 0x82]) + Data([10])
            let tree = try fixture.git("mktree", input: name)
            let path = #"x\xff\xe2\x82"#
            #expect(try await repository.files(inTree: tree).map(\.path) == [path])
            let emptied = try await repository.writeTree(
                base: tree, edits: [TreeEdit(path: path, content: nil)])
            #expect(try await repository.files(inTree: emptied).isEmpty)
        }
    }
}
