import Foundation
import Glibc
import RunModel
import TestSupport
import Testing

@testable import Images

@Suite struct ImageStoreTests {
    private func publish(
        _ store: ImageStore, name: String = "tool", key: String = "0123", file: String = "hello"
    ) throws -> ImageRecord {
        let making = try store.beginMaking()
        let files = FileManager.default
        try files.createDirectory(
            atPath: making + "/rootfs/bin", withIntermediateDirectories: true)
        try Data(file.utf8).write(to: URL(filePath: making + "/rootfs/bin/tool"))
        try files.setAttributes(
            [.posixPermissions: 0o4755], ofItemAtPath: making + "/rootfs/bin/tool")
        try files.createSymbolicLink(
            atPath: making + "/rootfs/sh", withDestinationPath: "/etc/passwd")
        mkfifo(making + "/rootfs/pipe", 0o600)
        return try store.publish(
            making, name: name, source: .recipe, key: key, environment: ["A=b"],
            builtAt: "2026-01-02T03:04:05Z")
    }

    @Test func whatIsPublishedIsFoundHeldVerifiedAndRemoved() throws {
        try withTemporaryDirectory { directory in
            let store = ImageStore(root: directory + "/images")
            let record = try publish(store)
            #expect(store.list() == [record])
            #expect(store.find("tool", key: "0123") == record)
            #expect(store.find("tool", key: "other") == nil)
            #expect(record.files == 3)
            #expect(record.sizeBytes == 5)
            #expect(try store.verify(record).isEmpty)
            do {
                guard let held = store.hold(record) else {
                    Issue.record("a whole image cannot be held")
                    return
                }
                let path = held.path
                #expect(FileManager.default.isReadableFile(atPath: path + "/bin/tool"))
                let error = #expect(throws: PortError.self) { try store.remove(record) }
                #expect(error?.reason == "a sandbox uses it")
            }
            try store.remove(record)
            #expect(store.list().isEmpty)
            let isGone = store.hold(record) == nil
            #expect(isGone)
        }
    }

    /// Nothing inside could use them, and none is left to be found by whoever reads the store.
    @Test func pipesAndSetIdBitsAreTakenAway() throws {
        try withTemporaryDirectory { directory in
            let store = ImageStore(root: directory + "/images")
            let folder = store.root + "/" + (try publish(store)).folder + "/rootfs"
            #expect(!FileManager.default.fileExists(atPath: folder + "/pipe"))
            var information = stat()
            #expect(lstat(folder + "/bin/tool", &information) == 0)
            #expect(information.st_mode & 0o7777 == 0o755)
        }
    }

    @Test(arguments: ["content", "mode", "added", "removed", "link"])
    func everyChangeIsSeen(change: String) throws {
        try withTemporaryDirectory { directory in
            let store = ImageStore(root: directory + "/images")
            let record = try publish(store)
            let root = store.root + "/" + record.folder + "/rootfs"
            let files = FileManager.default
            switch change {
            case "content": try Data("jello".utf8).write(to: URL(filePath: root + "/bin/tool"))
            case "mode": #expect(chmod(root + "/bin/tool", 0o777) == 0)
            case "added": try Data().write(to: URL(filePath: root + "/new"))
            case "removed": try files.removeItem(atPath: root + "/bin/tool")
            default:
                try files.removeItem(atPath: root + "/sh")
                try files.createSymbolicLink(atPath: root + "/sh", withDestinationPath: "/bin")
            }
            let differences = try store.verify(record)
            #expect(!differences.isEmpty)
            #expect(differences.allSatisfy { $0.hasPrefix("+ ") || $0.hasPrefix("- ") })
        }
    }

    @Test func whatIsNotWholeIsNoImageAndIsCollected() throws {
        try withTemporaryDirectory { directory in
            let store = ImageStore(root: directory + "/images")
            let record = try publish(store)
            let folder = store.root + "/" + record.folder
            let dead = store.root + "/making-4194304-1"
            try FileManager.default.createDirectory(
                atPath: dead + "/rootfs", withIntermediateDirectories: true)
            try FileManager.default.removeItem(atPath: folder + "/image.json")
            #expect(store.list().isEmpty)
            let own = try store.beginMaking()
            #expect(!FileManager.default.fileExists(atPath: dead))
            #expect(FileManager.default.fileExists(atPath: own))
            store.discard(own)
        }
    }

    @Test func aStoreThatOthersMayWriteToIsRefused() throws {
        try withTemporaryDirectory { directory in
            let root = directory + "/images"
            try FileManager.default.createDirectory(
                atPath: root, withIntermediateDirectories: false)
            #expect(chmod(root, 0o777) == 0)
            #expect(throws: PortError.self) { _ = try ImageStore(root: root).beginMaking() }
        }
    }
}
