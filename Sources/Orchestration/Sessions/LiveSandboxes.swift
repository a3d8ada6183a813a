internal import Foundation
package import JSONText
package import Logging
internal import NIOCore
internal import RunModel
package import Sandboxing
internal import Synchronization

/// The living sandboxes of one service: made through the spawner, found again after a restart.
///
/// The supervisors know what is; this keeps one connection to each, over which their changes and
/// their end are told.
package final class LiveSandboxes: Sendable {
    package let directory: String
    private let spawnerSocket: String
    /// Where it is this process's own.
    private let spawner: SpawnerProcess?
    private let log: Logger

    private struct Entry {
        var record: LiveRecord
        var network: SandboxNetwork?
    }
    private let entries = Mutex<[String: Entry]>([:])
    /// In a structure: a closure that is itself the value of a `Mutex` gets another layer with each
    /// reading (it is stored at another level of abstraction, and written back).
    private struct Listener {
        var tell: @Sendable (LiveRecord, String) -> Void
    }
    private let listener = Mutex<Listener?>(nil)

    /// Starts the spawner and adopts what a former service left.
    ///
    /// - Parameters:
    ///   - directory: absolute; one directory for each sandbox below it.
    ///   - imageRoots: below which root file systems may lie.
    package convenience init(
        directory: String, profiles: [String], imageRoots: [String], log: Logger
    ) async throws {
        let spawner = try SpawnerProcess(
            directory: directory, profiles: profiles, imageRoots: imageRoots)
        await self.init(
            directory: directory, spawnerSocket: spawner.socket, spawner: spawner, log: log)
    }

    /// With a spawner that somebody else started.
    package init(
        directory: String, spawnerSocket: String, spawner: SpawnerProcess? = nil, log: Logger
    ) async {
        self.directory = directory
        self.spawnerSocket = spawnerSocket
        self.spawner = spawner
        self.log = log
        await adopt()
    }

    // MARK: The list

    package func record(_ identifier: String) -> LiveRecord? {
        entries.withLock { $0[identifier]?.record }
    }

    package var count: Int { entries.withLock { $0.count } }

    /// What the sandboxes of a tenant may take, asked for with every create: nothing is sorted.
    package func share(of tenant: String) -> TenantShare {
        entries.withLock { entries in
            entries.values.reduce(TenantShare()) { share, entry in
                entry.record.tenant == tenant
                    ? share + TenantShare(entry.record.specification.limits) : share
            }
        }
    }

    /// Of all tenants; the oldest first.
    package var records: [LiveRecord] {
        entries.withLock { $0.values.map(\.record) }
            .sorted { ($0.startedAt, $0.identifier) < ($1.startedAt, $1.identifier) }
    }

    /// - Parameter body: called after a sandbox has ended, with the reason.
    package func onEnd(_ body: @escaping @Sendable (LiveRecord, String) -> Void) {
        listener.withLock { $0 = Listener(tell: body) }
    }

    private func socket(_ identifier: String) -> String {
        "\(directory)/\(identifier)/\(LivePlace.socketName)"
    }

    /// What runs from before belongs to this service now; what does not answer is cleared away.
    private func adopt() async {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names.sorted()
        where LiveSpecification.isIdentifier(name) && name != LivePlace.spawnerName {
            do {
                try await follow(name)
                log.info("sandbox adopted", metadata: ["sandbox": "\(name)"])
                if let record = record(name), record.specification.usesGateway {
                    attachNetwork(record)
                }
            } catch let error as LiveFailure where error.code == .notFound {
                // Its supervisor ended since the spawner looked; the next one clears it away.
                log.info("sandbox gone", metadata: ["sandbox": "\(name)"])
            } catch {
                log.error(
                    "sandbox not adopted", metadata: ["sandbox": "\(name)", "error": "\(error)"])
            }
        }
    }

    /// Keeps a connection that ends with the sandbox.
    private func follow(_ identifier: String) async throws {
        let call = try await LiveCall.open(
            socket: socket(identifier), JSONValue(members: [("op", .string("follow"))]))
        let record = try LiveRecord(try await call.reply())
        entries.withLock { $0[identifier] = Entry(record: record) }
        Task { [weak self] in
            var reason = "its supervisor ended"
            while let message = try? await call.next() {
                guard case .event(let description) = message,
                    let record = try? LiveRecord(description)
                else { continue }
                reason = description["end_reason"]?.stringValue ?? reason
                self?.entries.withLock { $0[identifier]?.record = record }
            }
            self?.forget(identifier, reason)
        }
    }

    private func forget(_ identifier: String, _ reason: String) {
        let entry = entries.withLock { $0.removeValue(forKey: identifier) }
        entry?.network?.stop()
        log.info("sandbox ended", metadata: ["sandbox": "\(identifier)", "reason": "\(reason)"])
        if let record = entry?.record { listener.withLock { $0 }?.tell(record, reason) }
    }

    // MARK: Making and changing

    /// Makes a sandbox; its network, where it has one, is there when this returns.
    package func create(_ specification: LiveSpecification) async throws -> LiveRecord {
        let call = try await LiveCall.open(
            socket: spawnerSocket, specification.json)
        _ = try await call.reply()
        do { try await follow(specification.identifier) } catch {
            _ = try? await ask(
                specification.identifier, "end", [("reason", .string("not followed"))])
            throw error
        }
        guard let record = record(specification.identifier) else {
            throw LiveFailure(.unavailable, "the sandbox ended as soon as it was made")
        }
        if specification.usesGateway { attachNetwork(record) }
        return record
    }

    /// A request that is answered with one document.
    @discardableResult
    package func ask(
        _ identifier: String, _ operation: String, _ members: [(String, JSONValue?)] = []
    ) async throws -> JSONValue {
        try await open(identifier, operation, members).reply()
    }

    /// A request whose answer is more than that. The first message is not read yet.
    package func open(
        _ identifier: String, _ operation: String, _ members: [(String, JSONValue?)] = []
    ) async throws -> LiveCall {
        try await LiveCall.open(
            socket: socket(identifier),
            JSONValue(members: [("op", .string(operation))] + members))
    }

    /// Ends it with everything inside; returns when its record is gone.
    package func end(_ identifier: String, reason: String) async throws {
        try await ask(identifier, "end", [("reason", .string(reason))])
        for _ in 0..<500 where record(identifier) != nil {
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Takes over what a change was answered with, without waiting for its event.
    package func note(_ description: JSONValue, of identifier: String) {
        guard let record = try? LiveRecord(description) else { return }
        entries.withLock { $0[identifier]?.record = record }
    }

    // MARK: Files

    /// Stores all files of a sandbox, which stands still for as long as they are gathered.
    package func archive(_ identifier: String, to path: String) async throws {
        let call = try await open(identifier, "archive")
        _ = try await call.reply()
        let temporary = path + ".new"
        _ = FileManager.default.createFile(
            atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600])
        guard let file = FileHandle(forWritingAtPath: temporary) else {
            throw LiveFailure(.internal, "\(temporary) cannot be written")
        }
        defer { try? file.close() }
        while let message = try await call.next() {
            switch message {
            case .data(_, let bytes): try file.write(contentsOf: Data(bytes.readableBytesView))
            case .end:
                try file.synchronize()
                try FileManager.default.moveItem(atPath: temporary, toPath: path)
                return
            default: throw LiveProtocolError()
            }
        }
        throw LiveFailure(.unavailable, "the sandbox ended while its files were stored")
    }

    /// Puts stored files into a new sandbox.
    package func restore(_ identifier: String, from path: String) async throws {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw LiveFailure(.notFound, "the snapshot's files are gone")
        }
        defer { try? file.close() }
        let call = try await open(identifier, "restore")
        while let part = try file.read(upToCount: 262_144), !part.isEmpty {
            try await call.send(ByteBuffer(bytes: part))
        }
        try await call.sendEnd()
        _ = try await call.reply()
    }

    // MARK: Network

    /// - Parameter hosts: rules as of `--net allow=`.
    package static func checkHosts(_ hosts: [String]) throws {
        _ = try SandboxNetwork(.allow(hosts))
    }

    private func hosts(of record: LiveRecord) -> [String] {
        record.note["network"]?["hosts"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    private func attachNetwork(_ record: LiveRecord) {
        let hosts = hosts(of: record)
        do {
            guard !hosts.isEmpty, let network = try SandboxNetwork(.allow(hosts)) else { return }
            // The supervisor starts the agent: it may enter the sandbox's network, whoever this is.
            try network.attachAgent(channel: try Self.networkAgent(socket(record.identifier)))
            let isKnown = entries.withLock { entries in
                entries[record.identifier]?.network = network
                return entries[record.identifier] != nil
            }
            if !isKnown { network.stop() }
        } catch {
            // Nothing leaves the sandbox then: that is what its owner sees.
            log.error(
                "no network for the sandbox",
                metadata: ["sandbox": "\(record.identifier)", "error": "\(error)"])
        }
    }

    /// New rules for connections that are opened from now on.
    package func updateNetwork(_ identifier: String, hosts: [String], note: JSONValue) async throws
    {
        try Self.checkHosts(hosts.isEmpty ? ["none.invalid"] : hosts)
        let description = try await ask(identifier, "change", [("note", note)])
        self.note(description, of: identifier)
        let network = entries.withLock { $0[identifier]?.network }
        if let network {
            try network.update(hosts)
        } else if let record = record(identifier) {
            guard hosts.isEmpty || record.specification.usesGateway else {
                throw LiveFailure(
                    .failedPrecondition,
                    "the sandbox was made with allow_internet_access false, and stays without a way out"
                )
            }
            attachNetwork(record)
        }
    }
}
