internal import Egress
internal import Foundation
internal import Glibc
internal import LinuxKernel
package import PolicyFiles
package import RunModel
package import Sandboxing
internal import Synchronization

/// The egress gateway of one sandbox, from before its command runs until it is gone.
package final class SandboxNetwork: NetworkAttachment {
    private let policy: EgressPolicy
    private let settings: GatewaySettings
    private let packages: PackageSettings
    private let trust: TrustFolder?
    /// Variables that hold a placeholder inside, by name.
    private let placeholders: [String: String]
    private let opening = Mutex<GatewayOpening?>(nil)
    private let current: Mutex<EgressRules>

    /// - Returns: `nil` for modes that need no gateway.
    /// - Throws: what is wrong with the rules, a credential, a recording or the host's proxy.
    package convenience init?(_ mode: NetworkMode) throws {
        guard case .allow = mode else { return nil }
        try self.init(
            mode, environment: ProcessInfo.processInfo.environment,
            configuration: { try OperatorFiles().configuration() })
    }

    /// - Parameters:
    ///   - environment: the host's: its proxy, its bundle, its package managers.
    ///   - configuration: the operator's; read only where a rule names a credential.
    package init?(
        _ mode: NetworkMode, environment: [String: String],
        configuration: () throws -> OperatorConfiguration
    ) throws {
        guard case .allow(let entries) = mode else { return nil }
        policy = try EgressPolicy(entries: entries)
        var settings = GatewaySettings(rules: policy.rules)
        settings.interceptsAll = policy.interceptsAll
        settings.proxy = try HostProxy(environment: environment)
        settings.trust = UpstreamTrust(environment: environment)
        if let path = policy.recordPath { settings.recorder = try ExchangeRecorder(folder: path) }
        if let path = policy.replayPath {
            let player = try RecordingPlayer(folder: path)
            settings.player = player
            settings.rules = try EgressRules(player.places.map(EgressRule.init(entry:)))
        }
        if policy.usesCache {
            settings.cache = try DownloadCache(folder: try Self.cacheFolder(environment))
        }
        packages = PackageSettings(environment: environment, rules: settings.rules)
        let credentials = try Self.credentials(policy.rules, configuration)
        settings.credentials.named = credentials.named
        settings.credentials.ofPackageManagers = packages.credentials
        placeholders = credentials.placeholders
        if policy.needsInterception || !packages.credentials.isEmpty {
            settings.authority = try RunAuthority()
        }
        let bundle = settings.trust.bundlePath
        // Where the host's roots are what every distribution's clients find anyway, a bind is enough.
        trust =
            settings.authority == nil && (bundle == nil || bundle?.hasPrefix("/etc/") == true)
            ? nil
            : try TrustFolder(
                authority: settings.authority, hostBundle: bundle,
                hasJava: Self.hasJava(environment))
        current = Mutex(settings.rules)
        self.settings = settings
    }

    /// Puts into the sandbox what clients need: certificates, where the package index is, and
    /// placeholders. What the caller set stays.
    package func prepare(_ request: inout SandboxRequest) {
        var environment = packages.environment.merging(placeholders) { $1 }
        if let trust {
            environment.merge(trust.environment) { $1 }
            for bind in trust.binds {
                // Over the host's files only where these are what is there.
                guard request.root == .host || bind.target == TrustFolder.mountPoint else {
                    continue
                }
                request.systemBinds.append(
                    BindSpecification(source: bind.source, target: bind.target))
            }
        } else if let bundle = settings.trust.bundlePath {
            let place = TrustFolder.mountPoint + "/ca-certificates.crt"
            environment.merge(TrustFolder.environment(bundle: place)) { $1 }
            request.systemBinds.append(BindSpecification(source: bundle, target: place))
        }
        request.environment.merge(environment) { asked, _ in asked }
        cargo.map { request.systemBinds.append($0) }
    }

    // MARK: Its course

    /// Begins what needs no sandbox yet: the agent's program and the gateway's thread come about
    /// while the caller goes on.
    package func warmUp() {
        opening.withLock { if $0 == nil { $0 = GatewayOpening(settings) } }
    }

    package func begin(_ process: Int32) throws(SandboxError) {
        try Self.asSandboxError {
            // Only one sandbox has it: where a start failed, the next one gets another.
            if opening.withLock({ $0?.hasBegun ?? false }) {
                stop()
                opening.withLock { $0 = nil }
            }
            warmUp()
            try opening.withLock { $0 }?.begin(process)
        }
    }

    package func finish() throws(SandboxError) {
        try Self.asSandboxError { try opening.withLock { $0 }?.finish() }
    }

    /// - Parameter channel: to an agent that somebody else started and told whose network to join;
    ///   owned from now on.
    func attachAgent(channel: CInt) throws(SandboxError) {
        let opening = GatewayOpening(settings, channel: channel)
        self.opening.withLock { $0 = opening }
        try finish()
    }

    private static func asSandboxError(_ body: () throws -> Void) throws(SandboxError) {
        do { try body() } catch { throw SandboxError(.host, "\(error)") }
    }

    package func stop() {
        guard let gateway = opening.withLock({ $0 })?.gateway else { return }
        try? Self.wait { await gateway.stop() }
    }

    package var records: [ConnectionRecord] {
        opening.withLock { $0 }?.gateway.log.records ?? []
    }

    /// The rules in force, as entries of `--net allow=`.
    package var entries: [String] { current.withLock { $0.rules.map(\.description) } }

    /// Replaces the rules of the running sandbox; what they no longer allow ends at once.
    ///
    /// - Parameter entries: rules only: recording, replay and cache are chosen at the start.
    /// - Throws: `EgressRuleError`, and nothing has changed.
    package func update(_ entries: [String]) throws {
        let asked = try EgressPolicy(entries: entries)
        if let option = entries.first(where: { $0.hasPrefix("@") }) {
            throw EgressRuleError(
                entry: option, reason: "options of the network are chosen when a sandbox starts")
        }
        for rule in asked.rules.rules {
            guard let name = rule.credential, settings.credentials.named[name] == nil else {
                continue
            }
            throw EgressRuleError(
                entry: rule.description,
                reason: "this sandbox was started without credential '\(name)'")
        }
        try opening.withLock { $0 }?.gateway.update(asked.rules)
        current.withLock { $0 = asked.rules }
    }

    /// The file that tells cargo of another registry.
    private var cargo: BindSpecification? {
        guard !packages.cargoConfiguration.isEmpty, let trust else { return nil }
        let path = trust.path + "/cargo.toml"
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(packages.cargoConfiguration.utf8),
                attributes: [.posixPermissions: 0o644])
        else { return nil }
        return BindSpecification(source: path, target: "/.cargo/config.toml")
    }

    // MARK: What belongs to the operator

    private static func credentials(
        _ rules: EgressRules, _ configuration: () throws -> OperatorConfiguration
    ) throws -> (named: [String: EdgeCredential], placeholders: [String: String]) {
        let wanted = Set(rules.rules.compactMap(\.credential))
        guard !wanted.isEmpty else { return ([:], [:]) }
        let sections = try configuration().credentials ?? [:]
        var named: [String: EdgeCredential] = [:]
        var placeholders: [String: String] = [:]
        for name in wanted.sorted() {
            guard let section = sections[name] else {
                throw EdgeCredential.Fault(
                    name: name,
                    reason: "is not in the operator's configuration; add it there:\n"
                        + "credentials:\n  \(name): {hosts: [HOST], file: /PATH}")
            }
            let secret = try EdgeCredential.secret(inFile: section.file, name: name)
            let credential = try EdgeCredential(
                name: name, hosts: section.hosts, header: section.header ?? "authorization",
                prefix: section.prefix ?? "", username: section.username, secret: secret)
            named[name] = credential
            for variable in section.environment ?? [] {
                placeholders[variable] = credential.placeholder
            }
        }
        return (named, placeholders)
    }

    private static func cacheFolder(_ environment: [String: String]) throws -> String {
        if let path = environment["XDG_CACHE_HOME"], path.hasPrefix("/") {
            return path + "/drydock/downloads"
        }
        if geteuid() == 0 { return "/var/cache/drydock/downloads" }
        guard let home = environment["HOME"] else {
            throw PortError(
                operation: "open", subject: "the cache of downloads",
                reason: "neither XDG_CACHE_HOME nor HOME is set", remedy: "Set HOME")
        }
        return home + "/.cache/drydock/downloads"
    }

    private static func hasJava(_ environment: [String: String]) -> Bool {
        environment["JAVA_HOME"] != nil
            || (environment["PATH"] ?? "").split(separator: ":").contains {
                FileManager.default.isExecutableFile(atPath: $0 + "/java")
            }
    }

    /// Waits on a thread that may block, never one of the cooperative pool's.
    private static func wait(_ body: @escaping @Sendable () async throws -> Void) throws {
        let result = Mutex<Result<Void, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            result.withLock { $0 = outcome }
            done.signal()
        }
        done.wait()
        try result.withLock { $0 }?.get()
    }
}
