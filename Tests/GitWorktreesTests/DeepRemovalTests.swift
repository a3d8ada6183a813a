import Foundation
import Testing

@testable import GitWorktrees

/// Trees of workloads, which nest as deep as they like.
@Suite struct DeepRemovalTests {
    @Test func aTreeDeeperThanDescriptorsGoIsRemoved() throws {
        let root = NSTemporaryDirectory() + "drydock-deep-\(UUID().uuidString)"
        #expect(mkdir(root, 0o700) == 0)
        var current = open(root, O_RDONLY | O_DIRECTORY)
        for level in 0..<5000 {
            #expect(mkdirat(current, "d", 0o755) == 0)
            let next = openat(current, "d", O_RDONLY | O_DIRECTORY)
            // Files on the way, and a second branch now and then.
            if level % 50 == 0 {
                close(openat(current, "file", O_CREAT | O_WRONLY, 0o600))
                #expect(mkdirat(current, "removing-1", 0o755) == 0)
                #expect(symlinkat("/", current, "link") == 0)
            }
            close(current)
            current = next
        }
        close(current)
        let parent = try DirectoryHandle((root as NSString).deletingLastPathComponent)
        try parent.remove(Array((root as NSString).lastPathComponent.utf8))
        #expect(!FileManager.default.fileExists(atPath: root))
        try parent.remove(Array("drydock-never-there".utf8))
    }
}
