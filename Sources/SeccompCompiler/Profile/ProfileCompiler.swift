internal import Digests
package import PolicyFiles
package import RunModel

/// Compiles a sandbox profile with its filters into what the front runs from.
package struct ProfileCompiler: Sendable {
    private let library: PolicyLibrary

    package init(library: PolicyLibrary) { self.library = library }

    /// The profile `nameOrPath`; about 5 ms, so its result is kept by digest.
    ///
    /// - Throws: `PolicyFileError` for what is wrong in a file, `SeccompFailure` for libseccomp.
    package func compile(_ nameOrPath: String) throws -> CompiledProfile {
        let settings = try settings(of: nameOrPath)
        let policy = try EffectivePolicy(settings.seccomp, from: library)
        let output = try FilterCompiler(policy).compile()
        var profile = CompiledProfile(
            settings: settings, digest: "", auditArchitecture: SystemCallTable.auditArchitecture,
            filters: output.filters, notifications: output.notifications)
        profile.digest = SHA256Digest(of: CompiledProfileCoding.encode(profile)).description
        return profile
    }

    /// Filters of the profile `nameOrPath` that notify for `calls` as well, see
    /// `FilterCompiler.compile(observing:)`.
    package func filters(
        of nameOrPath: String, observing calls: [String]
    ) throws -> (filters: [SeccompProgram], observed: [String: Int32]) {
        let policy = try EffectivePolicy(settings(of: nameOrPath).seccomp, from: library)
        return try FilterCompiler(policy).compile(observing: calls)
    }

    /// The profile's settings, with everything that it extends.
    package func settings(of nameOrPath: String) throws(PolicyFileError) -> SandboxProfile {
        var document = try library.sandbox(nameOrPath)
        var names = [document.name]
        while let lower = document.extends {
            let below = try library.sandbox(lower)
            guard !names.contains(below.name) else {
                throw failure(document, "extends itself by way of \(lower)", "break the circle")
            }
            names.append(below.name)
            document.extends = nil
            document = document.over(below)
            document.extends = below.extends
        }
        guard let seccomp = document.seccomp else {
            throw failure(document, "names no seccomp policy", "add seccomp: build")
        }
        var settings = SandboxProfile(name: document.name, seccomp: seccomp)
        settings.network = document.network.map(\.mode) ?? .none
        settings.limits = document.limits?.applied(to: .standard) ?? .standard
        settings.etcEntries = document.files?.etc ?? []
        settings.maskedPaths = document.files?.masked ?? []
        settings.readOnlyPaths = document.files?.readOnly ?? []
        settings.devices = document.files?.devices ?? []
        settings.showsOnlyProcesses = document.files?.processesOnly ?? false
        settings.usesLandlock = document.landlock ?? true
        settings.usesTimeNamespace = document.timeNamespace ?? false
        settings.permittedDegradations = (document.mayDegrade ?? []).map(\.rawValue)
        settings.passedEnvironment = document.environment ?? []
        try validate(settings, document)
        return settings
    }

    private func validate(
        _ settings: SandboxProfile, _ document: SandboxProfileDocument
    ) throws(PolicyFileError) {
        for path in settings.maskedPaths + settings.readOnlyPaths
        where !path.hasPrefix("/") || Self.climbs(path) {
            throw failure(
                document, "has \(path) among its paths", "write an absolute path without ..")
        }
        for name in settings.etcEntries + settings.devices
        where name.hasPrefix("/") || name.isEmpty || Self.climbs(name) {
            throw failure(
                document, "has \"\(name)\" below /etc or /dev", "write a name relative to it")
        }
    }

    private static func climbs(_ path: String) -> Bool {
        path.split(separator: "/").contains("..")
    }

    private func failure(
        _ document: SandboxProfileDocument, _ problem: String, _ remedy: String
    ) -> PolicyFileError {
        PolicyFileError(
            file: "sandbox profile \(document.name)", location: nil, problem: problem,
            remedy: remedy)
    }
}

extension NetworkRule {
    /// Loopback works inside in every mode, so `loopback` is `none`.
    var mode: NetworkMode {
        switch self {
        case .none, .loopback: .none
        case .host: .host
        case .allow(let hosts): .allow(hosts)
        }
    }
}
