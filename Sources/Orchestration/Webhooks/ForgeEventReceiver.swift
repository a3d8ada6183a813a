internal import Forges
internal import Foundation
internal import GitWorktrees
internal import LinuxKernel
internal import RunModel
package import RunStore

/// Turns forges' deliveries into jobs: what is red or merged is healed, a command in a comment is
/// obeyed. A delivery chooses nothing but the repository, among those that the operator named, and
/// the commit.
package struct ForgeEventReceiver: ForgeEventReceiving {
    /// Starts a job of the operator's tenant; the same key gives the same job.
    package typealias Start =
        @Sendable (_ request: JobRequest, _ key: String) async throws -> (job: String, isNew: Bool)

    /// What is read with the operator's rights, once: a part that parses requests without them is
    /// handed it.
    package struct Settings: Codable, Sendable {
        var secrets: [String: [UInt8]] = [:]
        /// Names by forge and full name, in lowercase: `github acme/shop`.
        var names: [String: String] = [:]
        /// Where incidents of each repository are kept under.
        var roots: [String: String] = [:]

        /// - Parameters:
        ///   - repositories: those that the operator named, as jobs name them, and where they are;
        ///     their remote `origin` says which repository of a forge they are.
        ///   - environment: `DRYDOCK_GITHUB_WEBHOOK_SECRET_FILE` and
        ///     `DRYDOCK_GITLAB_WEBHOOK_SECRET_FILE` name the files of the secrets; a forge without
        ///     one takes nothing.
        /// - Throws: `PortError` for a secret that others can read or guess.
        package init(
            repositories: [String: String], environment: [String: String]
        ) async throws {
            // Own servers count; which repository a CI job is of does not.
            let servers = environment.filter { $0.key.hasSuffix("_SERVER_URL") }
            for kind in ForgeCatalog.hosted {
                guard let path = environment[kind.webhookSecretVariable], !path.isEmpty else {
                    continue
                }
                secrets[kind.kind] = try ForgeEventReceiver.secret(
                    path, kind.webhookSecretVariable)
                for (name, path) in repositories.sorted(by: { $0.key < $1.key }) {
                    roots[name] = try? HealSession.root(of: path)
                    // A repository without a remote is no forge's.
                    guard
                        let remote = try? await GitRepository(at: path).remoteURL(named: "origin"),
                        let address = try? kind.address(environment: servers, remote: remote)
                    else { continue }
                    names["\(kind.kind) \(address.repository.lowercased())"] = name
                }
            }
        }
    }

    package let forges: [String]
    private let settings: Settings
    private let store: Store
    private let start: Start

    package init(_ settings: Settings, store: Store, start: @escaping Start) {
        self.settings = settings
        forges = settings.secrets.keys.sorted()
        self.store = store
        self.start = start
    }

    /// - Throws: as `Settings`.
    package init(
        repositories: [String: String], store: Store, environment: [String: String],
        start: @escaping Start
    ) async throws {
        self.init(
            try await Settings(repositories: repositories, environment: environment),
            store: store, start: start)
    }

    private static func secret(_ path: String, _ variable: String) throws -> [UInt8] {
        func failure(_ reason: String) -> PortError {
            PortError(
                operation: "reading the webhook's secret", subject: path, reason: reason,
                remedy: "Let \(variable) name a file of mode 0600 with at least "
                    + "\(WebhookSignature.secretBytesMin) bytes: openssl rand -hex 32")
        }
        switch PrivateFile.read(path, byteLimit: 4_096) {
        case .refused(let reason): throw failure(reason)
        case .content(let bytes):
            let secret = Array(bytes.prefix { $0 != 10 && $0 != 13 })
            guard secret.count >= WebhookSignature.secretBytesMin else {
                throw failure("it holds \(secret.count) bytes")
            }
            return secret
        }
    }

    package func receive(_ delivery: ForgeDelivery) async throws -> ForgeDeliveryAnswer {
        guard let secret = settings.secrets[delivery.forge] else {
            throw ForgeDeliveryRefusal(
                .unknownForge, "no deliveries are taken from \(delivery.forge.prefix(40))")
        }
        let isSigned =
            delivery.forge == GitLabForge.kind
            ? WebhookSignature.isGitLab(delivery.headers["x-gitlab-token"], secret: secret)
            : WebhookSignature.isGitHub(
                delivery.headers["x-hub-signature-256"], body: delivery.body, secret: secret)
        guard isSigned else {
            throw ForgeDeliveryRefusal(
                .unsigned, "the signature is missing or wrong; compare the webhook's secret")
        }
        guard delivery.headers["x-github-event"] != "ping" else {
            return .ignored(reason: "a ping")
        }
        let repository = try repository(of: delivery)
        if let comment = ForgeComment(json: delivery.body) {
            return try await obey(comment, delivery, repository)
        }
        let event: CIEvent
        do { event = try CIEvent(json: delivery.body) } catch {
            // Webhooks send more than was asked for; that is no fault of the sender.
            return .ignored(reason: error.reason)
        }
        guard event.isWorthLooking else {
            return .ignored(
                reason: event.isOfOwnBranch
                    ? "the branch is one of Drydock's own repairs"
                    : "nothing is red and nothing was merged")
        }
        guard !event.isOfFork else {
            return .ignored(reason: "the commit is of a fork: nobody here has seen it")
        }
        var request = JobRequest(.heal)
        request.repository = repository
        request.bad = event.commit
        request.forge = delivery.forge
        request.event = event
        return try await start(request, delivery)
    }

    private func repository(of delivery: ForgeDelivery) throws(ForgeDeliveryRefusal) -> String {
        guard let body = try? JSONDecoder().decode(Origin.self, from: Data(delivery.body)),
            let name = body.repository?.fullName ?? body.project?.path
        else {
            throw ForgeDeliveryRefusal(.malformed, "it names no repository")
        }
        guard let known = settings.names["\(delivery.forge) \(name.lowercased())"] else {
            throw ForgeDeliveryRefusal(
                .unknownRepository,
                "\(name.prefix(100)) is not the `origin` of any repository that this service has")
        }
        return known
    }

    /// A command starts a job that asks the forge what was said, and by whom.
    private func obey(
        _ comment: ForgeComment, _ delivery: ForgeDelivery, _ repository: String
    ) async throws -> ForgeDeliveryAnswer {
        guard comment.verb != nil else { return .ignored(reason: "no command is in the comment") }
        guard let root = settings.roots[repository],
            let incident = try await store.incident(at: comment.url),
            incident.repository == root
        else { return .ignored(reason: "no incident has its pull request or ticket there") }
        var request = JobRequest(.heal)
        request.repository = repository
        request.forge = delivery.forge
        request.incident = incident.id
        return try await start(request, delivery)
    }

    private func start(
        _ request: JobRequest, _ delivery: ForgeDelivery
    ) async throws -> ForgeDeliveryAnswer {
        let headers = delivery.headers
        // Forges repeat what was not answered in time, under the same number.
        let number =
            headers["x-github-delivery"] ?? headers["x-gitlab-event-uuid"]
            ?? headers["idempotency-key"] ?? UUID().uuidString
        let (job, isNew) = try await start(
            request, "webhook \(delivery.forge) \(number.prefix(100))")
        return .started(job: job, isNew: isNew)
    }

    private struct Origin: Decodable {
        struct Repository: Decodable {
            var fullName: String?
            enum CodingKeys: String, CodingKey { case fullName = "full_name" }
        }
        struct Project: Decodable {
            var path: String?
            enum CodingKeys: String, CodingKey { case path = "path_with_namespace" }
        }
        var repository: Repository?
        var project: Project?
    }
}
