internal import Forges
internal import Foundation
internal import GitWorktrees
internal import LinuxKernel
package import PolicyFiles
internal import RunModel

/// A repository's own remote by way of a process of its own, which alone has the credential. This
/// side has its file's name at most.
package final class RemoteProcess: Sendable {
    /// As the operator wrote it.
    package let url: String
    private let link: WorkLink
    private let process: HostProcess
    /// Calls wait for a server: never on a thread of Swift's pool.
    private let queue = DispatchQueue(label: "drydock.remote")

    /// Starts the process, and waits until it has its credential.
    ///
    /// - Parameters:
    ///   - section: the operator's.
    ///   - quarantine: where new objects of the repository are.
    ///   - executable: `drydock-tool`.
    ///   - environment: of which the process gets what it needs.
    package init(
        _ section: RemoteSection, quarantine: String,
        executable: String = ForgeConnection.executable,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        url = section.url
        let (theirs, ours) = try WorkLink.pair()
        link = WorkLink(owning: ours)
        let other = OwnedDescriptor(owning: theirs)
        do {
            process = try HostProcess(
                executable, arguments: ["remote-process"],
                environment: environment.filter { Self.variables.contains($0.key) },
                input: .descriptor(other.raw), error: .inherited)
        } catch {
            throw ForgeError(
                operation: "starting the remote's process", subject: executable,
                reason: "\(error)", remedy: "Install drydock-tool whole")
        }
        // Its end shows here only when nobody else holds the other side.
        Self.close(other)
        try link.send(RemoteCall.begin(RemoteSetting(section, quarantine: quarantine)))
        if case .failed(let error) = try Self.answer(of: link, url) { throw error }
    }

    /// What decides whose repositories are opened (git's `safe.directory`), where known hosts and
    /// certificates are, and where files may be made.
    private static let variables: Set = [
        "HOME", "XDG_CONFIG_HOME", "SUDO_UID", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR",
        "LD_LIBRARY_PATH", "TZ",
    ]

    /// The process that has the credential.
    package var processIdentifier: Int32 { process.identifier }

    /// The remote's default branch, and the commits of those of `branches` that it has.
    package func references(
        of branches: [String] = []
    ) async throws -> (defaultBranch: String?, commits: [String: String]) {
        guard case .references(let found) = try await call(.references(branches: branches)) else {
            throw unexpected
        }
        return (found.defaultBranch, found.commits)
    }

    func publish(_ proposal: RemoteProposal) async throws -> String {
        guard case .commit(let commit) = try await call(.publish(proposal)) else {
            throw unexpected
        }
        return commit
    }

    func fetch(branch: String, known: String) async throws -> String {
        let answer = try await call(.fetch(branch: branch, known: known))
        guard case .commit(let commit) = answer else { throw unexpected }
        return commit
    }

    private func call(_ call: RemoteCall) async throws -> RemoteAnswer {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(
                    with: Result {
                        // That the other side has ended shows in its missing answer.
                        try? self.link.send(call)
                        let answer = try Self.answer(of: self.link, self.url)
                        if case .failed(let error) = answer { throw error }
                        return answer
                    })
            }
        }
    }

    private static func answer(of link: WorkLink, _ url: String) throws -> RemoteAnswer {
        let received: RemoteAnswer?
        do { received = try link.receive(RemoteAnswer.self) } catch is WorkLinkError {
            received = nil
        }
        guard let answer = received else {
            throw ForgeError(
                .unreachable, operation: "calling", subject: url,
                reason: "the remote's process has ended, or had no answer for ten minutes",
                remedy: "Nothing is lost: run it again")
        }
        return answer
    }

    private static func close(_ descriptor: consuming OwnedDescriptor) {}

    private var unexpected: ForgeError {
        ForgeError(
            .malformed, operation: "calling", subject: url,
            reason: "the remote's process answered another call")
    }
}
