internal import Forges
internal import Repair
internal import RunModel
internal import RunStore

/// What is said once the outcome stands: beside the pull request, to people, to the CI.
extension HealActions {
    func notify() async throws -> HealEvent {
        let report = try await coordinator.report(of: state, incident: incident.id)
        // Nothing leaves the machine on a dry run, a message least of all.
        guard !state.request.isDryRun else { return .notified(failures: []) }
        var failures = await coordinator.ports.notifier.notify(report)
        guard let forge = coordinator.ports.forge as? any HostedForge
        else { return .notified(failures: failures) }
        if let pull = state.pullRequest {
            failures += await forge.announce(try announcement(pull, report))
        }
        if let run = state.request.ciRun, state.outcome == .skipped,
            [.flaky, .infrastructure].contains(state.triage?.class)
        {
            // The failure says nothing about the code: its jobs get another chance, once.
            do { try await forge.rerunFailedJobs(ofRun: run) } catch { failures.append("\(error)") }
        }
        return .notified(failures: failures)
    }

    private func announcement(
        _ pull: PullRequestReference, _ report: HealReport
    ) throws -> PullRequestAnnouncement {
        let tests = state.verification?.tests.fixed ?? []
        var announcement = PullRequestAnnouncement(
            branch: pull.branch, commit: pull.head, culprit: state.triage?.culprit?.commit,
            labels: ["drydock"],
            checkTitle: "Verified: \(tests.count) tests repaired, none broken",
            checkSummary: "Tree \(Markdown.code(state.verification?.tree ?? "")) was verified from "
                + "a clean checkout with the base's own tests.\n\n"
                + tests.prefix(50).map { "- \(Markdown.code($0))" }.joined(separator: "\n"))
        announcement.annotations = (state.gate?.findings ?? []).map { finding in
            .init(
                path: finding.path, line: finding.line.map { max(1, $0) } ?? 1,
                isFailure: finding.action == .block, message: "\(finding.rule): \(finding.message)")
        }
        announcement.sarif = try state.gate.map(coordinator.ports.findingsLog)
        return announcement
    }
}
