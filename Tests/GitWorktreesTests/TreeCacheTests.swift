import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing
import WorktreeLookup

@Suite("The tree cache")
struct TreeCacheTests {
    private func withCache(
        _ body: (FixtureRepository, TreeCache, String) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            try body(fixture, cache, directory)
        }
    }

    /// What git itself checks out.
    private func oracle(_ fixture: FixtureRepository, _ revision: String, _ directory: String)
        throws -> [String: String]
    {
        let path = "\(directory)/oracle-\(UUID().uuidString)"
        try fixture.git("worktree", "add", "--quiet", "--detach", path, revision)
        return try DirectorySnapshot.take(path)
    }

    /// What an overlay of the layers shows.
    private func view(_ lowers: [String], _ directory: String) throws -> [String: String] {
        if lowers.count == 1 { return try DirectorySnapshot.take(lowers[0]) }
        let copy = "\(directory)/copy-\(UUID().uuidString)"
        let overlay = try OverlayMount(
            lowers: lowers, upperIn: nil, mountPoint: "\(directory)/mount")
        try overlay.run(["cp", "-a", ".", copy])
        return try DirectorySnapshot.take(copy)
    }

    @Test("A checkout is what git checks out: modes, links, directories, submodules")
    func plain() throws {
        try withCache { fixture, cache, directory in
            try fixture.write("bin/tool", "#!/bin/sh\n")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: fixture.path + "/bin/tool")
            try FileManager.default.createSymbolicLink(
                atPath: fixture.path + "/bin/dangling", withDestinationPath: "/etc/../nowhere")
            try fixture.commit(["deep/er/file": "x", "empty": "", "größe/ü": "utf8"])
            let submodule = "160000,\(String(repeating: "1", count: 40)),vendor/lib"
            try fixture.git("update-index", "--add", "--cacheinfo", submodule)
            try fixture.git("commit", "--quiet", "--message", "submodule")
            let repository = try RepositoryHandle(at: fixture.path)
            let checkout = try cache.checkout(revision: "HEAD", of: repository)
            #expect(checkout.origin == .written)
            #expect(checkout.submodules == ["vendor/lib"])
            let expected = try oracle(fixture, "HEAD", directory)
            #expect(try DirectorySnapshot.take(checkout.cached.lowers[0]) == expected)
            let again = try cache.checkout(revision: "HEAD", of: repository)
            #expect(again.origin == .cached && again.submodules == ["vendor/lib"])
        }
    }

    @Test(
        "Attributes convert as git converts",
        arguments: [
            "* text=auto eol=crlf\n", "*.txt text eol=crlf\n*.bin -text\n",
            "*.txt ident\n", "*.txt text eol=crlf ident\n", "*.txt working-tree-encoding=UTF-16\n",
            "*.txt text working-tree-encoding=UTF-16LE-BOM eol=crlf\n",
            "*.txt working-tree-encoding=ISO-8859-1\n", "[attr]win text eol=crlf\n*.txt win\n",
            "*.txt crlf\nsub/*.txt eol=lf\n", "*.txt filter=lfs\n", "* -text\n",
        ])
    func attributes(rules: String) throws {
        try withCache { fixture, cache, directory in
            // Written without attributes, so that git stores the bytes as they are.
            try fixture.commit([
                "unix.txt": "one\ntwo\n", "dos.txt": "one\r\ntwo\r\n", "mixed.txt": "a\r\nb\n",
                "sub/unix.txt": "three\nfour\n", "id.txt": "x $Id$ y $Id: old $\n",
                "data.bin": "\u{0}\n\u{1}\n", "umlaut.txt": "Größe\nÄ\n", "no-newline.txt": "x",
            ])
            let blob = try fixture.git("hash-object", "-w", "--stdin", input: Data(rules.utf8))
            try fixture.git(
                "update-index", "--add", "--cacheinfo", "100644,\(blob),.gitattributes")
            try fixture.git("commit", "--quiet", "--message", "rules")
            let repository = try RepositoryHandle(at: fixture.path)
            let checkout = try cache.checkout(revision: "HEAD", of: repository)
            let expected = try oracle(fixture, "HEAD", directory)
            #expect(try DirectorySnapshot.take(checkout.cached.lowers[0]) == expected)
            #expect(checkout.unfiltered.isEmpty == !rules.contains("filter"))
            #expect(try EntryVerification.isWhole(checkout.cached.tree, cache))
        }
    }

    @Test("A filter driver is not run, neither from attributes nor from configuration")
    func filtersNeverRun() throws {
        try withCache { fixture, cache, directory in
            let trap = "\(directory)/ran"
            try fixture.commit([".gitattributes": "* filter=trap\n", "a.txt": "pointer\n"])
            try fixture.git("config", "filter.trap.smudge", "touch \(trap); cat")
            try fixture.git("config", "filter.trap.clean", "touch \(trap); cat")
            let checkout = try cache.checkout(
                revision: "HEAD", of: RepositoryHandle(at: fixture.path))
            #expect(checkout.unfiltered == [".gitattributes", "a.txt"])
            #expect(!FileManager.default.fileExists(atPath: trap))
        }
    }

    @Test("The next commit is a layer on the last one, and shows what git checks out")
    func layers() throws {
        try withCache { fixture, cache, directory in
            try fixture.commit([
                "kept": "k", "changed": "1", "dir/a": "a", "dir/b": "b", "gone/x/y": "y",
                "gone/x/z": "z", "file-to-dir": "f", "dir-to-file/a": "a", "dir-to-file/b/c": "c",
                "part/one": "1", "part/two": "2",
            ])
            let repository = try RepositoryHandle(at: fixture.path)
            let first = try cache.checkout(revision: "HEAD", of: repository)
            #expect(first.origin == .written)
            for path in ["gone", "file-to-dir", "dir-to-file", "part/two"] {
                try FileManager.default.removeItem(atPath: "\(fixture.path)/\(path)")
            }
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: fixture.path + "/kept")
            try fixture.commit([
                "changed": "2", "dir/c": "c", "file-to-dir/inner": "i", "dir-to-file": "now a file",
            ])
            let second = try cache.checkout(revision: "HEAD", of: repository)
            #expect(second.origin == .layered(on: first.cached.tree))
            #expect(try view(second.cached.lowers, directory) == oracle(fixture, "HEAD", directory))
            // Two steps away, the layer still lies on the whole checkout.
            try fixture.commit(["third": "3"])
            let third = try cache.checkout(revision: "HEAD", of: repository)
            #expect(third.origin == .layered(on: first.cached.tree))
            #expect(try view(third.cached.lowers, directory) == oracle(fixture, "HEAD", directory))
            let report = try CacheCollector(layout: cache.layout)
                .collect(byteLimit: .max, verifiesAll: true)
            #expect(report.keptTrees == 3 && report.damaged.isEmpty)
        }
    }

    @Test("Changed attributes or too many changes make a whole checkout")
    func noLayer() throws {
        try withCache { fixture, cache, directory in
            var cache = cache
            cache.layerChangeLimit = 2
            try fixture.commit(["a.txt": "1\n"])
            let repository = try RepositoryHandle(at: fixture.path)
            _ = try cache.checkout(revision: "HEAD", of: repository)
            try fixture.commit([".gitattributes": "*.txt eol=crlf\n"])
            let converted = try cache.checkout(revision: "HEAD", of: repository)
            #expect(converted.origin == .written)
            #expect(
                try DirectorySnapshot.take(converted.cached.lowers[0])
                    == oracle(fixture, "HEAD", directory))
            try fixture.commit(["b": "1", "c": "1", "d": "1"])
            #expect(try cache.checkout(revision: "HEAD", of: repository).origin == .written)
        }
    }

    @Test("A blob that is not what its name says is refused")
    func forged() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a": "one\n", "b": "two\n"])
            // The bytes of another blob under this one's name, as a hostile repository may have them.
            let script = """
                a=$(git rev-parse HEAD:a); b=$(git rev-parse HEAD:b)
                path() { echo ".git/objects/$(echo $1 | cut -c1-2)/$(echo $1 | cut -c3-)"; }
                chmod u+w "$(path $a)"; cp "$(path $b)" "$(path $a)"
                """
            try fixture.git.run(["sh", "-ec", script])
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            let handle = try RepositoryHandle(at: fixture.path)
            let error = #expect(throws: GitError.self) {
                _ = try cache.checkout(revision: "HEAD", of: handle)
            }
            #expect(error?.reason.contains("mismatch") == true, "\(String(describing: error))")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: "\(directory)/cache/trees")
                    .isEmpty)
        }
    }

    @Test("Concurrent requests for one tree make it once")
    func concurrent() async throws {
        try await withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(Dictionary(uniqueKeysWithValues: (0..<300).map { ("f\($0)", "x") }))
            let cache = try TreeCache(layout: CacheLayout(root: "\(directory)/cache"))
            let path = fixture.path
            let origins = try await withThrowingTaskGroup(of: TreeCache.Origin.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try cache.checkout(revision: "HEAD", of: RepositoryHandle(at: path)).origin
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(origins.count { $0 == .written } == 1 && origins.count { $0 == .cached } == 3)
        }
    }

    @Test(
        "A torn or changed entry is found and made again",
        arguments: ["seal", "manifest", "files/a", "files/extra", "files/tool"])
    func damage(name: String) throws {
        try withCache { fixture, cache, _ in
            try fixture.commit(["a": "aaaa", "tool": "t"])
            let repository = try RepositoryHandle(at: fixture.path)
            let tree = try cache.checkout(revision: "HEAD", of: repository).cached.tree
            let path = "\(cache.layout.entry(ofTree: tree))/\(name)"
            if name == "files/tool" {
                #expect(chmod(path, 0o755) == 0)
            } else {
                try Data("bbbb".utf8).write(to: URL(fileURLWithPath: path))
            }
            let report = try CacheCollector(layout: cache.layout)
                .collect(byteLimit: .max, verifiesAll: true)
            #expect(report.damaged == [tree])
            let again = try cache.checkout(revision: "HEAD", of: repository)
            #expect(again.origin == .written)
            #expect(try EntryVerification.isWhole(tree, cache))
        }
    }

    @Test("An entry of an earlier boot is rehashed before it counts")
    func earlierBoot() throws {
        try withCache { fixture, cache, _ in
            try fixture.commit(["a": "aaaa"])
            let repository = try RepositoryHandle(at: fixture.path)
            let tree = try cache.checkout(revision: "HEAD", of: repository).cached.tree
            let seal = cache.layout.seal(ofTree: tree)
            func pretendReboot() throws {
                var parsed = try #require(
                    TreeSeal(text: String(contentsOfFile: seal, encoding: .utf8)))
                parsed.bootID = "another"
                try Data(parsed.text.utf8).write(to: URL(fileURLWithPath: seal))
            }
            try pretendReboot()
            let found = CachedTreeLookup.find(
                repository: fixture.path, revision: "HEAD", in: cache.layout)?.tree.tree
            #expect(found == nil)
            #expect(try cache.checkout(revision: "HEAD", of: repository).origin == .cached)
            try pretendReboot()
            try Data().write(to: URL(fileURLWithPath: cache.layout.files(ofTree: tree) + "/a"))
            #expect(try cache.checkout(revision: "HEAD", of: repository).origin == .written)
        }
    }

    @Test("The least recently used go first, those in use and those beneath others stay")
    func eviction() throws {
        try withCache { fixture, cache, _ in
            try fixture.commit(["a": String(repeating: "a", count: 100_000)])
            let repository = try RepositoryHandle(at: fixture.path)
            let base = try cache.checkout(revision: "HEAD", of: repository).cached.tree
            try fixture.commit(["b": "b"])
            let layer = try cache.checkout(revision: "HEAD", of: repository)
            let collector = CacheCollector(layout: cache.layout)
            #expect(try collector.collect(byteLimit: 0).evicted.isEmpty)
            let tree = layer.cached.tree
            _ = consume layer
            #expect(try collector.collect(byteLimit: 0).evicted == [tree, base])
            #expect(try cache.checkout(revision: "HEAD", of: repository).origin == .written)
        }
    }

    @Test("What a killed maker left is taken away, what is being made is not")
    func abandoned() throws {
        try withCache { _, cache, _ in
            let left = cache.layout.making + "/abcdef"
            try FileManager.default.createDirectory(
                atPath: left + "/entry/files", withIntermediateDirectories: true)
            let held = cache.layout.making + "/held"
            try FileManager.default.createDirectory(
                atPath: held, withIntermediateDirectories: true)
            let descriptor = open(held, O_RDONLY)
            defer { close(descriptor) }
            #expect(flock(descriptor, LOCK_EX) == 0)
            let report = try CacheCollector(layout: cache.layout).collect(byteLimit: .max)
            #expect(report.abandoned == 1)
            #expect(!FileManager.default.fileExists(atPath: left))
            #expect(FileManager.default.fileExists(atPath: held))
        }
    }

    @Test("A cache in which no tree was ever made is empty, not broken")
    func neverUsed() throws {
        try withTemporaryDirectory { directory in
            let root = directory + "/cache"
            try #require(mkdir(root, 0o700) == 0 && mkdir(root + "/profiles", 0o700) == 0)
            let report = try CacheCollector(layout: CacheLayout(root: root)).collect(
                byteLimit: .max, verifiesAll: true)
            #expect(report.keptTrees == 0 && report.keptBytes == 0 && report.damaged.isEmpty)
        }
    }

    @Test("Git directories go with their tree, quarantines when nobody wrote there for long")
    func outdated() throws {
        try withCache { fixture, cache, _ in
            try fixture.commit(["a": "1"])
            let quarantine = cache.layout.quarantine(of: fixture.path + "/.git")
            let handle = try RepositoryHandle(at: fixture.path, quarantine: quarantine)
            _ = try handle.writeTree(
                base: handle.tree(named: "HEAD"), edits: [TreeEdit(path: "b", content: [1])])
            _ = try cache.checkout(revision: "HEAD", of: handle)
            _ = try cache.gitDirectory(commit: handle.commit(named: "HEAD"), of: handle)
            let collector = CacheCollector(layout: cache.layout)
            #expect(try collector.collect(byteLimit: .max).outdated == 0)
            let first = try collector.collect(byteLimit: 0)
            #expect(first.evicted.count == 1 && first.outdated == 1)
            #expect(try collector.collect(byteLimit: 0, quarantineDays: -1).outdated == 1)
            #expect(!FileManager.default.fileExists(atPath: quarantine))
        }
    }

    @Test("A cache that others may enter is refused")
    func openToOthers() throws {
        try withTemporaryDirectory { directory in
            #expect(chmod(directory, 0o755) == 0)
            let error = #expect(throws: GitError.self) {
                _ = try TreeCache(layout: CacheLayout(root: directory))
            }
            #expect(error?.code == .refused)
        }
    }

    @Test(
        "A tree whose names would leave the directory, or reach .git, is refused",
        arguments: ["..", ".git", ".GIT", "git~1", ".git "])
    func hostileNames(name: String) throws {
        try withCache { fixture, cache, _ in
            let commit = try fixture.commit(["a": "1"])
            let blob = try fixture.git("rev-parse", "HEAD:a")
            // mktree refuses these names, a hostile server does not.
            let oid = stride(from: 0, to: 40, by: 2).compactMap { offset -> UInt8? in
                let digits = Array(blob.utf8)[offset..<(offset + 2)]
                return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            }
            let raw = Data("100644 \(name)".utf8) + [0] + oid
            let tree = try fixture.git(
                "hash-object", "-t", "tree", "-w", "--stdin", "--literally", input: raw)
            let bad = try fixture.git("commit-tree", tree, "-p", commit, "-m", "bad")
            let error = #expect(throws: GitError.self) {
                _ = try cache.checkout(revision: bad, of: RepositoryHandle(at: fixture.path))
            }
            #expect(error?.code == .refused, "\(String(describing: error))")
            let nothing = try FileManager.default.contentsOfDirectory(
                atPath: cache.layout.making)
            #expect(nothing.isEmpty)
        }
    }
}

enum EntryVerification {
    static func isWhole(_ tree: String, _ cache: TreeCache) throws -> Bool {
        try !CacheCollector(layout: cache.layout)
            .collect(byteLimit: .max, verifiesAll: true).damaged.contains(tree)
    }
}
