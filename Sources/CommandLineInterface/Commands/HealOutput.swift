internal import ArgumentParser
internal import Foundation
internal import JSONText
internal import Orchestration
internal import RunModel

enum HealFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

/// What `heal`, `approve` and `reject` print, and how they exit.
enum HealOutput {
    static func exitStatus(of report: HealReport) -> Int32 {
        if report.projects?.contains(where: { $0.error != nil }) == true { return 2 }
        return switch report.outcome {
        case .pullRequest: 0
        case .nothingToHeal: 10
        case .skipped: 11
        case .escalated: 12
        case .awaitingApproval: 13
        }
    }

    static func write(_ report: HealReport, format: HealFormat) throws {
        switch format {
        case .json:
            let text = try JSONTextEncoder.encode(report, layout: .indented) + "\n"
            FileHandle.standardOutput.write(Data(text.utf8))
        case .text:
            FileHandle.standardOutput.write(Data((text(report) + "\n").utf8))
        }
    }

    private static func text(_ report: HealReport) -> String {
        if let projects = report.projects {
            return projects.map { project in
                let name = project.path.isEmpty ? "(root)" : project.path
                return "\(name): " + (project.report.map(text) ?? project.error ?? "")
            }.joined(separator: "\n")
        }
        let incident = report.incident.map { "\nIts story: drydock runs show \($0)" } ?? ""
        switch report.outcome {
        case .pullRequest:
            return "Pull request: \(report.pullRequest?.url ?? "")\(incident)"
        case .nothingToHeal: return "Nothing to heal."
        case .skipped:
            return "Left alone: \(report.triage?.class.rawValue ?? "not a regression").\(incident)"
        case .escalated:
            return "Needs a human: \(report.escalation?.reason ?? "")\n"
                + "Diagnosis: \(report.escalation?.report ?? "")\(incident)\n"
                + "After a change to the repository it is looked at again; at once with "
                + "drydock runs retry, or with a --fixer that was not asked yet."
        case .awaitingApproval:
            return "Verified, and waits for an approval: drydock approve "
                + "\(report.incident ?? "")\(incident)"
        }
    }
}

/// One line per event on standard error.
enum HealProgress {
    @Sendable static func warn(_ text: String) {
        FileHandle.standardError.write(Data("drydock: \(text)\n".utf8))
    }

    static func show(_ incident: String, _ event: HealEvent) async {
        guard let line = event.summary else { return }
        FileHandle.standardError.write(Data("\(incident)  \(line)\n".utf8))
    }
}
