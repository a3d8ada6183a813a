internal import Attestations
internal import Forges
internal import GitWorktrees
internal import RunModel

extension HealService {
    func verifier(_ project: Project, _ gate: any HealGate) throws -> any HealVerifier {
        let records = surroundings.records
        let profileDigest = try surroundings.profileDigest(project.context)
        guard let tests = project.ownTests else {
            return ProjectVerifier(
                command: project.context.testCommand, executor: project.executor,
                trees: repository, history: repository, gate: gate,
                repeats: options.verificationRepeats, records: records,
                profileDigest: profileDigest, now: { WallClock.timestamp() })
        }
        return ServiceVerifier(
            services: project.services, project: tests, directory: project.folder,
            executor: project.executor, gate: gate,
            repeats: options.verificationRepeats,
            attest: { report, base, policyDigest in
                var bindings = AttestationBundle.Bindings(
                    baseTree: base, timeCreated: WallClock.timestamp())
                bindings.policyDigest = policyDigest
                bindings.sandboxProfileDigest = profileDigest
                return try records.attest?(report, bindings)
            })
    }

    /// Where branches and pull requests go.
    func publishing(
        _ targetBranch: String
    ) throws -> (any Forge, remote: String, any BranchPublisher) {
        if let connection = surroundings.connection {
            return (connection.forge, connection.remote, hosted(connection))
        }
        let local = try LocalPublication(
            directory: surroundings.forgeDirectory, defaultBranch: targetBranch,
            repository: repository, remote: surroundings.remote)
        return (local.forge, local.forge.remote, local.publisher)
    }

    /// Where the repository's branches are besides here, and what asks there.
    func elsewhere() -> (publisher: any BranchPublisher, remote: String)? {
        if let connection = surroundings.connection {
            return (hosted(connection), connection.remote)
        }
        return surroundings.remote.map { remote in
            (
                RemotePublisher(
                    repository: repository, remote: remote, identity: CommitIdentity.drydock),
                remote.url
            )
        }
    }

    /// The default branch there; `nil` where there is no such place.
    func defaultBranchElsewhere() async throws -> String? {
        if let forge = surroundings.connection?.forge { return try await forge.defaultBranch() }
        return try await surroundings.remote?.references().defaultBranch
    }

    func hosted(_ connection: ForgeConnection) -> HostedPublisher {
        HostedPublisher(
            repository: repository, forge: connection.forge, exchange: connection.exchange,
            identity: CommitIdentity.drydock)
    }
}
