internal import Repair
package import RunModel
package import RunStore

/// An incident on one screen: what happened, why, what was tried, how it ended.
package struct IncidentStory: Sendable {
    package let incident: IncidentRecord
    package let state: HealState
    package let events: [RecordedEvent]
    package let approvals: [ApprovalRecord]

    /// Read back from the log alone.
    package static func load(_ id: String, from store: Store) async throws -> IncidentStory {
        let incident = try await store.incident(id)
        let events = try await store.events(of: incident.id)
        let machine = try HealStateMachine.replay(events.map(HealEventLog.event))
        guard let state = machine.state else {
            throw PortError(
                operation: "reading", subject: incident.id, reason: "its log is empty",
                remedy: "The process that opened it was killed before it began; heal again")
        }
        return IncidentStory(
            incident: incident, state: state, events: events,
            approvals: try await store.approvals(ofIncident: incident.id))
    }

    /// Everything that is on record of an incident, its models' part after its own.
    package static func transcript(_ id: String, from store: Store) async throws -> [RecordedEvent]
    {
        let story = try await load(id, from: store)
        return story.events
            + (try await store.events(of: StoreModelRecorder.subject(ofIncident: story.incident.id)))
    }

    package var text: String {
        var lines = [
            "\(incident.id)  \(incident.status.rawValue)  \(incident.openedAt)",
            "  repository  \(incident.repository), branch \(incident.branch)",
            "  failing     \(Self.list(state.failingTests))",
        ]
        if let triage = state.triage {
            lines.append("  triage      \(triage.class.rawValue)")
            if let commit = triage.culprit?.commit {
                lines.append("  culprit     \(commit.prefix(12))")
            }
            lines += triage.causalHunks.prefix(5).map { "  cause       \($0.path) \($0.header)" }
        }
        for attempt in state.attempts {
            let verdicts =
                "gate \(attempt.gate?.rawValue ?? "-"), verification "
                + (attempt.verify?.rawValue ?? "-")
            lines.append("  attempt \(attempt.number)   \(attempt.fixer): \(verdicts)")
            if !attempt.note.isEmpty { lines.append("              \(Self.line(attempt.note))") }
        }
        if state.attempts.isEmpty {
            lines += state.declined.prefix(8).map {
                "  declined    \($0.fixer): \(Self.line($0.note))"
            }
        }
        for approval in approvals {
            let decision = approval.decision.map {
                "\($0.rawValue) by \(approval.decidedBy ?? "")"
            }
            lines.append(
                "  approval    \(approval.id) for tree \(approval.tree.prefix(12)): "
                    + (decision ?? "waits: \(approval.reasons.joined(separator: "; "))"))
        }
        if let pull = state.pullRequest {
            lines.append("  outcome     pull request \(pull.url)")
        } else if let reason = state.escalationReason {
            lines.append("  outcome     escalated: \(Self.line(reason))")
            if let report = state.escalationReport { lines.append("              \(report)") }
        } else {
            lines.append("  outcome     \(state.outcome?.rawValue ?? "under way")")
        }
        lines.append("  log         \(events.count) events, drydock runs logs \(incident.id)")
        return lines.joined(separator: "\n")
    }

    private static func list(_ tests: [String]) -> String {
        tests.prefix(3).map { line($0) }.joined(separator: ", ")
            + (tests.count > 3 ? " and \(tests.count - 3) more" : "")
    }

    /// Names and notes come from the repository: nothing of theirs may steer a terminal.
    private static func line(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(160).map { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                default: Character(scalar)
                }
            })
    }
}
