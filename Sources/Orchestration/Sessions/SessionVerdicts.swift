internal import ChangeGate
internal import Foundation
internal import GitWorktrees
internal import Guardrails
package import RunModel
package import Verification

/// What is said of a session's change, as of any other: its tests, the gate, the verifier.
extension Workbench {
    /// Runs the project's own tests on what the session holds now, in a fresh sandbox.
    ///
    /// - Parameter tests: ids; `nil`: all.
    package func test(_ session: String, tests: [String]?) async throws -> TestRun {
        let state = try sessions.state(of: session)
        let changes = try await changes(of: session)
        let run = try await ProjectRun(
            host: host, path: state.repository, trustedTree: { _ in state.base },
            operatorFiles: operatorFiles)
        return try await SuiteRunner(command: run.command, executor: run.executor)
            .run(tree: changes.tree, role: "session", tests: tests)
    }

    /// Judges what the session changed by the rules of its base.
    package func gate(_ session: String, policy: String? = nil) async throws -> GateReport {
        let state = try sessions.state(of: session)
        let changes = try await changes(of: session)
        return try await gate(
            repository: state.repository, base: state.base, head: changes.tree, policy: policy)
    }

    package func gate(
        repository: String, base: String, head: String, policy: String? = nil
    ) async throws -> GateReport {
        try await GateCoordinator.judge(
            GateRequest(
                repository: repository, base: base, change: .head(head), policy: policy,
                today: String(WallClock.timestamp().prefix(10)),
                quarantine: try host.quarantine(of: repository))
        ).report
    }

    /// Proves that what the session changed fixes the tests and breaks no other.
    package func verify(
        _ session: String, tests: [String], repeats: Int
    ) async throws -> VerificationReport {
        let state = try sessions.state(of: session)
        let changes = try await changes(of: session)
        var request = VerifyRequest(
            repository: state.repository, base: state.base, head: changes.tree,
            today: String(WallClock.timestamp().prefix(10)), now: WallClock.timestamp())
        request.tests = tests
        request.repeats = repeats
        return try await VerifyCoordinator.verify(
            request, host: host, operatorFiles: operatorFiles)
    }
}
