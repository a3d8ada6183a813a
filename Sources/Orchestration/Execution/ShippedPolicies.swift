internal import Foundation
internal import RunModel
package import SeccompCompiler

/// The policies that came with this executable.
package enum ShippedPolicies {
    package static func library() throws -> PolicyLibrary {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let executable = link ?? CommandLine.arguments[0]
        guard let library = PolicyLibrary.belonging(to: executable) else {
            throw PortError(
                operation: "finding", subject: "the shipped policies",
                reason: "there is no share/drydock/Policies above \(executable)",
                remedy: "Install Drydock again")
        }
        return library
    }

    /// Compiles a sandbox profile and keeps it in a file, for the front.
    ///
    /// - Parameter name: a shipped name, or a path.
    package static func compile(_ name: String, to path: String) throws {
        let profile = try ProfileCompiler(library: library()).compile(name)
        try CompiledProfileFile.write(profile, to: path)
    }
}
