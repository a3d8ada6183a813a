internal import Foundation
package import RunModel
internal import RunStore

/// What can be done with sessions, wherever it is done: in this process, or in one with privilege
/// that takes orders (`RemoteWork`).
package protocol SessionWork: Sendable {
    /// - Parameter repository: as its owner names it.
    func open(
        repository: String, revision: String, tenant: String
    ) async throws -> (id: String, base: String)
    func makeForks(of session: String, count: Int) async throws -> [String]
    /// How many snapshots there are to roll back to.
    func snapshotCount(of session: String) async throws -> Int
    /// What its changes take on disk.
    func bytes(of session: String) async throws -> Int
    /// - Returns: the snapshot's number, for `rollBack`.
    func snapshot(_ session: String) async throws -> Int
    func rollBack(_ session: String, to snapshot: Int) async throws
    /// What is gone already is closed.
    func close(_ session: String) async throws
    func changes(of session: String) async throws -> SessionChanges
    /// - Throws: `SessionFileError`, as `write` and `list`.
    func read(_ path: String, in session: String) async throws -> [UInt8]
    func write(_ content: [UInt8], to path: String, in session: String) async throws
    /// Files and folders below a path, folders with a slash at the end.
    func list(_ path: String, depth: Int, in session: String) async throws -> [String]
    func gateReport(of session: String) async throws -> GateReport
}

extension SessionWork {
    /// Replaces the one place where the file has `old`.
    package func edit(
        _ path: String, replacing old: String, with new: String, in session: String
    ) async throws {
        let bytes = try await read(path, in: session)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SessionFileError(path: path, reason: "it is not UTF-8 text")
        }
        let parts = text.components(separatedBy: old)
        guard !old.isEmpty, parts.count == 2 else {
            throw SessionFileError(
                path: path,
                reason: parts.count < 2 || old.isEmpty
                    ? "it does not contain the text to replace"
                    : "it contains the text to replace \(parts.count - 1) times; give more context")
        }
        try await write(Array(parts.joined(separator: new).utf8), to: path, in: session)
    }
}

/// In this process.
package struct LocalSessionWork: SessionWork {
    let workbench: Workbench
    let repositories: any RepositoryDirectory

    package func open(
        repository: String, revision: String, tenant: String
    ) async throws -> (id: String, base: String) {
        let path = try await repositories.path(ofRepository: repository, tenant: tenant)
        return try await workbench.open(repository: path, revision: revision)
    }

    package func makeForks(of session: String, count: Int) async throws -> [String] {
        try await workbench.makeForks(of: session, count: count)
    }

    package func snapshotCount(of session: String) async throws -> Int {
        try workbench.snapshotCount(of: session)
    }

    package func bytes(of session: String) async throws -> Int {
        try await workbench.bytes(of: session)
    }

    package func snapshot(_ session: String) async throws -> Int {
        try await workbench.snapshot(session)
    }

    package func rollBack(_ session: String, to snapshot: Int) async throws {
        try await workbench.rollBack(session, to: snapshot)
    }

    package func close(_ session: String) async throws {
        guard (try? workbench.state(of: session)) != nil else { return }
        try await workbench.close(session)
    }

    package func changes(of session: String) async throws -> SessionChanges {
        try await workbench.changes(of: session)
    }

    package func read(_ path: String, in session: String) async throws -> [UInt8] {
        try await workbench.read(path, in: session)
    }

    package func write(_ content: [UInt8], to path: String, in session: String) async throws {
        try await workbench.write(content, to: path, in: session)
    }

    package func list(_ path: String, depth: Int, in session: String) async throws -> [String] {
        try await workbench.list(path, depth: depth, in: session)
    }

    package func gateReport(of session: String) async throws -> GateReport {
        try await workbench.gate(session)
    }
}
