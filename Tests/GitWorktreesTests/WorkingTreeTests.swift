import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing

@Suite("The working directory as a tree")
struct WorkingTreeTests {
    @Test("Uncommitted, staged, untracked and hidden changes are taken; the index stays as it was")
    func everything() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit([
                "a": "1\n", "staged": "1\n", "hidden": "1\n", "gone": "1\n", ".gitignore": "*.o\n",
                "sub/keep": "k\n",
            ])
            try fixture.git("update-index", "--assume-unchanged", "a")
            try fixture.git("update-index", "--skip-worktree", "hidden")
            try fixture.write("staged", "2\n")
            try fixture.git("add", "staged")
            for (name, text) in ["a": "2\n", "hidden": "2\n", "new/file": "n\n", "x.o": "o\n"] {
                try fixture.write(name, text)
            }
            try fixture.write(".git/info/exclude", "new/\n")
            try FileManager.default.removeItem(atPath: fixture.path + "/gone")
            let index = URL(fileURLWithPath: fixture.path + "/.git/index")
            let before = try Data(contentsOf: index)
            let count = try fixture.git("count-objects")

            let handle = try RepositoryHandle(at: fixture.path, quarantine: "\(directory)/q")
            let working = try handle.workingTree()
            #expect(working.lists.modified == ["a", "hidden", "staged"])
            #expect(working.lists.added == ["new/file"] && working.lists.deleted == ["gone"])
            #expect(working.lists.ignored == ["x.o"])
            #expect(
                try handle.workingTree(includesIgnored: true).lists.added == ["new/file", "x.o"])
            #expect(try Data(contentsOf: index) == before)
            #expect(try fixture.git("count-objects") == count)
        }
    }

    @Test("A repository without a commit has a working tree, a bare one has none")
    func unbornAndBare() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.write("first", "1\n")
            let handle = try RepositoryHandle(at: fixture.path, quarantine: "\(directory)/q")
            #expect(try handle.workingTree().lists.added == ["first"])
            try fixture.git("init", "--quiet", "--bare", "\(directory)/bare")
            let bare = try RepositoryHandle(at: "\(directory)/bare", quarantine: "\(directory)/q")
            let error = #expect(throws: GitError.self) { try bare.workingTree() }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("A hostile working directory runs nothing and hides nothing")
    func hostile() throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            let trap = "\(directory)/ran"
            try fixture.commit([".gitattributes": "* filter=x diff=x\n", "a": "1\n"])
            for (key, value) in [
                "core.fsmonitor": "touch \(trap)", "filter.x.clean": "touch \(trap); cat",
                "filter.x.process": "touch \(trap)", "diff.external": "touch \(trap)",
                "diff.x.textconv": "touch \(trap); cat", "core.hooksPath": "\(directory)/hooks",
                "core.excludesFile": "\(directory)/excludes", "core.untrackedCache": "true",
            ] {
                try fixture.git("config", key, value)
            }
            try Data("b\n".utf8).write(to: URL(fileURLWithPath: "\(directory)/excludes"))
            for hook in ["post-index-change", "pre-commit", "post-checkout"] {
                try fixture.write(".git/hooks/\(hook)", "#!/bin/sh\ntouch \(trap)\n")
                #expect(chmod("\(fixture.path)/.git/hooks/\(hook)", 0o755) == 0)
            }
            try fixture.write("a", "2\n")
            try fixture.write("b", "b\n")
            try FileManager.default.createSymbolicLink(
                atPath: fixture.path + "/dir", withDestinationPath: "/etc")
            let handle = try RepositoryHandle(at: fixture.path, quarantine: "\(directory)/q")
            let working = try handle.workingTree()
            #expect(working.lists.modified == ["a"] && working.lists.added == ["b", "dir"])
            _ = try handle.patch(from: working.head, to: working.tree)
            #expect(!FileManager.default.fileExists(atPath: trap))
        }
    }
}
