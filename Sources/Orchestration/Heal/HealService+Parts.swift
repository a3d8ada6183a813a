internal import Attestations
internal import Forges
internal import Foundation
internal import GitWorktrees
internal import RunModel

extension HealService {
    func verifier(_ project: Project, _ gate: any HealGate) -> any HealVerifier {
        let records = surroundings.records
        guard let tests = project.ownTests else {
            return ProjectVerifier(
                command: project.context.testCommand, executor: project.executor,
                trees: repository, history: repository, gate: gate,
                repeats: options.verificationRepeats, records: records,
                now: { WallClock.timestamp() })
        }
        return ServiceVerifier(
            services: project.services, project: tests, executor: project.executor, gate: gate,
            repeats: options.verificationRepeats,
            attest: { report, base, policyDigest in
                var bindings = AttestationBundle.Bindings(
                    baseTree: base, timeCreated: WallClock.timestamp())
                bindings.policyDigest = policyDigest
                return try records.attest?(report, bindings)
            })
    }

    /// Where branches and pull requests go.
    func publishing(
        _ targetBranch: String
    ) throws -> (any Forge, remote: String, any BranchPublisher) {
        let identity: @Sendable () -> CommitIdentity = {
            CommitIdentity(
                name: "Drydock", email: "drydock@localhost",
                timeSeconds: Int64(Date().timeIntervalSince1970))
        }
        if let connection = surroundings.connection {
            let publisher = HostedPublisher(
                repository: repository, forge: connection.forge, exchange: connection.exchange,
                identity: identity)
            return (connection.forge, connection.remote, publisher)
        }
        let forge = LocalForge(
            directory: surroundings.forgeDirectory, defaultBranch: targetBranch)
        try GitRepository.makeBare(at: forge.remote)
        return (forge, forge.remote, GitPublisher(repository: repository, identity: identity))
    }
}
