internal import Foundation
internal import HTTPTransport
internal import LinuxKernel
internal import RunModel

/// The process that holds a forge's credential: reads the token, gives up its rights, and answers
/// typed calls on its standard input until the other side ends.
package enum ForgeServer {
    /// A user that owns nothing and that no sandbox runs as. Used only by root.
    static let unprivilegedUser: UInt32 = 65_530

    /// Serves until the end of `input`.
    ///
    /// - Parameters:
    ///   - descriptor: the connected socket; taken over.
    package static func serve(
        descriptor: Int32 = 0, environment: [String: String]
    ) async throws {
        let channel = ForgeChannel(descriptor: descriptor)
        // A core dump or a debugger of the same user would have the token.
        try ProcessRights.hideMemory()
        guard let first = try channel.receive(ForgeCall.self) else { return }
        guard case .begin(let name, let address) = first.message,
            let kind = ForgeCatalog.hosted(name)
        else {
            throw ForgeError(
                operation: "beginning", subject: "the forge's process",
                reason: "the first call names no forge that is known")
        }
        let token: String
        let forge: any HostedForge
        do {
            token = try ForgeToken.read(
                variable: kind.tokenFileVariable, environment: environment)
            try giveUpRights()
            forge = kind.init(
                address: address, token: token,
                transport: try WebForgeTransport(environment: environment, secret: token))
        } catch {
            try channel.send(ForgeAnswer.failed(error))
            return
        }
        // In git's requests the token stands behind a user's name.
        let redaction = SecretRedaction(
            [token] + ["x-access-token", "oauth2"].map { "\($0):\(token)" })
        try channel.send(ForgeAnswer.done)
        while let (call, body) = try channel.receive(ForgeCall.self) {
            var bytes: [UInt8] = []
            let answer: ForgeAnswer
            do {
                (answer, bytes) = try await perform(call, body, forge)
            } catch let error as ForgeError {
                answer = .failed(error)
            } catch {
                answer = .failed(
                    ForgeError(
                        .unreachable, operation: "calling", subject: address.api,
                        reason: "\(error)", remedy: "Nothing is lost: run it again"))
            }
            try channel.send(answer, body: bytes, redaction: redaction)
        }
    }

    private static func perform(
        _ call: ForgeCall, _ body: [UInt8], _ forge: any HostedForge
    ) async throws -> (ForgeAnswer, [UInt8]) {
        switch call {
        case .begin:
            throw ForgeError(
                operation: "beginning", subject: "the forge's process",
                reason: "it has begun already")
        case .defaultBranch: return (.text(try await forge.defaultBranch()), [])
        case .pullRequest(let branch):
            return (.reference(try await forge.pullRequest(ofBranch: branch)), [])
        case .openPullRequest(let draft):
            return (.reference(try await forge.openPullRequest(draft)), [])
        case .openIssue(let ticket): return (.text(try await forge.openIssue(ticket)), [])
        case .branch(let name): return (.branch(try await forge.branch(name)), [])
        case .state(let branch): return (.state(try await forge.state(ofBranch: branch)), [])
        case .announce(let announcement):
            return (.failures(await forge.announce(announcement)), [])
        case .commandsOfBranch(let branch):
            return (.commands(try await forge.commands(ofBranch: branch)), [])
        case .commandsOfIncident(let incident):
            return (.commands(try await forge.commands(ofIncident: incident)), [])
        case .failedJobLogs(let run):
            return (.text(try await forge.failedJobLogs(ofRun: run)), [])
        case .rerunFailedJobs(let run):
            try await forge.rerunFailedJobs(ofRun: run)
            return (.done, [])
        case .write(let content): return (.optionalText(try await forge.write(content)), [])
        case .exchange(let service):
            return (
                .bytes,
                try await forge.exchange(GitServiceRequest(service: service, body: body))
            )
        }
    }

    /// As root: another user, no groups, no way back. Otherwise there is nothing to give up.
    private static func giveUpRights() throws(ForgeError) {
        guard Capabilities.isPrivileged else { return }
        do { try ProcessRights.become(user: unprivilegedUser) } catch {
            throw ForgeError(
                operation: "giving up root's rights", subject: "the forge's process",
                reason: "\(error)",
                remedy: "Run it as root with CAP_SETUID and CAP_SETGID, or as an ordinary user")
        }
    }
}
