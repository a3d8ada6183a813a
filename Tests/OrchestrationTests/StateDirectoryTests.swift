import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Orchestration

/// Where Drydock keeps its state is made by whoever comes first.
@Suite struct StateDirectoryTests {
    @Test func theFirstOnesOnAMachineMayComeAtOnce() throws {
        try withTemporaryDirectory { directory in
            let failures = Mutex<[String]>([])
            for round in 0..<100 {
                let path = "\(directory)/\(round)/state/drydock"
                DispatchQueue.concurrentPerform(iterations: 8) { _ in
                    do { _ = try StateDirectory.prepared(at: path) } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
                let modes = try [path, "\(directory)/\(round)"].map(mode)
                #expect(modes == [0o700, 0o700])
            }
            #expect(failures.withLock { $0 } == [])
        }
    }

    @Test func whatIsOpenToOthersIsRefused() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/state"
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o755])
            let failure = try #require(throws: (any Error).self) {
                try StateDirectory.prepared(at: path)
            }
            #expect("\(failure)".contains("chmod it 0700"))
        }
    }

    @Test func whatCannotBeMadeIsNamed() throws {
        try withTemporaryDirectory { directory in
            try "a file\n".write(
                toFile: directory + "/file", atomically: true, encoding: .utf8)
            let failure = try #require(throws: (any Error).self) {
                try StateDirectory.prepared(at: directory + "/file/below/drydock")
            }
            #expect("\(failure)".contains("/file/below"))
        }
    }

    private func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
