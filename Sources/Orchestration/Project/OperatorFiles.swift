package import Attestations
internal import Digests
internal import Foundation
package import PolicyFiles

/// What belongs to the operator and not to a repository: configuration and keys.
package struct OperatorFiles: Sendable {
    /// `/etc/drydock` for root, else `$XDG_CONFIG_HOME/drydock`.
    package let directory: String

    package init() {
        let environment = ProcessInfo.processInfo.environment
        if geteuid() == 0 {
            directory = "/etc/drydock"
        } else if let chosen = environment["XDG_CONFIG_HOME"], chosen.hasPrefix("/") {
            directory = chosen + "/drydock"
        } else {
            directory = (environment["HOME"] ?? "/") + "/.config/drydock"
        }
    }

    /// Keys in a directory of the caller's choice, for tests and for `--trust`.
    package init(directory: String) { self.directory = directory }

    /// The system's configuration, then the user's; a file that is not there says nothing.
    package func configuration() throws -> OperatorConfiguration {
        var result = OperatorConfiguration()
        for path in ["/etc/drydock/config.yaml", directory + "/config.yaml"]
        where FileManager.default.fileExists(atPath: path) {
            let text = try PolicyText(path: path)
            result = result.overridden(
                by: try PolicyDecoder.decode(OperatorConfiguration.self, from: text))
        }
        return result
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
