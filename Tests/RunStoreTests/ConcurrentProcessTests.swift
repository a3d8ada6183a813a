import Foundation
import RunModel
import TestSupport
import Testing

@testable import RunStore

#if canImport(Glibc)
import Glibc
#endif

/// The promises that hold between processes and across SIGKILL, tried with real processes.
@Suite struct ConcurrentProcessTests {
    static let time = "2026-03-01T12:00:00Z"

    @Test func fourProcessesShareOneBudgetAndOneBreakerExactly() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.sqlite"
            _ = try Store(path: path)
            await withTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        await #expect(processExitsWith: .success) {
                            [path = path as String, worker = worker as Int] in
                            let store = try Store(path: path)
                            for step in 0..<20 {
                                let id = "\(worker)-\(step)"
                                _ = try await store.reserve(
                                    id: id, incident: "i", resource: .tokens, amount: 1, limit: 50)
                                _ = try await store.recordFailure(
                                    repository: "r", test: "t", culprit: "c", attempt: id,
                                    threshold: 70, time: Self.time)
                                try await store.append(
                                    RecordedEvent(
                                        subject: "w\(worker)", kind: "\(step)", time: Self.time,
                                        payload: "{}"))
                            }
                        }
                    }
                }
            }
            let store = try Store(path: path)
            #expect(try await store.used(incident: "i", resource: .tokens) == 50)
            let breaker = try await store.breaker(repository: "r", test: "t", culprit: "c")
            #expect(breaker.failures == 80)
            #expect(breaker.isOpen)
            for worker in 0..<4 {
                let kinds = try await store.events(of: "w\(worker)").map(\.kind)
                #expect(kinds == (0..<20).map(String.init))
            }
        }
    }

    @Test func aNewStoreIsMadeOnceHoweverManyComeAtOnce() async throws {
        try await withTemporaryDirectory { directory in
            // By then all of them are there.
            let start = Date.now.timeIntervalSince1970 + 2
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        await #expect(processExitsWith: .success) {
                            [start = start as Double, directory = directory as String] in
                            while Date.now.timeIntervalSince1970 < start { usleep(100) }
                            for number in 0..<10 {
                                let store = try Store(path: "\(directory)/\(number).sqlite")
                                try await store.append(
                                    RecordedEvent(
                                        subject: "s", kind: "k", time: Self.time, payload: "{}"))
                            }
                        }
                    }
                }
            }
            for number in 0..<10 {
                let store = try Store(path: "\(directory)/\(number).sqlite")
                #expect(try await store.events(of: "s").count == 6)
            }
        }
    }

    @Test func whatWasAcknowledgedSurvivesSIGKILL() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.sqlite"
            let acknowledged = directory + "/acknowledged"
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, acknowledged = acknowledged as String] in
                let store = try Store(path: path)
                let file = open(acknowledged, O_WRONLY | O_CREAT | O_APPEND, 0o600)
                let killer = Thread {
                    usleep(120_000)
                    kill(getpid(), SIGKILL)
                }
                killer.start()
                for step in 0..<1_000_000 {
                    try await store.append(
                        RecordedEvent(
                            subject: "a", kind: "\(step)", time: Self.time, payload: "{}"))
                    let line = "\(step)\n"
                    _ = line.withCString { write(file, $0, strlen($0)) }
                }
            }
            let store = try Store(path: path)
            let kinds = try await store.events(of: "a").map(\.kind)
            let text = (try? String(contentsOfFile: acknowledged, encoding: .utf8)) ?? ""
            let promised = text.split(separator: "\n").map(String.init)
            #expect(Array(kinds.prefix(promised.count)) == promised)
            // At most the one that was under way is there beyond them.
            #expect(kinds.count - promised.count <= 1)
            #expect(kinds == (0..<kinds.count).map(String.init))
        }
    }
}
