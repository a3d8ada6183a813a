internal import LinuxKernel
package import RunModel

/// The options of `drydock run` as they were written. One table serves the front, which parses
/// them, and the full tool, which prints its help from it.
package struct RunOptions: Sendable, Equatable {
    package var repository: String?
    package var revision: String?
    package var profile = "build"
    package var image = "host"
    package var binds: [BindSpecification] = []
    package var network: NetworkMode?
    package var networkRecordPath: String?
    package var networkReplayPath: String?
    /// Set where given; the rest is the profile's.
    package var limits = ResourceLimits()
    package var environment: [Variable] = []
    package var standardInput: String?
    package var wantsTerminal = false
    package var reportPath: String?
    package var patchPath: String?
    package var keeps = false
    package var takesIgnored = false
    package var explains = false
    package var tracesFiles = false
    package var wantsHelp = false
    package var command: [String] = []

    package struct Variable: Sendable, Equatable {
        package var name: String
        /// `nil` passes the host's value on.
        package var value: String?
    }

    package init() {}

    /// Whether the full tool must run it: the front has neither git nor images.
    package var needsTool: Bool {
        if repository != nil || revision != nil || patchPath != nil || keeps || wantsHelp
            || takesIgnored
        {
            return true
        }
        // Its filters are compiled for the occasion.
        if tracesFiles { return true }
        if networkRecordPath != nil || networkReplayPath != nil { return true }
        if case .allow = network { return true }
        guard image != "host" else { return false }
        // An archive or an OCI layout is imported first; the front binds whole directories only.
        return !image.contains("/") || FileKind.of(image) != .directory
            || FileKind.of(image + "/oci-layout") == .regular
    }

    /// Whether the tool is needed for the repository alone, and only if its tree is not cached:
    /// nothing asks what the run changed.
    package var mayUseCachedTree: Bool {
        guard let repository, !repository.hasPrefix(Self.sessionPrefix), patchPath == nil,
            reportPath == nil, image == "host", !keeps, !explains, !takesIgnored
        else { return false }
        var rest = self
        rest.repository = nil
        rest.revision = nil
        return !rest.needsTool
    }

    /// `--repo session:ID` goes on with a session that `--keep` made. A path that begins so is
    /// written `./session:...`.
    package static let sessionPrefix = "session:"

    mutating func setEnvironment(_ text: String) throws(SandboxError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty, !name.hasPrefix("-") else {
            throw SandboxError(
                .request, "--env \(text) names no variable", remedy: "write NAME=VALUE")
        }
        environment.append(
            Variable(name: String(name), value: parts.count == 2 ? String(parts[1]) : nil))
    }

    /// Parses what follows `drydock run`.
    ///
    /// - Throws: `SandboxError` of kind `request`, with the nearest option for an unknown one.
    package static func parse(_ arguments: [String]) throws(SandboxError) -> RunOptions {
        var options = RunOptions()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                options.command = Array(rest)
                break
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                options.command = [argument] + rest
                break
            }
            let parts = (argument == "-h" ? "--help" : argument)
                .split(separator: "=", maxSplits: 1).map(String.init)
            guard let option = RunOptionTable.all.first(where: { $0.name == parts[0] }) else {
                throw unknown(parts[0])
            }
            var value: String?
            if option.placeholder != nil {
                value = parts.count == 2 ? parts[1] : rest.popFirst()
                // After a variable that a script left empty: the command is not the value.
                guard let given = value, given != "--" else {
                    throw SandboxError(
                        .request, "\(option.name) needs a value",
                        remedy: "write \(option.name) \(option.placeholder ?? "")")
                }
            } else if parts.count == 2 {
                throw SandboxError(
                    .request, "\(option.name) takes no value", remedy: "write just \(option.name)")
            }
            try option.apply(&options, value ?? "")
        }
        if options.command.isEmpty && !options.wantsHelp {
            throw SandboxError(
                .request, "no command was given", remedy: "write 'drydock run [options] -- COMMAND'"
            )
        }
        return options
    }

    private static func unknown(_ name: String) -> SandboxError {
        let nearest = nearestName(to: name, among: RunOptionTable.all.map(\.name))
        return SandboxError(
            .request, "there is no option \(name)",
            remedy: nearest.map { "did you mean \($0)?" } ?? "see 'drydock help run'")
    }
}
