internal import Foundation
package import PolicyFiles

/// The operator's configuration files, in the order of the contract.
package enum OperatorFiles {
    /// Reads what is there; without any file the defaults hold.
    ///
    /// - Throws: `PolicyFileError` for a file that cannot be understood: fail closed.
    package static func load() throws -> OperatorConfiguration {
        let environment = ProcessInfo.processInfo.environment
        var paths = ["/etc/drydock/config.yaml"]
        if let directory = environment["XDG_CONFIG_HOME"], directory.hasPrefix("/") {
            paths.append(directory + "/drydock/config.yaml")
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            paths.append(home + "/.config/drydock/config.yaml")
        }
        var configuration = OperatorConfiguration()
        for path in paths where FileManager.default.fileExists(atPath: path) {
            let bytes = Array(try Data(contentsOf: URL(filePath: path)))
            let later: OperatorConfiguration = try PolicyDecoder.decode(
                from: PolicyText(name: path, bytes: bytes))
            configuration = configuration.overridden(by: later)
        }
        return configuration
    }
}
