/// The forges that `--forge` knows.
package enum ForgeCatalog {
    /// Adding a server is one file in `Hosts` and one line here.
    package static let hosted: [any HostedForgeKind.Type] = [GitHubForge.self, GitLabForge.self]

    /// Every name, the embedded default first.
    package static let all = [LocalForge.kind] + hosted.map { $0.kind }

    package static func hosted(_ name: String) -> (any HostedForgeKind.Type)? {
        hosted.first { $0.kind == name }
    }
}

/// A server that pull requests can go to: how it is found, and how its forge is made.
package protocol HostedForgeKind: HostedForge {
    /// The name that `--forge` takes.
    static var kind: String { get }
    /// Names the file that holds the token; never the token itself.
    static var tokenFileVariable: String { get }
    /// Names the file with the secret that webhooks are signed with.
    static var webhookSecretVariable: String { get }
    /// Where the repository is, from the CI's own variables, else from its remote's URL.
    ///
    /// - Throws: `ForgeError` that says what to set.
    static func address(
        environment: [String: String], remote: String?
    ) throws(ForgeError) -> ForgeAddress

    init(address: ForgeAddress, token: String, transport: any ForgeTransport)
}
