import Repair
import RunModel
import Testing

@testable import Orchestration

@Suite struct HealStateMachineTests {
    typealias E = HealEvent

    static func request(fixers: [String] = ["a", "b"], attempts: Int = 3) -> HealRequest {
        var budget = HealBudget()
        budget.attempts = attempts
        return HealRequest(
            repository: "/r", good: "g", bad: "b", badTree: "bad", targetBranch: "main",
            fixers: fixers, budget: budget, never: ["tests/architecture/**"])
    }

    static func triage(_ kind: TriageClass, test: String = "tests/t.py::x") -> HealEvent {
        .triaged(
            TriageReport(
                class: kind,
                tests: [.init(id: test, class: kind, good: .init(passed: 1), bad: .init(failed: 1))]
            ))
    }

    static func proposal(_ tree: String, fixer: String = "a") -> HealEvent {
        .proposed(
            Proposal(fixer: fixer, kind: .rename, tree: tree, base: "bad", explanation: "e"),
            patch: "patch-" + tree)
    }

    static func gate(_ verdict: GateVerdict) -> HealEvent {
        .gated(
            GateReport(
                verdict: verdict, base: "bad", head: "h", tree: "t",
                policy: PolicyIdentity(source: "default", digest: "d"), findings: [],
                statistics: GateStatistics()))
    }

    static func verdict(
        _ verdict: VerificationVerdict, tree: String, fixed: [String] = [], broken: [String] = []
    ) -> HealEvent {
        var report = VerificationReport(verdict: verdict, reasons: [], tree: tree)
        report.tests.fixed = fixed
        report.tests.broken = broken
        return .verified(report)
    }

    static let opening: [HealEvent] = [
        .begun(request()), .detected(Detection(source: "test", isRed: true)), triage(.regression),
    ]

    static func attempt(_ tree: String, number: Int, fixer: String = "a") -> [HealEvent] {
        [
            proposal(tree, fixer: fixer), .admitted(attempt: number), gate(.pass),
            .reviewed(ReviewAnswer(isAccepted: true)),
        ]
    }

    static func action(after events: [HealEvent]) throws -> HealAction? {
        try HealStateMachine.replay(events).nextAction
    }

    @Test func theStraightWayOut() throws {
        let pull = PullRequestReference(forge: "local", branch: "b", head: "h", url: "u")
        var machine = HealStateMachine()
        var names: [String] = []
        for event in Self.opening + Self.attempt("t1", number: 1) + [
            Self.verdict(.verified, tree: "t1"), .published(pull), .notified(failures: []),
        ] {
            names.append(try machine.apply(event)?.name ?? "-")
        }
        #expect(
            names == [
                "detection", "triage", "fixer a", "admission", "gate", "review", "verification",
                "pull request", "notification", "end",
            ])
        #expect(machine.nextAction == .finish(.pullRequest))
    }

    @Test(arguments: [
        (TriageClass.none, HealAction.finish(.nothingToHeal)), (.preExisting, .notify),
        (.flaky, .notify), (.infrastructure, .notify),
        (.ambiguous, .escalate(reason: "triage could not attribute the failure")),
        (.regression, .propose(fixer: "a")), (.dependencyDrift, .propose(fixer: "a")),
    ])
    func triageDecidesDispatch(kind: TriageClass, expected: HealAction) throws {
        let events = Self.opening.dropLast() + [Self.triage(kind)]
        #expect(try Self.action(after: Array(events)) == expected)
    }

    @Test func aGreenBuildEndsAtOnce() throws {
        let events: [HealEvent] = [
            .begun(Self.request()), .detected(Detection(source: "test", isRed: false)),
        ]
        #expect(try Self.action(after: events) == .finish(.nothingToHeal))
    }

    @Test func whatNoAgentMayTouchGoesToAHuman() throws {
        let events =
            Self.opening.dropLast() + [
                Self.triage(.regression, test: "tests/architecture/layers.py::t")
            ]
        guard case .escalate(let reason) = try Self.action(after: Array(events)) else {
            Issue.record("not escalated")
            return
        }
        #expect(reason.contains("heal.never"))
    }

    @Test(arguments: [
        [gate(.block)], [gate(.pass), .reviewed(ReviewAnswer(isAccepted: false))],
        [
            gate(.pass), .reviewed(ReviewAnswer(isAccepted: true)),
            verdict(.rejected, tree: "t1"),
        ],
        [
            gate(.pass), .reviewed(ReviewAnswer(isAccepted: true)),
            verdict(.inconclusive, tree: "t1"),
        ],
        // A report about another tree proves nothing.
        [
            gate(.pass), .reviewed(ReviewAnswer(isAccepted: true)),
            verdict(.verified, tree: "other"),
        ],
    ])
    func aFailedAttemptIsFollowedByAnother(ending: [HealEvent]) throws {
        let events = Self.opening + [Self.proposal("t1"), .admitted(attempt: 1)] + ending
        let machine = try HealStateMachine.replay(events)
        #expect(machine.nextAction == .propose(fixer: "a"))
        #expect(machine.state?.tried.map(\.tree) == ["t1"])
        #expect(machine.state?.attempts.first?.note.isEmpty == false)
    }

    @Test(arguments: [proposal("t1"), proposal("bad")])
    func theSameProposalIsNeverTriedTwice(again: HealEvent) throws {
        let failed =
            Self.opening + Self.attempt("t1", number: 1) + [Self.verdict(.rejected, tree: "t1")]
        #expect(try Self.action(after: failed + [again]) == .propose(fixer: "b"))
    }

    @Test func theSameDifferenceOnAnotherBaseIsKnownToo() throws {
        let failed =
            Self.opening + Self.attempt("t1", number: 1) + [Self.verdict(.rejected, tree: "t1")]
        let again = HealEvent.proposed(
            Proposal(fixer: "a", kind: .rename, tree: "t9", base: "t8", explanation: ""),
            patch: "patch-t1")
        #expect(try Self.action(after: failed + [again]) == .propose(fixer: "b"))
    }

    @Test func attemptsAreAHardLimit() throws {
        var events = [HealEvent.begun(Self.request(attempts: 2))] + Self.opening.dropFirst()
        for number in 1...2 {
            events += Self.attempt("t\(number)", number: number)
            events.append(Self.verdict(.rejected, tree: "t\(number)"))
        }
        #expect(try Self.action(after: events) == .escalate(reason: "all 2 attempts failed"))
    }

    @Test func whenEveryFixerDeclinedAHumanIsAsked() throws {
        let events =
            Self.opening + [
                .declined(fixer: "a", reason: "x"), .declined(fixer: "b", reason: "y"),
            ]
        #expect(try Self.action(after: events) == .escalate(reason: "no fixer had a proposal"))
        let end = events + [.escalated(report: "r"), .notified(failures: [])]
        #expect(try Self.action(after: end) == .finish(.escalated))
    }

    @Test func aBetterAttemptIsKeptAndAWorseOneRolledBack() throws {
        let worse =
            Self.opening + Self.attempt("t1", number: 1)
            + [Self.verdict(.rejected, tree: "t1", fixed: ["x"], broken: ["y"])]
        #expect(try HealStateMachine.replay(worse).state?.workingTree == "bad")
        let better =
            Self.opening + Self.attempt("t1", number: 1)
            + [Self.verdict(.rejected, tree: "t1", fixed: ["x"])]
        #expect(try HealStateMachine.replay(better).state?.workingTree == "t1")
    }

    @Test func growingDriftTakesTheFixerOut() throws {
        var events = Self.opening
        for number in 1...2 {
            events += [
                Self.proposal("t\(number)"), .admitted(attempt: number), Self.gate(.block),
            ]
        }
        let machine = try HealStateMachine.replay(events)
        #expect(machine.state?.driftAlarms.count == 2)
        #expect(machine.nextAction == .propose(fixer: "b"))
    }

    @Test func aSensitiveChangeWaitsForItsOwnApproval() throws {
        let waiting =
            Self.opening + [
                Self.proposal("t1"), .admitted(attempt: 1), Self.gate(.review),
                .reviewed(ReviewAnswer(isAccepted: true)), Self.verdict(.verified, tree: "t1"),
                .approvalRequested(id: "ap-1"),
            ]
        #expect(try Self.action(after: waiting) == .awaitApproval(id: "ap-1"))
        func decided(_ tree: String, _ isApproved: Bool) throws -> HealAction? {
            try Self.action(
                after: waiting + [.approvalDecided(tree: tree, isApproved: isApproved, by: "ada")])
        }
        guard case .publish = try decided("t1", true) else {
            Issue.record("an approved change must go out")
            return
        }
        for action in [try decided("t2", true), try decided("t1", false)] {
            guard case .escalate = action else {
                Issue.record("must be escalated, is \(String(describing: action))")
                return
            }
        }
    }

    @Test func anApprovalIsNeverAskedForWhatIsNotVerified() throws {
        let events =
            Self.opening + [
                Self.proposal("t1"), .admitted(attempt: 1), Self.gate(.review),
                .reviewed(ReviewAnswer(isAccepted: true)), Self.verdict(.inconclusive, tree: "t1"),
            ]
        #expect(try Self.action(after: events) == .propose(fixer: "a"))
    }

    @Test func aDryRunStopsBeforeAnythingLeaves() throws {
        var request = Self.request()
        request.isDryRun = true
        let events =
            [.begun(request)] + Self.opening.dropFirst() + Self.attempt("t1", number: 1)
            + [Self.verdict(.verified, tree: "t1")]
        guard case .requestApproval = try Self.action(after: events) else {
            Issue.record("a dry run must not publish")
            return
        }
    }

    @Test func aMovedBaseIsJudgedAgain() throws {
        let events =
            Self.opening + Self.attempt("t1", number: 1) + [
                Self.verdict(.verified, tree: "t1"), .baseMoved(bad: "b2", badTree: "bad2"),
            ]
        let machine = try HealStateMachine.replay(events)
        #expect(machine.nextAction == .triage)
        #expect(machine.state?.workingTree == "bad2")
        let again = try HealStateMachine.replay(events + [Self.triage(.regression)])
        #expect(again.nextAction == .propose(fixer: "a"))
    }

    @Test func afterTheMergeTheIncidentIsClosedOrReopened() throws {
        let pull = PullRequestReference(forge: "local", branch: "b", head: "h", url: "u")
        let opened =
            Self.opening + Self.attempt("t1", number: 1) + [
                Self.verdict(.verified, tree: "t1"), .published(pull), .notified(failures: []),
            ]
        let green = try HealStateMachine.replay(
            opened + [.recheckedAfterMerge(isGreen: true, commit: "m")])
        #expect(green.state?.isClosed == true)
        #expect(green.nextAction == .finish(.pullRequest))
        guard
            case .escalate = try Self.action(
                after: opened + [.recheckedAfterMerge(isGreen: false, commit: "m")])
        else {
            Issue.record("must be reopened for a human")
            return
        }
    }

    @Test(arguments: [
        [HealEvent.notified(failures: [])], [opening[0], opening[2]], opening + [opening[0]],
        opening + [verdict(.verified, tree: "t1")],
        opening + [proposal("t1"), verdict(.verified, tree: "t1")],
        opening + attempt("t1", number: 1) + [
            .published(PullRequestReference(forge: "f", branch: "b", head: "h", url: "u"))
        ],
    ])
    func stepsCannotBeSkipped(events: [HealEvent]) {
        #expect(throws: HealStateMachine.IllegalTransition.self) {
            try HealStateMachine.replay(events)
        }
    }

    @Test func whatDrydockLacksIsEscalatedWithItsReason() throws {
        let events = Self.opening.dropLast() + [.failed(phase: "triage", reason: "no sandbox")]
        #expect(try Self.action(after: Array(events)) == .escalate(reason: "triage: no sandbox"))
    }

    @Test func everyEventComesBackFromTheLog() throws {
        let pull = PullRequestReference(forge: "local", branch: "b", head: "h", url: "u")
        let events =
            Self.opening + Self.attempt("t1", number: 1) + [
                Self.verdict(.verified, tree: "t1"), .published(pull), .notified(failures: ["x"]),
                .declined(fixer: "a", reason: "b"), .refused(reason: "r"),
                .approvalRequested(id: "a"),
                .approvalDecided(tree: "t", isApproved: true, by: "ada"),
                .baseMoved(bad: "b", badTree: "t"), .escalated(report: "r"),
                .failed(phase: "p", reason: "r"), .recheckedAfterMerge(isGreen: true, commit: "c"),
            ]
        for event in events {
            let record = try HealEventLog.record(event, subject: "s", time: "t")
            #expect(try HealEventLog.event(record) == event)
        }
        var damaged = try HealEventLog.record(events[0], subject: "s", time: "t")
        damaged.payload = damaged.payload.replacing("\"version\":1", with: "\"version\":2")
        #expect(throws: PortError.self) { try HealEventLog.event(damaged) }
    }
}
