internal import Foundation
internal import RunModel
package import Sandboxing
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

    /// How the files of a run under a profile are traced (`drydock run --trace-files`).
    ///
    /// - Parameter name: a shipped name, or a path.
    package static func fileTrace(profile name: String) throws -> FileTracePlan {
        let compiler = ProfileCompiler(library: try library())
        let (filters, observed) = try compiler.filters(
            of: name, observing: TracedCall.all.keys.sorted())
        let calls = observed.compactMap { name, number in
            TracedCall.all[name].map { (number, $0) }
        }
        return FileTracePlan(filters: filters, calls: Dictionary(uniqueKeysWithValues: calls))
    }

    /// Compiles a sandbox profile and keeps it in a file, for the front.
    ///
    /// - Parameter name: a shipped name, or a path.
    package static func compile(_ name: String, to path: String) throws {
        let profile = try ProfileCompiler(library: library()).compile(name)
        try CompiledProfileFile.write(profile, to: path)
    }
}
