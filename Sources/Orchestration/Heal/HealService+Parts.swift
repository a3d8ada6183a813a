internal import Attestations
internal import Forges
internal import Foundation
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
        let forge = LocalForge(
            directory: surroundings.forgeDirectory, defaultBranch: targetBranch)
        try GitRepository.makeBare(at: forge.remote)
        return (forge, forge.remote, GitPublisher(repository: repository, identity: Self.identity))
    }

    func hosted(_ connection: ForgeConnection) -> HostedPublisher {
        HostedPublisher(
            repository: repository, forge: connection.forge, exchange: connection.exchange,
            identity: Self.identity)
    }

    private static let identity: @Sendable () -> CommitIdentity = {
        CommitIdentity(
            name: "Drydock", email: "drydock@localhost",
            timeSeconds: Int64(Date().timeIntervalSince1970))
    }
}
