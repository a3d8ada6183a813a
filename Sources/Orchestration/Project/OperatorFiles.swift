package import Attestations
internal import Digests
internal import Foundation
package import PolicyFiles
internal import RunModel

/// What belongs to the operator and not to a repository: configuration and keys.
package struct OperatorFiles: Sendable {
    /// Of the keys: `/etc/drydock` for root, else `$XDG_CONFIG_HOME/drydock`.
    package let directory: String
    /// The configurations, a later one over an earlier.
    private let configurations: [String]

    package init() {
        let environment = ProcessInfo.processInfo.environment
        let chosen = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        if geteuid() == 0 {
            directory = Self.systemDirectory
        } else {
            directory = (chosen ?? (environment["HOME"] ?? "/") + "/.config") + "/drydock"
        }
        let own = chosen.map { $0 + "/drydock" } ?? directory
        configurations = (own == Self.systemDirectory ? [own] : [Self.systemDirectory, own])
            .map { $0 + "/config.yaml" }
    }

    private static let systemDirectory = "/etc/drydock"

    /// Keys in a directory of the caller's choice, for tests and for `--trust`.
    package init(directory: String) {
        self.directory = directory
        configurations = [Self.systemDirectory, directory].map { $0 + "/config.yaml" }
    }

    /// The system's configuration, then the user's; a file that is not there says nothing.
    ///
    /// - Throws: `PortError` for one that others could have written: a variable that came along from
    ///   another account is not to speak for this one.
    package func configuration() throws -> OperatorConfiguration {
        var result = OperatorConfiguration()
        for path in configurations where FileManager.default.fileExists(atPath: path) {
            try Self.checkOwner(of: path)
            let text = try PolicyText(path: path)
            result = result.overridden(
                by: try PolicyDecoder.decode(OperatorConfiguration.self, from: text))
        }
        return result
    }

    private static func checkOwner(of path: String) throws {
        let file = URL(filePath: path).resolvingSymlinksInPath().path
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        let owner = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value ?? .max
        guard owner != 0, owner != geteuid() else { return }
        throw PortError(
            operation: "reading the operator's configuration", subject: path,
            reason: "it belongs to the account \(owner)",
            remedy: "Give it to this account or to root, or unset XDG_CONFIG_HOME")
    }

    /// Signs as this operator; the key is made when there is none.
    package func signer() throws -> KeySigner {
        let keys = directory + "/keys"
        try FileManager.default.createDirectory(
            atPath: keys, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        return try KeySigner(try KeyFiles.loadOrCreate(at: keys + "/signing.key"))
    }

    /// The public keys in the operator's key directory, this operator's own among them.
    package func trust() throws -> TrustStore { try TrustStore(directory: directory + "/keys") }
}
