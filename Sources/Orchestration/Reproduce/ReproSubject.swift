internal import Foundation
internal import PolicyFiles
internal import RunModel
internal import TestReports
internal import Verification

/// The command to record, from wherever it comes.
struct ReproSubject: Sendable {
    var command: [String]
    var workingDirectory = ""
    var environment: [String: String] = [:]
    /// Tests that a log names as failed.
    var expectedTests: [String] = []
    var notCarried: [String] = []

    init(_ subject: RecordRequest.Subject, project: ReproProject) throws {
        switch subject {
        case .command(let words): command = words
        case .log(let path): self = try Self.read(log: path, project: project)
        case .job(let file, let name, let matrix):
            let job = try CIJob.read(PolicyText(path: file), job: name, matrix: matrix)
            command = Self.bash(job.script)
            environment = job.environment
            notCarried = job.notCarried
        }
    }

    private init(command: [String]) { self.command = command }

    /// As both CI systems run their scripts.
    private static func bash(_ text: String) -> [String] {
        ["bash", "-eo", "pipefail", "-c", text]
    }

    private static func read(log path: String, project: ReproProject) throws -> ReproSubject {
        let summary = try reduce(path)
        var subject: ReproSubject
        if let text = project.testCommand?.shellText(selecting: summary.tests) {
            // The failing tests themselves: the log's command may have run a thousand others.
            subject = ReproSubject(command: ["/bin/sh", "-c", text])
            subject.workingDirectory = project.testCommand?.workingDirectory ?? ""
        } else if let text = summary.command {
            subject = ReproSubject(command: bash(text))
        } else {
            throw ReproError(
                path, "neither a command nor failing tests were found in it",
                remedy: "give the command: drydock repro --rev REV -- COMMAND")
        }
        subject.expectedTests = summary.tests
        if let step = summary.step { subject.notCarried.append("the steps before '\(step)'") }
        if let failure = summary.failure, failure != .testFailure, failure != .compileError {
            subject.notCarried.append(
                "the log's failure is of class \(failure.rawValue), which may lie outside the tree")
        }
        return subject
    }

    private static func reduce(_ path: String) throws -> LogSummary {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw ReproError(path, "it cannot be read", remedy: "check the path")
        }
        defer { try? file.close() }
        var reducer = LogReducer()
        while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty {
            let bytes = Array(chunk)
            reducer.consume(bytes.span)
        }
        return reducer.finish()
    }
}
