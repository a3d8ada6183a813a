internal import Egress
internal import Foundation
internal import GitWorktrees
internal import LinuxKernel
package import RunModel
package import Sandboxing
internal import WorktreeLookup

/// One command: in a session, over a tree, or in an empty directory.
package struct WorkRun: Sendable {
    package var command: [String]
    package var session: String?
    /// Any path inside a repository; with `revision`, whose tree is the working directory.
    package var repository: String?
    package var revision: String?
    package var profile = "build"
    /// The profile's unless changed.
    package var limits: ResourceLimits?
    package var network = "none"
    package var environment: [String: String] = [:]
    package var standardInput: [UInt8] = []
    /// Relative to the worktree's root.
    package var workingDirectory = ""

    package init(_ command: [String]) { self.command = command }
}

/// What came of it.
package struct WorkResult: Sendable {
    package var report: RunReport
    /// Head and tail within the output limit.
    package var standardOutput: [UInt8]
    package var standardError: [UInt8]
    /// What the run changed, for a run over a tree; a session's is asked for by itself.
    package var patch: [UInt8]?
}

extension Workbench {
    /// Runs the command and waits; cancelling the task kills the sandbox.
    ///
    /// - Parameters:
    ///   - onOutput: receives output as it comes, on a thread of its own.
    ///   - onUsage: told now and then, there too, what is in use.
    package func run(
        _ work: WorkRun,
        onOutput: @escaping @Sendable (Sandboxing.OutputStream, ArraySlice<UInt8>) -> Void = {
            _, _ in
        },
        onUsage: (@Sendable (SandboxUsage) -> Void)? = nil
    ) async throws -> WorkResult {
        try await turns.take(work.session) { try await runInTurn(work, onUsage, onOutput) }
    }

    private func runInTurn(
        _ work: WorkRun, _ onUsage: (@Sendable (SandboxUsage) -> Void)?,
        _ onOutput: @escaping @Sendable (Sandboxing.OutputStream, ArraySlice<UInt8>) -> Void
    ) async throws -> WorkResult {
        let prepared = try await prepare(work)
        defer { prepared.removeScratch() }
        let stop = RunStop()
        let (result, upper): (WorkResult, UpperLayer?) = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Self.threads.async {
                    continuation.resume(
                        with: Result { try perform(work, prepared, stop, onUsage, onOutput) })
                }
            }
        } onCancel: {
            stop.request()
        }
        guard let upper, let tree = prepared.tree, let repository = prepared.repository else {
            return result
        }
        let command = CommandResult(
            report: result.report, standardOutput: [], standardError: [])
        let changed = try await upper.adding(changesTo: tree, of: repository, to: command)
        var answer = result
        answer.report = changed.report
        if let head = changed.report.tree {
            answer.patch = try await repository.withHandle { handle in
                try handle.patch(
                    from: try handle.tree(named: tree), to: try handle.tree(named: head))
            }
        }
        return answer
    }

    private struct Prepared: Sendable {
        var request: SandboxRequest
        /// Whose cached checkout must be there while the sandbox uses it.
        var tree: String?
        var repository: GitRepository?
        /// overlayfs' own directory, of this run alone: the last run's may still be unmounting.
        var scratch: String?
        /// The session is this run's until it is over, for every process.
        var hold: HeldSession?

        func removeScratch() {
            guard let scratch else { return }
            // What is left, the session's removal takes along.
            try? FileManager.default.removeItem(atPath: scratch)
        }
    }

    private func prepare(_ work: WorkRun) async throws -> Prepared {
        var request = SandboxRequest(
            command: work.command, profile: try host.profile(work.profile))
        if let limits = work.limits { request.limits = limits }
        guard let network = NetworkMode(text: work.network) else {
            throw PortError(
                operation: "starting", subject: "a sandbox",
                reason: "\"\(work.network)\" is no network mode",
                remedy: "Use none, loopback or allow=HOST,...")
        }
        request.network = network
        request.environment = VariableList(work.environment)
        if !work.standardInput.isEmpty { request.standardInput = .bytes(work.standardInput) }
        var prepared = Prepared(request: request)
        let root = SandboxRequest.emptyWorkingDirectory
        if let session = work.session {
            let state = try sessions.state(of: session)
            let repository = try host.repository(at: state.repository)
            let standing = try await lowers(state.base, repository)
            let held = HeldSession(try sessions.hold(session, over: standing))
            prepared.hold = held
            let scratch = try sessions.makeWorkDirectory(of: session)
            prepared.scratch = scratch
            prepared.tree = state.base
            prepared.request.freezes = true
            prepared.request.overlays = [
                OverlaySpecification(
                    lowers: held.hold.lowers + standing,
                    upper: .directory(
                        upper: sessions.upper(of: session), work: scratch),
                    mountPoint: root)
            ]
        } else if let path = work.repository {
            let repository = try host.repository(at: path)
            let tree = try await repository.tree(named: work.revision ?? "HEAD")
            prepared.tree = tree
            prepared.repository = repository
            prepared.request.overlays = [
                OverlaySpecification(
                    lowers: try await lowers(tree, repository), mountPoint: root,
                    redirectsDirectories: true)
            ]
        }
        prepared.request.workingDirectory =
            work.workingDirectory.isEmpty ? root : "\(root)/\(work.workingDirectory)"
        return prepared
    }

    /// The layers of a tree's checkout, made where it is not there yet.
    func lowers(_ tree: String, _ repository: GitRepository) async throws -> [String] {
        let cache = host.trees
        return try await repository.withHandle { handle in
            try cache.checkout(tree: try handle.tree(named: tree), of: handle).cached.lowers
        }
    }

    private func perform(
        _ work: WorkRun, _ prepared: Prepared, _ stop: RunStop,
        _ onUsage: (@Sendable (SandboxUsage) -> Void)?,
        _ onOutput: @escaping @Sendable (Sandboxing.OutputStream, ArraySlice<UInt8>) -> Void
    ) throws -> (WorkResult, UpperLayer?) {
        let hold = try prepared.tree.map { try TreeHold(tree: $0, layout: host.trees.layout) }
        defer { _ = hold }
        let network = try SandboxNetwork(prepared.request.network)
        defer { network?.stop() }
        var request = prepared.request
        network?.prepare(&request)
        network?.warmUp()
        let running = try Sandbox.start(
            request, on: host.sandboxes, attachment: network)
        stop.arm(running.control)
        turns.began(work.session, running.control)
        defer { turns.ended(work.session) }
        let result = try running.wait(onOutput: onOutput, onUsage: onUsage)
        network?.stop()
        var report = result.report
        report.record(network?.records ?? [])
        let answer = WorkResult(
            report: report, standardOutput: result.standardOutput,
            standardError: result.standardError)
        guard work.session == nil, prepared.tree != nil else { return (answer, nil) }
        return (answer, try UpperLayer(of: result))
    }
}

/// A session that several values of one run share.
private final class HeldSession: Sendable {
    let hold: SessionHold

    init(_ hold: consuming SessionHold) { self.hold = hold }
}
