internal import ArgumentParser
internal import Foundation
internal import HTTPService
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore

/// `drydock keys`: who may use the service.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Makes, lists, rotates and revokes keys to the service.",
        subcommands: [
            KeysCreate.self, KeysList.self, KeysQuota.self, KeysRevoke.self, KeysRotate.self,
        ])
}

extension KeyScope: ExpressibleByArgument {}

struct KeysCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a key and prints it, this once.",
        discussion: """
            Only a digest is kept. The scope 'approve' lets a human decide what waits for a human: \
            give it to people, with --scope approve, never to an agent's key.
            """)

    @OptionGroup var data: DataOption

    @Option(help: "Whose key it is, or what for.")
    var name: String

    @Option(
        name: .customLong("scope"),
        help: "approve, audit, heal, metrics, read or run; may be repeated (metrics, read, run).")
    var scopes: [KeyScope] = []

    @Option(help: "Whose work it is; tenants see nothing of each other.")
    var tenant = "default"

    @Option(help: "How long it is valid, such as 720h (for ever).")
    var expires: String?

    @Option(help: "text or json.")
    var format = HealFormat.text

    func validate() throws {
        guard KeyText.isName(name) else {
            throw ValidationError("--name takes 1 to 100 printable characters.")
        }
        guard KeyText.isTenant(tenant) else {
            throw ValidationError("--tenant takes 1 to 63 of a-z, 0-9 and -.")
        }
        guard !scopes.contains(.approve) || !scopes.contains(.run) else {
            throw ValidationError(
                "A key that runs things must not approve them: make two keys.")
        }
    }

    func run() async throws {
        throw ExitCode(
            await CommandOutcome.status(of: "keys") {
                let store = try data.store()
                let (text, record) = KeyIssuer.issue(
                    name: name, tenant: tenant, scopes: scopes.isEmpty ? KeyScope.standard : scopes,
                    now: Moment.now(), expiresAt: try expires.map(KeyText.moment(after:)))
                try await store.insert(key: record)
                try KeyText.show(new: text, record, format: format)
                return 0
            })
    }
}

struct KeysRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Makes a key's successor and prints it, this once.",
        discussion: "The old key goes on working for the grace time, so that clients can change.")

    @OptionGroup var data: DataOption
    @Argument(help: "The key's id.")
    var id: String
    @Option(help: "How long the old key is still valid.")
    var grace = "24h"
    @Option(help: "text or json.")
    var format = HealFormat.text

    func run() async throws {
        throw ExitCode(
            await CommandOutcome.status(of: "keys") {
                let store = try data.store()
                guard let old = try await store.serviceKey(id) else {
                    throw StartRefusal("there is no key \(id)", remedy: "drydock keys list")
                }
                let (text, record) = KeyIssuer.issue(
                    name: old.name, tenant: old.tenant,
                    scopes: old.scopes.compactMap(KeyScope.init), now: Moment.now())
                try await store.rotate(
                    key: id, to: record, expiresAt: try KeyText.moment(after: grace))
                try KeyText.show(new: text, record, format: format)
                return 0
            })
    }
}

struct KeysRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Makes a key worthless, a second later everywhere.")

    @OptionGroup var data: DataOption
    @Argument(help: "The key's id.")
    var id: String

    func run() async throws {
        throw ExitCode(
            await CommandOutcome.status(of: "keys") {
                try await data.store().revoke(key: id, time: Moment.now())
                FileHandle.standardOutput.write(Data("revoked \(id)\n".utf8))
                return 0
            })
    }
}

struct KeysList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists keys and tenants; secrets are not kept.")

    @OptionGroup var data: DataOption
    @Option(help: "text or json.")
    var format = HealFormat.text

    func run() async throws {
        throw ExitCode(
            await CommandOutcome.status(of: "keys") {
                let store = try data.store()
                let keys = try await store.serviceKeys()
                let tenants = try await store.tenants()
                let text =
                    format == .text
                    ? KeyText.lines(keys, tenants)
                    : try JSONTextEncoder.encode(
                        KeyListing(keys: keys, tenants: tenants), layout: .indented)
                FileHandle.standardOutput.write(Data((text + "\n").utf8))
                return 0
            })
    }
}

struct KeysQuota: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota", abstract: "Limits what a tenant may take; what is not said stays.")

    @OptionGroup var data: DataOption
    @Argument(help: "The tenant.")
    var tenant: String
    @Option(help: "Sandboxes at once.")
    var sandboxes: Int?
    @Option(help: "Processors at once.")
    var cpus: Double?
    @Option(help: "Memory at once, such as 8GiB.")
    var memory: String?
    @Option(help: "Disk at once, such as 40GiB.")
    var disk: String?
    @Option(help: "Sessions open at a time.")
    var sessions: Int?
    @Option(help: "What sessions and snapshots may take on disk, such as 20GiB.")
    var kept: String?
    @Option(help: "Requests in any minute.")
    var rate: Int?
    @Option(help: "US dollars for models in a calendar month.")
    var spend: Double?

    func run() async throws {
        throw ExitCode(
            await CommandOutcome.status(of: "keys") {
                let store = try data.store()
                var quotas = try await store.tenant(tenant)?.quotas ?? TenantQuotas()
                quotas.sandboxes = sandboxes ?? quotas.sandboxes
                quotas.cpus = cpus ?? quotas.cpus
                quotas.memoryBytes =
                    try memory.map { Int(clamping: try Quantity.bytes($0)) } ?? quotas.memoryBytes
                quotas.diskBytes =
                    try disk.map { Int(clamping: try Quantity.bytes($0)) } ?? quotas.diskBytes
                quotas.sessions = sessions ?? quotas.sessions
                quotas.keptBytes =
                    try kept.map { Int(clamping: try Quantity.bytes($0)) } ?? quotas.keptBytes
                quotas.requestsPerMinute = rate ?? quotas.requestsPerMinute
                quotas.spendUSD = spend ?? quotas.spendUSD
                try await store.set(quotas: quotas, ofTenant: tenant)
                FileHandle.standardOutput.write(
                    Data((try RunsOutput.json(quotas, pretty: false) + "\n").utf8))
                return 0
            })
    }
}
