internal import ArgumentParser
internal import Foundation
internal import Orchestration
internal import RunStore

/// `drydock approve`: lets a verified change out. It never stands in for verification.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Lets a verified change out that waits for a human.")

    @Argument(help: "The approval's or the incident's id.")
    var id: String
    @OptionGroup var data: DataOption
    @Option(help: "text or json.")
    var format = HealFormat.text

    func run() async throws {
        try await Decision.perform(.approved, id: id, data: data, format: format)
    }
}

/// `drydock reject`: hands a change that waits back as an escalation.
struct RejectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Refuses a change that waits for a human.")

    @Argument(help: "The approval's or the incident's id.")
    var id: String
    @OptionGroup var data: DataOption
    @Option(help: "text or json.")
    var format = HealFormat.text

    func run() async throws {
        try await Decision.perform(.rejected, id: id, data: data, format: format)
    }
}

private enum Decision {
    /// Whoever may open the store decides: it belongs to the operator alone (mode 0600), and no
    /// sandbox's user id can reach it.
    static func perform(
        _ decision: ApprovalRecord.Decision, id: String, data: DataOption, format: HealFormat
    ) async throws {
        Departure.arm()
        let status: Int32
        do {
            let state = try StateDirectory.prepared(at: try data.directory())
            let session = HealSession(state: state, store: try Store(path: state.store))
            // A session's change: whoever submitted it goes on by submitting it again.
            if id.hasPrefix("sub-") {
                let record = try await session.store.decide(
                    submission: id, tenant: nil, decision: decision, by: NSUserName(),
                    time: WallClock.timestamp())
                FileHandle.standardOutput.write(
                    Data("\(decision.rawValue) \(record.id), tree \(record.tree)\n".utf8))
                throw ExitCode.success
            }
            let record = try await ApprovalDecision.record(
                decision, approval: id, by: NSUserName(), in: session.store)
            let report = try await session.resume(
                incident: record.incident, warn: HealProgress.warn, observe: HealProgress.show)
            try HealOutput.write(report, format: format)
            status = HealOutput.exitStatus(of: report)
        } catch let exit as ExitCode {
            throw exit
        } catch {
            FileHandle.standardError.write(Data("drydock: \(error)\n".utf8))
            status = 2
        }
        throw ExitCode(status)
    }
}
