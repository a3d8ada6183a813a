import Foundation
import TestSupport

/// The real git, as the oracle, with no configuration but the repository's own.
struct GitCommand {
    let directory: String

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    @discardableResult
    func callAsFunction(
        _ arguments: String..., input: Data? = nil, environment: [String: String] = [:]
    ) throws -> String {
        let bytes = try run(["git"] + arguments, input: input, environment: environment)
        return String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @discardableResult
    func run(
        _ arguments: [String], input: Data? = nil, environment: [String: String] = [:]
    ) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        let fixed = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "HOME": directory, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
            "LC_ALL": "C.UTF-8", "GIT_ALLOW_PROTOCOL": "file",
        ]
        process.environment = fixed.merging(environment) { $1 }
        // Files instead of pipes: neither side can block the other.
        return try withTemporaryDirectory { scratch in
            let paths = ["in", "out", "err"].map { "\(scratch)/\($0)" }
            for path in paths {
                try (path == paths[0] ? input ?? Data() : Data())
                    .write(to: URL(fileURLWithPath: path))
            }
            process.standardInput = FileHandle(forReadingAtPath: paths[0])
            process.standardOutput = FileHandle(forWritingAtPath: paths[1])
            process.standardError = FileHandle(forWritingAtPath: paths[2])
            try process.run()
            process.waitUntilExit()
            let output = try Data(contentsOf: URL(fileURLWithPath: paths[1]))
            guard process.terminationStatus == 0 else {
                let text = try Data(contentsOf: URL(fileURLWithPath: paths[2]))
                throw Failure(
                    description: "\(arguments.joined(separator: " ")): "
                        + "status \(process.terminationStatus): "
                        + String(decoding: text + output, as: UTF8.self))
            }
            return output
        }
    }
}

/// A repository with one branch, `main`.
struct FixtureRepository {
    let path: String
    let git: GitCommand

    init(in parent: String, name: String = "repository") throws {
        path = "\(parent)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        git = GitCommand(directory: path)
        try git("init", "--quiet", "--initial-branch=main")
    }

    func write(_ name: String, _ content: String) throws {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(content.utf8).write(to: file)
    }

    /// Writes the files, commits everything and returns the commit.
    @discardableResult
    func commit(_ files: [String: String] = [:], message: String = "change") throws -> String {
        for (name, content) in files { try write(name, content) }
        try git("add", "--all", "--force")
        try git("commit", "--quiet", "--allow-empty", "--message", message)
        return try git("rev-parse", "HEAD")
    }
}
