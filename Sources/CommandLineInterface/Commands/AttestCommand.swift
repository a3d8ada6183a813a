internal import ArgumentParser
internal import Attestations
internal import Digests
internal import Foundation
internal import Orchestration

/// `drydock attest`: checks attestations offline.
struct AttestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest", abstract: "Checks signed attestations.",
        subcommands: [AttestVerifyCommand.self])
}

/// `drydock attest verify`.
struct AttestVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks an attestation against trusted keys, offline.",
        discussion: """
            Exits 0 when a trusted key signed it, it is about the tree and its result is PASSED; 1 \
            when not; 2 when there is no trusted key, or a file cannot be read.
            """)

    @Argument(help: "The attestation that `drydock verify --attest` wrote.")
    var file: String

    @Option(help: "Trust this public key (PEM) only.")
    var key: String?

    @Option(help: "Trust the public keys (*.pub) of this directory only.")
    var trust: String?

    @Option(help: "The id of the tree that it must be about.")
    var tree: String?

    func run() async throws {
        throw ExitCode(
            await CommandOutcome.status(of: "attest verify") {
                let trusted = try trustStore()
                guard let text = FileManager.default.contents(atPath: file) else {
                    throw ValidationError("The file \(file) cannot be read; check the path.")
                }
                do {
                    let proof = try AttestationVerifier(trust: trusted).verify(
                        try AttestationBundle(text: Array(text)), tree: tree)
                    let lines = [
                        "tree \(proof.tree)", "signed by \(proof.keyIDs.joined(separator: ", "))",
                        "proved \(proof.properties.joined(separator: ", "))",
                    ]
                    FileHandle.standardOutput.write(
                        Data((lines.joined(separator: "\n") + "\n").utf8))
                    return 0
                } catch let error as AttestationError {
                    let text = "drydock attest verify: \(file) is not accepted: \(error)\n"
                    FileHandle.standardError.write(Data(text.utf8))
                    return 1
                }
            })
    }

    private func trustStore() throws -> TrustStore {
        if let key {
            return try TrustStore(keys: [try KeyFiles.loadVerifyingKey(at: key)], place: key)
        }
        return try trust.map { try TrustStore(directory: $0) } ?? OperatorFiles().trust()
    }
}
