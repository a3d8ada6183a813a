internal import Foundation
internal import Glibc
internal import RunModel
package import RunStore

/// Everything that takes work from outside needs: the store, sessions, jobs, repositories.
package struct WorkCenter: Sendable {
    package let state: StateDirectory
    package let store: Store
    package let workbench: any SessionWork
    package let jobs: JobCenter
    package let sessions: SessionRegistry
    package let repositories: any RepositoryDirectory
    package let artifacts: Artifacts
    package let mirrors: any MirrorWork
    /// Signs what travels through clients and back; the same after a restart.
    package let secret: [UInt8]

    package init(
        state: StateDirectory, store: Store, host: ExecutionHost,
        repositories: any RepositoryDirectory, bounds: JobCenter.Bounds = JobCenter.Bounds(),
        remoteHosts: [String] = []
    ) throws {
        let workbench = try Workbench(
            host: host, directory: state, operatorFiles: OperatorFiles())
        let performer = JobPerformer(
            workbench: workbench, store: store, repositories: repositories, state: state)
        try self.init(
            state: state, store: store, repositories: repositories, bounds: bounds,
            performer: performer,
            work: LocalSessionWork(workbench: workbench, repositories: repositories),
            mirrors: RepositoryMirrors(directory: state.path + "/mirrors", hosts: remoteHosts))
    }

    /// With the work done elsewhere.
    package init(
        state: StateDirectory, store: Store, repositories: any RepositoryDirectory,
        bounds: JobCenter.Bounds, performer: any JobPerforming, work: any SessionWork,
        mirrors: any MirrorWork
    ) throws {
        self.state = state
        self.store = store
        self.repositories = repositories
        workbench = work
        self.mirrors = mirrors
        artifacts = Artifacts(state: state)
        let kept = KeptQuota(store: store, work: work)
        jobs = JobCenter(
            store: store, performer: performer, artifacts: artifacts, bounds: bounds, kept: kept,
            quotas: { tenant in
                let record = try? await store.tenant(tenant)
                return record?.quotas ?? TenantQuotas()
            })
        sessions = SessionRegistry(workbench: work, store: store, kept: kept)
        secret = try Self.loadSecret(at: state.path + "/request-state.secret")
    }

    /// Removes a job that is over, with what it left.
    package func remove(job id: String) async throws {
        try await store.remove(job: id)
        try artifacts.remove(job: id)
    }

    package static func loadSecret(at path: String) throws -> [UInt8] {
        if let data = FileManager.default.contents(atPath: path), data.count == 32 {
            return Array(data)
        }
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0, Glibc.write(descriptor, bytes, 32) == 32 else {
            throw PortError(
                operation: "writing", subject: path,
                reason: String(cString: strerror(errno)), remedy: "Check the directory")
        }
        close(descriptor)
        return bytes
    }
}
