import Foundation
import RunModel
import TestSupport
import Testing

/// A small history with a known mistake in it, and what must come of it.
struct RegressionCase: Sendable, CustomTestStringConvertible {
    /// What a change does to one file.
    enum Edit: Sendable {
        case replace(String, String, String)
        case write(String, String)
        case delete(String)
        case executable(String, Bool)
    }

    /// One step of the history.
    enum Step: Sendable {
        case change([Edit])
        /// The commit that is to be blamed.
        case culprit([Edit])
        case branch(String)
        case main
        case merge(String)
        /// The merge itself is to be blamed: both sides are sound.
        case culpritMerge(String)
    }

    /// What is to be made of it.
    enum Ending: Sendable, Equatable {
        /// A verified pull request by one of these fixers.
        case repaired(Set<String>)
        /// A diagnosis, and no pull request.
        case diagnosed
        /// Nothing is to be done: flaky, or always so.
        case leftAlone
        /// A verified pull request, or a diagnosis: both are right.
        case either
    }

    /// A part of the change that must be found to be the cause.
    struct Cause: Sendable {
        var path: String
        /// What stands in one of its lines, `+` or `-` before it; empty: the whole file.
        var line = ""
    }

    var name: String
    var project: CorpusProject
    var steps: [Step]
    var triage: TriageClass = .regression
    var causes: [Cause] = []
    var ending: Ending = .repaired(["partial-revert"])
    /// Texts that the culprit brought and the repair must leave: path and text.
    var keeps: [(path: String, text: String)] = []
    /// Further tests that nobody sees before the end: path and text.
    var heldOut: [String: String] = [:]
    /// Whether the good commit is left to be found.
    var findsGood = false
    /// The resolution when the tests were last green, as `--good-lock`; then the history is none of
    /// the cause.
    var goodLock = ""
    /// The packages that must be named as drifted.
    var drift: [String] = []
    /// Whether revisions that cannot be tested hide the culprit among several.
    var isHidden = false

    var testDescription: String { "\(project.language): \(name)" }
}

/// A small project in one language.
struct CorpusProject: Sendable {
    var language: String
    var files: [String: String]
    var executables: Set<String> = []
    /// Tests that the repair is judged by, and which it never saw: path and text.
    var heldOut: [String: String]
    /// Runs them, beside the project's own.
    var heldOutCommand: String
    /// The program without which the case cannot run.
    var tool: String
}

/// The history of a case as a repository.
struct CorpusHistory {
    let git: GitCommandLine
    private(set) var good = ""
    private(set) var culprit: String?

    init(_ regression: RegressionCase, at directory: String) throws {
        git = try GitCommandLine.create(at: directory)
        let project = regression.project
        for (path, text) in project.files { try write(path, text) }
        for path in project.executables { try mark(path, isExecutable: true) }
        good = try git.commit([:], message: "the beginning")
        for (number, step) in regression.steps.enumerated() {
            switch step {
            case .change(let edits):
                try apply(edits)
                try git.commit([:], message: "change \(number)")
            case .culprit(let edits):
                try apply(edits)
                culprit = try git.commit([:], message: "change \(number)")
            case .branch(let name): try git.run(["checkout", "-q", "-b", name])
            case .main: try git.run(["checkout", "-q", "main"])
            case .merge(let name), .culpritMerge(let name):
                try git.run(["merge", "-q", "--no-ff", "-m", "merge \(name)", name])
                if case .culpritMerge = step { culprit = try git.text(["rev-parse", "HEAD"]) }
            }
        }
    }

    private func apply(_ edits: [RegressionCase.Edit]) throws {
        for edit in edits {
            switch edit {
            case .replace(let path, let old, let new):
                let file = "\(git.directory)/\(path)"
                let text = try String(contentsOfFile: file, encoding: .utf8)
                guard text.contains(old) else {
                    throw GitCommandLine.Failure(description: "\(path) has no \(old)")
                }
                try write(path, text.replacing(old, with: new, maxReplacements: 1))
            case .write(let path, let text): try write(path, text)
            case .delete(let path):
                try FileManager.default.removeItem(atPath: "\(git.directory)/\(path)")
            case .executable(let path, let isExecutable):
                try mark(path, isExecutable: isExecutable)
            }
        }
    }

    private func write(_ path: String, _ text: String) throws {
        let file = "\(git.directory)/\(path)"
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        // The mode of a file that is there already stays.
        guard let handle = FileHandle(forWritingAtPath: file) else {
            return try text.write(toFile: file, atomically: false, encoding: .utf8)
        }
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    private func mark(_ path: String, isExecutable: Bool) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: isExecutable ? 0o755 : 0o644],
            ofItemAtPath: "\(git.directory)/\(path)")
    }
}
