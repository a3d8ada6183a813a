internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore

/// `drydock runs`: what happened, from the store.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Shows incidents, runs and kept worktrees (sessions).",
        subcommands: [
            RunsList.self, RunsShow.self, RunsLogs.self, RunsDiff.self, RunsStop.self,
            RunsRetry.self, RunsExport.self,
        ])
}

struct RunsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists incidents, runs and sessions, the latest first.")

    @Option(help: "text or json.")
    var format = HealFormat.text

    func run() async throws {
        try await RunsOutput.answer {
            let store = try HealSession().store
            let incidents = try await store.incidents()
            let runs = try await store.runs().map(WorkRecord.init)
            let sessions = try KeptSessions().all()
            guard format == .text else {
                return try JSONTextEncoder.encode(
                    RunsListing(
                        incidents: incidents.map(RunsListing.Incident.init),
                        runs: runs.map(\.summary), sessions: sessions), layout: .indented)
            }
            let lines =
                incidents.map {
                    "\($0.updatedAt)  \($0.id)  \($0.status.rawValue)  \($0.title.prefix(80))"
                }
                + runs.map(\.summary).map {
                    "\($0.startedAt)  \($0.id)  \($0.state.rawValue)  \($0.title)"
                }
                + sessions.map { "\($0.lastUsedAt)  \($0.id)  session  \($0.repository)" }
            return lines.isEmpty ? "nothing yet" : lines.joined(separator: "\n")
        }
    }
}

extension RunsListing.Incident {
    fileprivate init(_ record: IncidentRecord) {
        self.init(
            id: record.id, repository: record.repository, signature: record.signature,
            branch: record.branch, title: record.title, status: record.status.rawValue,
            openedAt: record.openedAt, updatedAt: record.updatedAt)
    }
}

struct RunsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tells an incident's, a run's or a session's story on one screen.")

    @Argument(help: "An incident's, a run's or a session's id, or its beginning.")
    var id: String

    func run() async throws {
        try await RunsOutput.answer {
            let sessions = try KeptSessions()
            if let session = try sessions.find(id) {
                return SessionText.story(session, try sessions.changes(of: session.id).lists)
            }
            let store = try HealSession().store
            if let run = try await WorkRecord.find(id, in: store) { return run.story }
            return try await IncidentStory.load(id, from: store).text
        }
    }
}

struct RunsLogs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Prints an incident's events in order, or the document that a run ended with.")

    @Argument(help: "An incident's or a run's id, or its beginning.")
    var id: String

    func run() async throws {
        try await RunsOutput.answer {
            let store = try HealSession().store
            if let run = try await WorkRecord.find(id, in: store) { return try run.finished() }
            if let session = try KeptSessions().find(id) {
                throw PortError(
                    operation: "reading", subject: session.id,
                    reason: "a session keeps files, not what its runs printed",
                    remedy: "drydock runs show and drydock runs diff tell what it holds")
            }
            return try await IncidentStory.transcript(id, from: store)
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
        commandName: "diff",
        abstract: "Prints what an incident proposes, or what a session changed, as a patch.")

    @Argument(help: "An incident's or a session's id, or its beginning.")
    var id: String

    func run() async throws {
        let sessions = try KeptSessions()
        if let session = try sessions.find(id) {
            // As it is: one more line end, and git would not apply it.
            return try await RunsOutput.answer(lineEnd: "") {
                try sessions.changes(of: session.id).patch
            }
        }
        try await RunsOutput.answer { try await HealSession().patch(ofIncident: id) }
    }
}

struct RunsStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stops the process that works on an incident, on a run or in a session.",
        discussion: """
            Incidents and sessions are kept: `drydock heal` goes on with the incident, `drydock run --repo session:ID` \
            with the session.
            """)

    @Argument(help: "An incident's, a run's or a session's id, or its beginning.")
    var id: String

    @Flag(help: "Remove the session too, when nothing runs in it any more.")
    var remove = false

    func run() async throws {
        try await RunsOutput.answer {
            let sessions = try KeptSessions()
            if let session = try sessions.find(id) {
                return try stop(session.id, of: sessions)
            }
            let store = try HealSession().store
            if let run = try await WorkRecord.find(id, in: store) {
                return try run.stop().map { "stopped process \($0)" }
                    ?? "\(run.summary.id) has ended"
            }
            let incident = try await store.incident(id)
            guard let holder = try await store.holder(ofIncident: incident.id) else {
                return "nobody works on \(incident.id)"
            }
            return try ProcessIdentity.stop(holder)
                ? "stopped process \(holder.process)" : "process \(holder.process) is gone already"
        }
    }
}

struct RunsRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Gives an incident that ended another round.",
        discussion: """
            Its circuit breakers are closed, and `drydock heal` on the same failure begins anew. \
            Where the pull request is still open, there is nothing to retry.
            """)

    @Argument(help: "An incident's id, or its beginning.")
    var id: String

    func run() async throws {
        try await RunsOutput.answer {
            let id = try await HealSession().retry(incident: id, by: NSUserName())
            return "another round for \(id): run drydock heal again"
        }
    }
}

extension RunsStop {
    fileprivate func stop(_ session: String, of sessions: KeptSessions) throws -> String {
        let process = try sessions.stop(session)
        var lines = [process.map { "stopped process \($0)" } ?? "nothing runs in \(session)"]
        if remove {
            // The process may take a moment to end.
            for _ in 0..<100 where sessions.isHeld(session) { usleep(50_000) }
            try sessions.remove(session)
            lines.append("removed session \(session)")
        }
        return lines.joined(separator: "\n")
    }
}

/// Prints an answer, or says why there is none and exits 2.
enum RunsOutput {
    static func answer(
        lineEnd: String = "\n", _ body: () async throws -> String
    ) async throws {
        do {
            let text = try await body()
            FileHandle.standardOutput.write(Data((text + lineEnd).utf8))
        } catch {
            FileHandle.standardError.write(Data("drydock runs: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }

    static func json(_ value: some Encodable, pretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
