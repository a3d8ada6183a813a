import Foundation
import RunModel
import Testing

@testable import TestReports

/// A report in `Fixtures/<format id>/`, with what it must be read as beside it:
/// `name.xml` and `name.xml.expected`.
struct Fixture: CustomTestStringConvertible, Sendable {
    let format: String
    let name: String

    var testDescription: String { "\(format)/\(name)" }

    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    static let all: [Fixture] = {
        let formats = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return formats.filter { $0 != "logs" }.sorted().flatMap { format in
            let folder = directory.appendingPathComponent(format).path
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.filter { !$0.hasSuffix(".expected") }.sorted()
                .map { Fixture(format: format, name: $0) }
        }
    }()

    func bytes() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url))
    }

    private var url: URL {
        Self.directory.appendingPathComponent(format).appendingPathComponent(name)
    }

    /// What the report is to be read as; with `UPDATE_SNAPSHOTS=1` it is written anew instead,
    /// to be reviewed by reading the difference.
    func expectation(replacing actual: String) throws -> String {
        let file = url.appendingPathExtension("expected")
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try Data(actual.utf8).write(to: file)
        }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}

extension TestReport {
    /// One line for each execution, the totals and the problems: what a person can check by eye.
    var transcript: String {
        var lines = results.map { result in
            var line = "\(result.status.rawValue) \(result.id)"
            if result.attempt > 1 { line += " attempt=\(result.attempt)" }
            if let score = result.score { line += " score=\(score)" }
            if let threshold = result.threshold { line += " threshold=\(threshold)" }
            if let file = result.file { line += " file=\(file)" }
            if let message = result.message?.firstLine { line += " :: \(message.prefix(80))" }
            return line
        }
        if let counts {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let json = (try? encoder.encode(counts)).map { String(decoding: $0, as: UTF8.self) }
            lines.append("counts \(json ?? "unencodable")")
        }
        lines += problems.map { problem in
            "problem \(problem.code.rawValue) \(problem.test ?? "-") :: \(problem.message)"
        }
        lines.append(isComplete ? "complete" : "incomplete")
        return lines.joined(separator: "\n") + "\n"
    }
}
