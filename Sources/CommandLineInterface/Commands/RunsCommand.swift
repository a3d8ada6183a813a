internal import ArgumentParser
internal import Foundation
internal import Orchestration
internal import RunModel
internal import RunStore

/// `drydock runs`: what happened, from the store.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Shows incidents and runs.",
        subcommands: [
            RunsList.self, RunsShow.self, RunsLogs.self, RunsDiff.self, RunsStop.self,
            RunsExport.self,
        ])
}

struct RunsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists incidents and runs, the latest first.")

    @Option(help: "text or json.")
    var format = HealFormat.text

    func run() async throws {
        try await RunsOutput.answer {
            let store = try HealSession().store
            let incidents = try await store.incidents()
            let runs = try await store.runs()
            guard format == .text else {
                return try RunsOutput.json(Listing(incidents: incidents, runs: runs))
            }
            let lines =
                incidents.map {
                    "\($0.updatedAt)  \($0.id)  \($0.status.rawValue)  \($0.title.prefix(80))"
                } + runs.map { "\($0.startedAt)  \($0.id)  \($0.state.rawValue)  \($0.title)" }
            return lines.isEmpty ? "nothing yet" : lines.joined(separator: "\n")
        }
    }

    private struct Listing: Encodable {
        var schema = "drydock.runs/v1"
        var incidents: [IncidentRecord]
        var runs: [RunRecord]
    }
}

struct RunsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Tells an incident's story on one screen.")

    @Argument(help: "An incident's id, or its beginning.")
    var id: String

    func run() async throws {
        try await RunsOutput.answer {
            try await IncidentStory.load(id, from: HealSession().store).text
        }
    }
}

struct RunsLogs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Prints an incident's events in order.")

    @Argument(help: "An incident's id, or its beginning.")
    var id: String

    func run() async throws {
        try await RunsOutput.answer {
            try await IncidentStory.transcript(id, from: HealSession().store)
                .map { "\($0.time)  \($0.kind)" }.joined(separator: "\n")
        }
    }
}

struct RunsExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Prints an incident's transcript, one JSON event a line.")

    @Argument(help: "An incident's id, or its beginning.")
    var id: String

    func run() async throws {
        try await RunsOutput.answer {
            try await IncidentStory.transcript(id, from: HealSession().store)
                .map { try RunsOutput.json($0, pretty: false) }.joined(separator: "\n")
        }
    }
}

struct RunsDiff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Prints what an incident proposes.")

    @Argument(help: "An incident's id, or its beginning.")
    var id: String

    func run() async throws {
        try await RunsOutput.answer { try await HealSession().patch(ofIncident: id) }
    }
}

struct RunsStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stops the process that works on an incident.",
        discussion: "The incident is kept: `drydock heal` goes on with it.")

    @Argument(help: "An incident's id, or its beginning.")
    var id: String

    func run() async throws {
        try await RunsOutput.answer {
            let store = try HealSession().store
            let incident = try await store.incident(id)
            guard let holder = try await store.holder(ofIncident: incident.id) else {
                return "nobody works on \(incident.id)"
            }
            return try ProcessIdentity.stop(holder)
                ? "stopped process \(holder.process)" : "process \(holder.process) is gone already"
        }
    }
}

/// Prints an answer, or says why there is none and exits 2.
enum RunsOutput {
    static func answer(_ body: () async throws -> String) async throws {
        do {
            let text = try await body()
            FileHandle.standardOutput.write(Data((text + "\n").utf8))
        } catch {
            FileHandle.standardError.write(Data("drydock runs: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }

    static func json(_ value: some Encodable, pretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
