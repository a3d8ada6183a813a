import Foundation
import GRDB
import RunModel
import TestSupport
import Testing

@testable import RunStore

@Suite struct RunStoreTests {
    static let noon = "2026-03-01T12:00:00Z"

    static func incident(
        _ id: String = "inc-1", repository: String = "r", signature: String = "s",
        branch: String = "main"
    ) -> IncidentRecord {
        IncidentRecord(
            id: id, repository: repository, signature: signature, branch: branch, title: "t",
            openedAt: noon, updatedAt: noon)
    }

    static let holder = IncidentHolder(host: "h", process: 1, processStart: 1)

    static func withStore(_ body: (Store) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let store = try Store(path: directory + "/store.sqlite")
            _ = try await store.claim(incident(), holder: holder) { _ in false }
            try await body(store)
        }
    }

    @Test func eventsComeBackInOrderAndReopened() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.sqlite"
            let events = (0..<20).map {
                RecordedEvent(subject: "a", kind: "k\($0)", time: Self.noon, payload: "{}")
            }
            try await Store(path: path).appendAll(events)
            #expect(try await Store(path: path).events(of: "a") == events)
            #expect(try await Store(path: path).events(of: "b").isEmpty)
        }
    }

    @Test func aStaleWriterCannotAppend() async throws {
        try await Self.withStore { store in
            let event = RecordedEvent(subject: "a", kind: "k", time: Self.noon, payload: "{}")
            try await store.append(event, expectingCount: 0)
            let error = await #expect(throws: RunStoreError.self) {
                try await store.append(event, expectingCount: 0)
            }
            #expect(error?.code == .conflict)
            #expect(try await store.events(of: "a").count == 1)
        }
    }

    @Test(arguments: ["DELETE FROM events", "UPDATE events SET kind = 'x'"])
    func theDatabaseRefusesToChangeHistory(statement: String) async throws {
        try await Self.withStore { store in
            try await store.append(
                RecordedEvent(subject: "a", kind: "k", time: Self.noon, payload: "{}"))
            await #expect(throws: RunStoreError.self) {
                try await store.write("tampering", "a") { try $0.execute(sql: statement) }
            }
            #expect(try await store.events(of: "a").map(\.kind) == ["k"])
        }
    }

    @Test func theFileIsPrivate() async throws {
        try await Self.withStore { store in
            let attributes = try FileManager.default.attributesOfItem(atPath: store.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func aDirectoryThatIsNotThereIsExplained() throws {
        let error = #expect(throws: RunStoreError.self) {
            try Store(path: "/nonexistent/store.sqlite")
        }
        #expect(error?.code == .unavailable)
        #expect(error?.remedy.isEmpty == false)
    }

    @Test func anUnreadableFileIsRefused() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/store.sqlite"
            try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: path))
            #expect(throws: RunStoreError.self) { try Store(path: path) }
        }
    }

    @Test func aNewerSchemaIsRefused() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.sqlite"
            try await Store(path: path).write("t", "t") { database in
                try database.execute(
                    sql: "INSERT INTO grdb_migrations(identifier) VALUES ('v99')")
            }
            let error = #expect(throws: RunStoreError.self) { try Store(path: path) }
            #expect(error?.code == .tooNew)
        }
    }

    @Test func theSameFailureIsTheSameIncident() async throws {
        try await Self.withStore { store in
            let again = try await store.claim(
                Self.incident("inc-2"), holder: Self.holder
            ) { _ in true }
            #expect(again.id == "inc-1")
            let other = try await store.claim(
                Self.incident("inc-3", signature: "other"), holder: Self.holder
            ) { _ in true }
            #expect(other.id == "inc-3")
        }
    }

    @Test func aLivingHolderKeepsItsIncidentAndADeadOneDoesNot() async throws {
        try await Self.withStore { store in
            let second = IncidentHolder(host: "h", process: 2, processStart: 1)
            let error = await #expect(throws: RunStoreError.self) {
                _ = try await store.claim(Self.incident(), holder: second) { _ in true }
            }
            #expect(error?.code == .conflict)
            _ = try await store.claim(Self.incident(), holder: second) { _ in false }
            #expect(try await store.holder(ofIncident: "inc-1") == second)
            try await store.release(incident: "inc-1", status: .escalated, time: Self.noon)
            #expect(try await store.holder(ofIncident: "inc-1") == nil)
            #expect(try await store.incident("inc").status == .escalated)
        }
    }

    @Test func theBreakerOpensAtTheThresholdAndCountsAnAttemptOnce() async throws {
        try await Self.withStore { store in
            func fail(_ attempt: String, culprit: String = "c") async throws -> BreakerState {
                try await store.recordFailure(
                    repository: "r", test: "t", culprit: culprit, attempt: attempt, threshold: 2,
                    time: Self.noon)
            }
            #expect(try await fail("1") == BreakerState(failures: 1))
            #expect(try await fail("1") == BreakerState(failures: 1))
            #expect(try await fail("2").isOpen)
            #expect(try await store.breaker(repository: "r", test: "t", culprit: "c").isOpen)
            // A changed culprit is another failure.
            #expect(
                try await store.breaker(repository: "r", test: "t", culprit: "d").isOpen == false)
            #expect(try await fail("3", culprit: "d") == BreakerState(failures: 1))
            try await store.closeBreaker(repository: "r", test: "t")
            #expect(
                try await store.breaker(repository: "r", test: "t", culprit: "d") == BreakerState())
        }
    }

    @Test func budgetsAreReservedBeforeAndSettledAfter() async throws {
        try await Self.withStore { store in
            func reserve(_ id: String, _ amount: Double) async throws -> BudgetAnswer {
                try await store.reserve(
                    id: id, incident: "inc-1", resource: .tokens, amount: amount, limit: 100)
            }
            #expect(try await reserve("a", 70) == .granted(warning: false))
            #expect(try await reserve("b", 40) == .refused(remaining: 30))
            try await store.settle(id: "a", used: 50)
            try await store.settle(id: "a", used: 1)
            #expect(try await reserve("b", 40) == .granted(warning: true))
            // Resumed: the same use again counts once.
            #expect(try await reserve("b", 40) == .granted(warning: true))
            #expect(try await store.used(incident: "inc-1", resource: .tokens) == 90)
            #expect(try await reserve("c", 20) == .refused(remaining: 10))
        }
    }

    @Test func attemptsAreLimitedByBranchRepositoryAndDay() async throws {
        try await Self.withStore { store in
            let limits = AttemptLimits(perBranchAndDay: 2, perRepositoryAndDay: 3)
            func admit(
                _ number: Int, _ incident: IncidentRecord, _ time: String = Self.noon
            ) async throws -> String? {
                try await store.admit(
                    attempt: HealReport.Attempt(number: number, fixer: "f"), incident: incident,
                    limits: limits, time: time)
            }
            let main = Self.incident()
            let other = Self.incident("inc-2", signature: "z", branch: "next")
            _ = try await store.claim(other, holder: Self.holder) { _ in false }
            #expect(try await admit(1, main) == nil)
            #expect(try await admit(1, main) == nil)
            #expect(try await admit(2, main) == nil)
            #expect(try await admit(3, main)?.contains("branch main") == true)
            #expect(try await admit(1, other) == nil)
            #expect(try await admit(2, other)?.contains("repository") == true)
            #expect(try await admit(3, main, "2026-03-02T00:00:00Z") == nil)
            var ended = HealReport.Attempt(number: 2, fixer: "f")
            ended.note = "no"
            try await store.finish(attempt: ended, incident: "inc-1")
            #expect(try await store.attempts(ofIncident: "inc-1")[1] == ended)
        }
    }

    @Test func onePullRequestPerIncidentEver() async throws {
        try await Self.withStore { store in
            func claim(_ branch: String, _ tree: String) async throws -> PullRequestClaim {
                try await store.claimPullRequest(
                    incident: "inc-1", branch: branch, tree: tree, time: Self.noon)
            }
            #expect(try await claim("drydock/a", "1") == .reserved(branch: "drydock/a", tree: "1"))
            #expect(try await claim("drydock/b", "2") == .reserved(branch: "drydock/a", tree: "2"))
            let reference = PullRequestReference(
                forge: "local", branch: "drydock/a", head: "h", url: "u")
            try await store.recordPullRequest(reference, incident: "inc-1")
            var second = reference
            second.url = "other"
            try await store.recordPullRequest(second, incident: "inc-1")
            #expect(try await claim("drydock/c", "3") == .opened(reference))
            #expect(try await store.pullRequest(ofIncident: "inc-1") == reference)
            #expect(
                try await store.recordTicket(url: "1", incident: "inc-1", time: Self.noon) == "1")
            #expect(
                try await store.recordTicket(url: "2", incident: "inc-1", time: Self.noon) == "1")
        }
    }

    @Test func anApprovalIsBoundToItsTreeAndFinal() async throws {
        try await Self.withStore { store in
            func ask(_ id: String, _ tree: String) async throws -> ApprovalRecord {
                try await store.request(
                    approval: ApprovalRecord(
                        id: id, incident: "inc-1", tree: tree, reasons: ["x"],
                        requestedAt: Self.noon))
            }
            #expect(try await ask("ap-1", "t1").id == "ap-1")
            #expect(try await ask("ap-2", "t1").id == "ap-1")
            let decided = try await store.decide(
                approval: "ap-1", decision: .approved, by: "ada", time: Self.noon)
            #expect(decided.decision == .approved && decided.decidedBy == "ada")
            #expect(try await ask("ap-3", "t2").decision == nil)
            let error = await #expect(throws: RunStoreError.self) {
                _ = try await store.decide(
                    approval: "ap-1", decision: .rejected, by: "bob", time: Self.noon)
            }
            #expect(error?.code == .conflict)
            await #expect(throws: RunStoreError.self) {
                _ = try await store.decide(
                    approval: "nothing", decision: .approved, by: "bob", time: Self.noon)
            }
        }
    }

    @Test func baselinesAndLayersComeBackByTheirWholeKey() async throws {
        try await Self.withStore { store in
            var key = BaselineKey(
                tree: "t", lockDigest: "l", toolchainDigest: "c", environmentDigest: "e")
            let results = [TestResult(id: "a", status: .passed, score: 0.5)]
            try await store.store(results, for: key)
            #expect(try await store.baseline(for: key) == results)
            key.environmentDigest = "other"
            #expect(try await store.baseline(for: key) == nil)

            let layer = SetupLayerRecord(
                key: "k", path: "/p", trustDomain: "verify", bytes: 1, builtAt: Self.noon,
                expiresAt: "2026-03-02T00:00:00Z")
            try await store.record(setupLayer: layer)
            #expect(try await store.setupLayer(key: "k", time: Self.noon) == layer)
            #expect(try await store.setupLayer(key: "k", time: "2026-03-03T00:00:00Z") == nil)
            try await store.forget(setupLayer: "k")
            #expect(try await store.setupLayer(key: "k", time: Self.noon) == nil)
        }
    }

    @Test func runsAreListedWithTheirEnd() async throws {
        try await Self.withStore { store in
            try await store.begin(
                run: RunRecord(
                    id: "run-1", kind: "run", title: "make", process: 7, processStart: .max,
                    startedAt: Self.noon))
            #expect(try await store.runs().map(\.state) == [.running])
            #expect(try await store.runs().map(\.processStart) == [.max])
            try await store.end(run: "run-1", document: "{}", time: Self.noon)
            #expect(try await store.run("run-1")?.document == "{}")
            #expect(try await store.run("run-2") == nil)
        }
    }
}
