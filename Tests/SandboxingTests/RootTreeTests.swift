import Foundation
import Glibc
import LinuxKernel
import RunModel
import Testing

@testable import Sandboxing

/// Ready-made roots: there are as many as are of use, and none that is in use goes.
@Suite struct RootTreeTests {
    private final class Folder: Sendable {
        let path = FileManager.default.temporaryDirectory.path + "/roots-\(UUID().uuidString)"

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// As if nothing had happened there for two minutes.
        func age() {
            var times = [timeval(), timeval()]
            for index in 0..<2 { times[index].tv_sec = time(nil) - 120 }
            _ = utimes(path + "/roots", times)
        }

        func names(_ isWanted: (String) -> Bool) -> [String] {
            FileKind.names(in: path + "/roots").filter(isWanted)
        }
    }

    /// One tree for each place.
    private func tree(at place: Int, _ folder: Folder, _ facts: HostFacts) -> RootTree? {
        var request = TestSandbox.request("/bin/true")
        request.workingDirectory = "/tmp/\(place)"
        return RootTreeStore(runtimeDirectory: folder.path).tree(for: request, on: facts) {
            try? SandboxPlanner.explain(request, on: facts).steps
        }
    }

    @Test func everyKindOfRunGetsATreeHoweverManyThereWere() throws {
        let folder = try Folder()
        let facts = HostFacts.gather(environment: TestSandbox.environment)
        for place in 0..<150 {
            let tree = try #require(self.tree(at: place, folder, facts), "kind \(place)")
            #expect(FileKind.isRealDirectory(tree.path + "/etc"))
            folder.age()
        }
        #expect(self.tree(at: 149, folder, facts) == self.tree(at: 149, folder, facts))
        let lists = folder.names { $0.hasSuffix(".list") }
        #expect(lists.count <= 24)
        #expect(folder.names { $0.hasPrefix("tree-") }.count <= 48)
        for list in lists {
            let kept = try #require(RootTreeList(at: folder.path + "/roots/" + list))
            #expect(FileKind.isRealDirectory(folder.path + "/roots/" + kept.tree + "/etc"))
        }
    }

    /// What is bound to the same place by one run as a folder and by the next as a file, as the roots of
    /// certificates are: a tree that has a folder there is none for a file.
    @Test(arguments: [true, false])
    func aMountPointIsOfTheKindOfWhatIsMounted(isOfDrydock: Bool) throws {
        let folder = try Folder()
        let facts = HostFacts.gather(environment: TestSandbox.environment)
        let source = folder.path + "/bound"
        let target = isOfDrydock ? "/run/drydock/trust/roots" : "/srv/roots"
        func tree(of source: String) -> RootTree? {
            var request = TestSandbox.request("/bin/true")
            let bind = BindSpecification(source: source, target: target)
            if isOfDrydock { request.systemBinds = [bind] } else { request.binds = [bind] }
            return RootTreeStore(runtimeDirectory: folder.path).tree(for: request, on: facts) {
                try? SandboxPlanner.explain(request, on: facts).steps
            }
        }
        #expect(mkdir(source, 0o755) == 0)
        let first = try #require(tree(of: source))
        #expect(FileKind.of(first.path + target) == .directory)
        #expect(tree(of: source) == first)

        #expect(rmdir(source) == 0)
        try "a root\n".write(toFile: source, atomically: true, encoding: .utf8)
        let second = try #require(tree(of: source))
        #expect(FileKind.of(second.path + target) == .regular)

        // A folder of each run's own is no kind of its own.
        guard isOfDrydock else { return }
        let other = folder.path + "/other"
        #expect(mkdir(other, 0o755) == 0)
        #expect(tree(of: other) == first)
    }

    /// Many starts at once after a quiet time: while some make room for new kinds, others choose what is
    /// there, and have it.
    @Test func whatWasChosenStaysWhileOthersMakeRoom() throws {
        let folder = try Folder()
        let facts = HostFacts.gather(environment: TestSandbox.environment)
        for round in 0..<2 {
            for kind in 0..<24 { _ = tree(at: kind, folder, facts) }
            folder.age()
            DispatchQueue.concurrentPerform(iterations: 8) { index in
                guard let tree = tree(at: index < 4 ? index : round * 100 + index, folder, facts)
                else { return }
                #expect(
                    FileKind.of(tree.path + "/etc/passwd") == .regular,
                    "round \(round), kind \(index)")
            }
        }
    }

    @Test func noTreeGoesWhileASandboxRuns() throws {
        let folder = try Folder()
        let facts = HostFacts.gather(environment: TestSandbox.environment)
        let first = try #require(self.tree(at: 0, folder, facts))
        let lease = try SandboxLease(directory: folder.path, limit: 16)
        var made = 1
        while made < 200, tree(at: made, folder, facts) != nil {
            folder.age()
            made += 1
        }
        #expect(made > 48 && made < 200, "\(made)")
        #expect(FileKind.isRealDirectory(first.path + "/etc"))
        _ = consume lease
        folder.age()
        #expect(tree(at: made, folder, facts) != nil)
        #expect(FileKind.of(first.path) == .absent)
    }
}
