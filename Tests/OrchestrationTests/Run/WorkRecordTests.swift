import Foundation
import LinuxKernel
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Orchestration

/// Verifications and triages on record: which process works on one, and on which none does any more.
@Suite struct WorkRecordTests {
    @Test func aReusedProcessNumberIsNeitherRunningNorStopped() throws {
        let bystander = try HostProcess("/bin/sleep", arguments: ["600"], environment: [:])
            .release()
        defer { kill(bystander, SIGKILL) }
        let start = try #require(ProcessIdentity.start(of: bystander))
        func record(start: UInt64?) -> WorkRecord {
            WorkRecord(
                RunRecord(
                    id: "verify-1", kind: "verify", title: "t", process: bystander,
                    processStart: start, startedAt: "2026-01-01T00:00:00Z"))
        }
        // Another start is another process; so is one of which no start was written.
        for other in [start - 1, start + 1, nil] {
            #expect(record(start: other).summary.state == .interrupted)
            #expect(try record(start: other).stop() == nil)
        }
        usleep(50_000)
        #expect(ProcessIdentity.start(of: bystander) == start, "it was signalled")
        let own = record(start: start)
        #expect(own.summary.state == .running)
        #expect(try own.stop() == bystander)
        let status = HostProcess.reap(bystander)
        #expect(status == 128 + SIGTERM)
    }

    @Test func whoeverWorksIsOnRecordWithItsStart() async throws {
        try await withTemporaryDirectory { directory in
            let store = try Store(path: directory + "/store.sqlite")
            _ = try await WorkRecord.perform(
                "triage", title: "t", store: store, document: { (_: Int) in "{}" }
            ) {
                let seen = try await store.runs().map(WorkRecord.init)
                #expect(seen.map(\.summary.state) == [.running])
                #expect(seen.first?.summary.process == getpid())
                return 1
            }
            let ended = try await store.runs().map(WorkRecord.init)
            #expect(ended.map(\.summary.state) == [.ended] && ended.first?.document == "{}")
        }
    }
}
