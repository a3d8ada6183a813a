internal import Foundation
internal import LinuxKernel
package import RunModel
internal import Synchronization

/// A hosted forge by way of a process of its own, which alone knows the token. This side has its
/// file's name at most.
package final class ForgeProcess: HostedForge {
    package let name: String
    /// What git is told as the remote; it is never connected to from here.
    package let gitURL: String

    private let channel: Mutex<Channel>
    /// Calls wait for a server: never on a thread of Swift's pool.
    private let queue = DispatchQueue(label: "drydock.forge")

    private struct Channel: ~Copyable {
        let socket: ForgeChannel
        let process: HostProcess
    }

    /// Starts the process and waits until it has its token.
    ///
    /// - Parameters:
    ///   - executable: `drydock-tool`.
    ///   - arguments: those that make it serve.
    ///   - environment: the whole of the new process's; `variables(of:)` chooses it.
    package init(
        kind: any HostedForgeKind.Type, address: ForgeAddress, executable: String,
        arguments: [String] = ["forge-process"], environment: [String: String]
    ) throws {
        name = kind.kind
        gitURL = address.gitURL
        let ends = try ForgeChannel.pair()
        let socket = ForgeChannel(descriptor: ends.ours)
        let theirs = OwnedDescriptor(owning: ends.theirs)
        let process: HostProcess
        do {
            process = try HostProcess(
                executable, arguments: arguments, environment: environment,
                input: .descriptor(theirs.raw), error: .inherited)
        } catch {
            throw ForgeError(
                operation: "starting the forge's process", subject: executable,
                reason: "\(error)", remedy: "Install drydock-tool whole")
        }
        // Its end shows here only when nobody else holds the other side.
        Self.close(theirs)
        try socket.send(ForgeCall.begin(kind: kind.kind, address: address))
        guard let answer = try socket.receive(ForgeAnswer.self)?.message else {
            throw ForgeError(
                operation: "starting the forge's process", subject: executable,
                reason: "it ended at once")
        }
        if case .failed(let error) = answer { throw error }
        channel = Mutex(Channel(socket: socket, process: process))
    }

    /// The variables that the process needs, and no others: the token's file, proxies,
    /// certificates.
    package static func variables(
        of kind: any HostedForgeKind.Type, from environment: [String: String]
    ) -> [String: String] {
        let wanted: Set = [
            kind.tokenFileVariable, "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy",
            "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH", "TZ",
        ]
        return environment.filter { wanted.contains($0.key) }
    }

    /// The process that holds the token.
    package var processIdentifier: Int32 {
        channel.withLock { $0.process.identifier }
    }

    // MARK: Forge

    package func defaultBranch() async throws -> String {
        guard case .text(let text) = try await call(.defaultBranch) else { throw Self.unexpected }
        return text
    }

    package func pullRequest(ofBranch branch: String) async throws -> PullRequestReference? {
        guard case .reference(let found) = try await call(.pullRequest(branch: branch)) else {
            throw Self.unexpected
        }
        return found
    }

    package func openPullRequest(_ draft: PullRequestDraft) async throws -> PullRequestReference {
        guard case .reference(let made?) = try await call(.openPullRequest(draft)) else {
            throw Self.unexpected
        }
        return made
    }

    package func openIssue(_ ticket: Ticket) async throws -> String {
        guard case .text(let url) = try await call(.openIssue(ticket)) else {
            throw Self.unexpected
        }
        return url
    }

    // MARK: HostedForge

    package func branch(_ name: String) async throws -> PublishedBranch? {
        guard case .branch(let found) = try await call(.branch(name)) else {
            throw Self.unexpected
        }
        return found
    }

    package func state(ofBranch branch: String) async throws -> PullRequestState? {
        guard case .state(let found) = try await call(.state(branch: branch)) else {
            throw Self.unexpected
        }
        return found
    }

    package func announce(_ announcement: PullRequestAnnouncement) async -> [String] {
        do {
            guard case .failures(let failures) = try await call(.announce(announcement)) else {
                throw Self.unexpected
            }
            return failures
        } catch { return ["\(error)"] }
    }

    package func commands(ofBranch branch: String) async throws -> [ReviewCommand] {
        guard case .commands(let found) = try await call(.commandsOfBranch(branch)) else {
            throw Self.unexpected
        }
        return found
    }

    package func commands(ofIncident incident: String) async throws -> [ReviewCommand] {
        guard case .commands(let found) = try await call(.commandsOfIncident(incident)) else {
            throw Self.unexpected
        }
        return found
    }

    package func failedJobLogs(ofRun run: String) async throws -> String {
        guard case .text(let text) = try await call(.failedJobLogs(run: run)) else {
            throw Self.unexpected
        }
        return text
    }

    package func rerunFailedJobs(ofRun run: String) async throws {
        guard case .done = try await call(.rerunFailedJobs(run: run)) else {
            throw Self.unexpected
        }
    }

    package func write(_ content: BranchContent) async throws -> String? {
        guard case .optionalText(let commit) = try await call(.write(content)) else {
            throw Self.unexpected
        }
        return commit
    }

    package func exchange(_ request: GitServiceRequest) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try self.exchangeBlocking(request) })
            }
        }
    }

    /// For git's own thread, which waits for each answer anyway.
    package func exchangeBlocking(_ request: GitServiceRequest) throws -> [UInt8] {
        let (answer, body) = try ask(.exchange(request.service), request.body)
        guard case .bytes = answer else { throw Self.unexpected }
        return body
    }

    // MARK: Calls

    private func call(_ call: ForgeCall) async throws -> ForgeAnswer {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try self.ask(call, []).answer }) }
        }
    }

    private func ask(
        _ call: ForgeCall, _ body: [UInt8]
    ) throws -> (answer: ForgeAnswer, body: [UInt8]) {
        try channel.withLock { channel in
            try channel.socket.send(call, body: body)
            guard let (answer, body) = try channel.socket.receive(ForgeAnswer.self) else {
                throw ForgeError(
                    .unreachable, operation: "calling", subject: "the forge's process",
                    reason: "it has ended", remedy: "Nothing is lost: run it again")
            }
            if case .failed(let error) = answer { throw error }
            return (answer, body)
        }
    }

    private static func close(_ descriptor: consuming OwnedDescriptor) {}

    private static var unexpected: ForgeError {
        ForgeError(
            .malformed, operation: "calling", subject: "the forge's process",
            reason: "it answered another call")
    }
}
