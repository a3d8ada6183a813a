internal import Foundation
internal import Glibc
internal import LinuxKernel
internal import RunModel

/// Where runs, the store and the local forge are: `$XDG_STATE_HOME/drydock`, for root
/// `/var/lib/drydock`.
package struct StateDirectory: Sendable, Equatable {
    package let path: String

    package var store: String { path + "/store.sqlite" }

    package init(path: String) { self.path = path }

    /// Finds the directory, and makes it with mode 0700.
    ///
    /// - Throws: `PortError` when it cannot be made, or is open to others.
    package static func standard() throws -> StateDirectory {
        let environment = ProcessInfo.processInfo.environment
        let parent: String
        if let chosen = environment["XDG_STATE_HOME"], chosen.hasPrefix("/") {
            parent = chosen
        } else if getuid() == 0 {
            parent = "/var/lib"
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            parent = home + "/.local/state"
        } else {
            throw PortError(
                operation: "finding", subject: "the state directory",
                reason: "neither XDG_STATE_HOME nor HOME is set", remedy: "Set HOME")
        }
        let directory = StateDirectory(path: parent + "/drydock")
        try directory.make()
        return directory
    }

    /// A directory of the operator's choice, made with mode 0700 when it is not there.
    ///
    /// - Throws: `PortError` when it cannot be made, or is open to others.
    package static func prepared(at path: String) throws -> StateDirectory {
        let directory = StateDirectory(path: path)
        try directory.make()
        return directory
    }

    /// The folder of the local forge for one repository, by its path.
    package func forge(ofRepository path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? "repository"
        let digest = FailureSignature.incidentID(repository: path, signature: "forge")
            .dropFirst("inc-".count)
        return "\(self.path)/forge/\(name)-\(digest)"
    }

    private func make() throws {
        do {
            try PrivatePath.make(path)
        } catch {
            throw PortError(
                operation: "making", subject: path,
                reason: String(cString: strerror(error.errorNumber)),
                remedy: "Name a place that you may write to, by XDG_STATE_HOME or HOME")
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let mode = attributes[.posixPermissions] as? Int ?? 0o777
        // To pass through is no harm: a service's own user finds its places below.
        guard mode & 0o066 == 0 else {
            throw PortError(
                operation: "using", subject: path, reason: "it is open to other users",
                remedy: "chmod it 0700")
        }
    }
}
