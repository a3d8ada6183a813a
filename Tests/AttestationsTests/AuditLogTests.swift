import Digests
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Attestations

@Suite struct AuditLogTests {
    private static func event(_ number: Int) -> RecordedEvent {
        RecordedEvent(
            subject: "run-\(number)", kind: "run.finished", time: "2026-01-01T00:00:00Z",
            payload: #"{"number":\#(number)}"#)
    }

    private static func withLog(
        of count: Int,
        _ body: (String, TrustStore, SigningKey) throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let key = SigningKey()
            let path = directory + "/audit.jsonl"
            let log = AuditLog(path: path, signer: try KeySigner(key))
            for number in 0..<count { try await log.append(event(number)) }
            try body(path, try TrustStore(keys: [key.verifyingKey]), key)
        }
    }

    @Test func countsWhatWasAppended() async throws {
        try await Self.withLog(of: 20) { path, trust, _ in
            let count = try AuditLog.verify(path: path, trust: trust)
            #expect(count == 20)
        }
    }

    @Test func severalLogsOfOneFileKeepOneChain() async throws {
        try await withTemporaryDirectory { directory in
            let key = SigningKey()
            let path = directory + "/audit.jsonl"
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    let log = AuditLog(path: path, signer: try KeySigner(key))
                    group.addTask {
                        for number in 0..<5 {
                            try await log.append(Self.event(writer * 10 + number))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let trust = try TrustStore(keys: [key.verifyingKey])
            #expect(try AuditLog.verify(path: path, trust: trust) == 20)
        }
    }

    enum Damage: CaseIterable { case change, remove, swap, cut, noHead, otherKey }

    @Test(arguments: Damage.allCases)
    func noticesEveryDamage(_ damage: Damage) async throws {
        try await Self.withLog(of: 8) { path, trust, key in
            var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            var trust = trust
            switch damage {
            case .change: lines[3] = Substring(lines[3].replacing("run-3", with: "run-4"))
            case .remove: lines.remove(at: 4)
            case .swap: lines.swapAt(2, 3)
            case .cut: lines.removeLast()
            case .noHead: try FileManager.default.removeItem(atPath: path + ".head")
            case .otherKey: trust = try TrustStore(keys: [SigningKey().verifyingKey])
            }
            let text = lines.map { $0 + "\n" }.joined()
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(throws: AttestationError.self) {
                try AuditLog.verify(path: path, trust: trust)
            }
        }
    }

    /// A crash between the line and its head leaves a line that nobody was told about.
    @Test func goesOnAfterACrash() async throws {
        try await withTemporaryDirectory { directory in
            let key = SigningKey()
            let path = directory + "/audit.jsonl"
            let log = AuditLog(path: path, signer: try KeySigner(key))
            try await log.append(Self.event(0))
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("{\"half\":".utf8))
            try handle.close()
            try await log.append(Self.event(1))
            let trust = try TrustStore(keys: [key.verifyingKey])
            #expect(try AuditLog.verify(path: path, trust: trust) == 2)
        }
    }
}
