/// The operator's configuration: what repositories may ask for.
///
/// Read from `/etc/drydock/config.yaml`, then `$XDG_CONFIG_HOME/drydock/config.yaml`; a later file
/// replaces the entries that it has.
package struct OperatorConfiguration: Decodable, Sendable, Equatable {
    package var version: FormatVersion
    /// For every repository.
    package var allow: Allowance?
    /// For single repositories: each adds to `allow`.
    package var repositories: [RepositoryAllowance]?
    /// Secrets that the egress gateway puts into requests, by name.
    package var credentials: [String: CredentialSection]?
    /// Who is told of pull requests, escalations and exhausted budgets.
    package var notifications: [NotificationSection]?
    /// Servers that verified branches of single repositories are pushed to.
    package var remotes: [RemoteSection]?
    /// Where traces and metrics go, whatever repositories ask for.
    package var observability: ObservabilitySection?
    /// The models that repairs may use.
    package var models: ModelsSection?
    package var agents: AgentSections?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case version, allow, repositories, credentials, notifications, remotes, observability
        case models, agents
    }

    /// Without any file: the defaults of the contract and nothing more.
    package init() { version = FormatVersion() }

    /// What `repository` (a path or a remote's URL) may ask for.
    package func allowance(for repository: String) -> Allowance {
        var result = allow ?? Allowance()
        for entry in repositories ?? [] where entry.repository == repository {
            result = result.widened(by: entry.allow)
        }
        return result
    }

    /// Where the verified branches of `repository` (its root) go; `nil` where nothing is said of it.
    package func remote(of repository: String) -> RemoteSection? {
        remotes?.first { $0.repository == repository }
    }

    /// `later` over this one, entry by entry.
    package func overridden(by later: OperatorConfiguration) -> OperatorConfiguration {
        var result = self
        if let allow = later.allow { result.allow = allow }
        if let notifications = later.notifications { result.notifications = notifications }
        if let observability = later.observability { result.observability = observability }
        if let models = later.models { result.models = models }
        if let agents = later.agents { result.agents = agents }
        if let entries = later.repositories {
            let named = Set(entries.map(\.repository))
            result.repositories = (repositories ?? []).filter { !named.contains($0.repository) }
            result.repositories?.append(contentsOf: entries)
        }
        if let entries = later.remotes {
            let named = Set(entries.map(\.repository))
            result.remotes = entries + (remotes ?? []).filter { !named.contains($0.repository) }
        }
        if let later = later.credentials {
            result.credentials = (credentials ?? [:]).merging(later) { $1 }
        }
        return result
    }
}

/// What one repository may ask for beyond the rest.
package struct RepositoryAllowance: Decodable, Sendable, Equatable {
    /// The path or remote URL, as Drydock prints it in a refusal.
    package var repository: String
    package var allow: Allowance

    package enum CodingKeys: String, CodingKey, CaseIterable { case repository, allow }
}

/// Upper bounds. What is absent allows the contract's default only.
package struct Allowance: Decodable, Sendable, Equatable {
    package var profiles: [String]?
    package var images: [String]?
    /// Hosts that may be reached; `*` is any.
    package var hosts: [String]?
    /// Whether `host` may be asked for as the network.
    package var hostNetwork: Bool?
    package var limits: LimitsSection?
    package var binds: [String]?
    package var secrets: [String]?
    package var fixers: [String]?
    package var attempts: UInt64?
    package var budget: HealSection.Budget?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case profiles, images, hosts
        case hostNetwork = "host_network"
        case limits, binds, secrets, fixers, attempts, budget
    }

    package init() {}

    func widened(by other: Allowance) -> Allowance {
        var result = self
        result.profiles = union(profiles, other.profiles)
        result.images = union(images, other.images)
        result.hosts = union(hosts, other.hosts)
        result.hostNetwork = other.hostNetwork ?? hostNetwork
        result.binds = union(binds, other.binds)
        result.secrets = union(secrets, other.secrets)
        result.fixers = union(fixers, other.fixers)
        result.attempts = other.attempts ?? attempts
        result.budget = other.budget ?? budget
        if let limits = other.limits { result.limits = limits.over(self.limits) }
        return result
    }

    private func union(_ left: [String]?, _ right: [String]?) -> [String]? {
        guard let left, let right else { return left ?? right }
        return left + right.filter { !left.contains($0) }
    }
}

extension LimitsSection {
    /// The values of this section, and those of `lower` where it has none.
    package func over(_ lower: LimitsSection?) -> LimitsSection {
        guard let lower else { return self }
        var result = self
        result.memory = memory ?? lower.memory
        result.processes = processes ?? lower.processes
        result.cpus = cpus ?? lower.cpus
        result.wall = wall ?? lower.wall
        result.cpuTime = cpuTime ?? lower.cpuTime
        result.disk = disk ?? lower.disk
        result.files = files ?? lower.files
        result.output = output ?? lower.output
        return result
    }
}

/// A secret for named hosts. The sandbox sees a placeholder; the gateway puts the secret in.
package struct CredentialSection: Decodable, Sendable, Equatable {
    /// Names that may receive it, exact or `*.` and a suffix.
    package var hosts: [String]
    /// Absolute path of the file that holds the secret; only its owner may read it.
    package var file: String
    /// The header that carries it. Default: `Authorization`.
    package var header: String?
    /// What stands before the secret in that header, such as `Bearer `. Default: nothing.
    package var prefix: String?
    /// With a user name it is basic authentication (RFC 7617), and the secret the password.
    package var username: String?
    /// Variables that hold the placeholder inside, for clients that insist on one.
    package var environment: [String]?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case hosts, file, header, prefix, username, environment
    }
}
