internal import Forges
internal import Foundation
internal import GitWorktrees
internal import Glibc
internal import LinuxKernel
internal import RunModel

/// The process that pushes to a repository's own remote: it alone reads the credential, speaks with
/// the server, and answers typed calls on its standard input until the other side ends.
package enum RemoteServer {
    /// The library waits for a server without end.
    private static let callSecondsMax: UInt32 = 600
    private static let secretBytesMax = 16 << 10

    /// Serves until the end of `descriptor`, which is taken over.
    package static func serve(descriptor: CInt = 0) async throws {
        let link = WorkLink(owning: descriptor)
        // A core dump or a debugger of the same user would have the credential.
        try ProcessRights.hideMemory()
        guard case .begin(let setting)? = try link.receive(RemoteCall.self) else { return }
        let destination: PushDestination
        let repository: GitRepository
        do {
            destination = .server(url: setting.url, try access(setting))
            repository = try GitRepository(at: setting.repository, quarantine: setting.quarantine)
        } catch {
            return try link.send(RemoteAnswer.failed(Self.failure(error, setting)))
        }
        try link.send(RemoteAnswer.done)
        while let call = try link.receive(RemoteCall.self) {
            alarm(callSecondsMax)
            let answer: RemoteAnswer
            do { answer = try await perform(call, repository, destination) } catch {
                answer = .failed(failure(error, setting))
            }
            alarm(0)
            try link.send(answer)
        }
    }

    private static func perform(
        _ call: RemoteCall, _ repository: GitRepository, _ destination: PushDestination
    ) async throws -> RemoteAnswer {
        let scratch = FileManager.default.temporaryDirectory
            .appending(path: "drydock-remote-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        switch call {
        case .begin:
            throw ForgeError(
                operation: "beginning", subject: "the remote's process",
                reason: "it has begun already")
        case .references(let branches):
            return .references(
                try await repository.references(branches: branches, of: destination))
        case .publish(let proposal):
            return .commit(
                try await repository.publish(
                    tree: proposal.tree, parent: proposal.parent, branch: proposal.branch,
                    message: proposal.message,
                    by: CommitIdentity(
                        name: proposal.author, email: proposal.email,
                        timeSeconds: proposal.timeSeconds),
                    to: destination, scratch: scratch))
        case .fetch(let branch, let known):
            return .commit(
                try await repository.fetch(
                    branch: branch, known: known, from: destination, scratch: scratch))
        }
    }

    private static func access(_ setting: RemoteSetting) throws(ForgeError) -> ServerAccess {
        let proof: ServerAccess.Proof
        if let path = setting.passwordFile {
            proof = .password(try secret(path))
        } else {
            let passphrase: String?
            if let path = setting.passphraseFile {
                passphrase = try secret(path)
            } else {
                passphrase = nil
            }
            proof = .key(path: setting.keyFile ?? "", passphrase: passphrase)
        }
        return ServerAccess(
            user: setting.user, proof: proof, knownHosts: setting.knownHosts,
            rootsPath: setting.authorities)
    }

    private static func secret(_ path: String) throws(ForgeError) -> String {
        switch PrivateFile.read(path, byteLimit: secretBytesMax) {
        case .refused(let reason):
            throw ForgeError(
                .unauthorised, operation: "reading the remote's credential", subject: path,
                reason: "it \(reason)")
        case .content(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            guard !text.isEmpty, !text.contains(where: \.isNewline) else {
                throw ForgeError(
                    .unauthorised, operation: "reading the remote's credential", subject: path,
                    reason: "it is not one line", remedy: "Write the secret, and nothing else")
            }
            return text
        }
    }

    private static func failure(_ error: any Error, _ setting: RemoteSetting) -> ForgeError {
        switch error {
        case let error as ForgeError: error
        case let error as GitError: ForgeError(error)
        default:
            ForgeError(
                .unreachable, operation: "calling", subject: setting.url, reason: "\(error)",
                remedy: "Nothing is lost: run it again")
        }
    }
}
