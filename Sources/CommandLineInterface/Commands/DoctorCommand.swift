internal import ArgumentParser
internal import Foundation
internal import JSONText
internal import Orchestration
internal import RunModel

/// `drydock doctor`: what this host can enforce, what is missing, and the remedy.
struct DoctorCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tries every layer on this host and says what is missing, and how to mend it.",
        discussion: "Exits 0 when sandboxes with every layer can be had, else 1.")

    @Option(help: "text or json.")
    var format: Format = .text

    func run() throws {
        let report = Doctor(environment: ProcessInfo.processInfo.environment).examine()
        switch format {
        case .json: print(try JSONTextEncoder.encode(report, layout: .indented))
        case .text:
            for check in report.checks {
                print("\(Self.mark(check.status)) \(check.name): \(check.detail)")
                if !check.remedy.isEmpty { print("       to mend: \(check.remedy)") }
            }
            print(report.isReady ? "Ready." : "Not ready: see what is missing above.")
        }
        throw ExitCode(report.isReady ? 0 : 1)
    }

    private static func mark(_ status: DoctorReport.Status) -> String {
        switch status {
        case .ok: "ok     "
        case .degraded: "weaker "
        case .missing: "MISSING"
        }
    }
}
