import Foundation

/// Runs git for tests that need a repository. Nothing of the user's configuration applies.
package struct GitCommandLine: Sendable {
    package let directory: String

    package init(directory: String) { self.directory = directory }

    /// Makes an empty repository at `directory`.
    package static func create(at directory: String) throws -> GitCommandLine {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let git = GitCommandLine(directory: directory)
        try git.run(["init", "-q", "-b", "main"])
        return git
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String

        package init(description: String) { self.description = description }
    }

    @discardableResult
    package func run(
        _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]
    ) throws -> [UInt8] {
        var variables = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "HOME": directory, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "A Tester", "GIT_AUTHOR_EMAIL": "tester@example.org",
            "GIT_COMMITTER_NAME": "A Tester", "GIT_COMMITTER_EMAIL": "tester@example.org",
            // Directories made by tests may belong to another user id than the one that runs them.
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        ]
        variables.merge(environment) { $1 }
        let result = try ChildProcess(
            ["/usr/bin/env", "git", "-C", directory] + arguments, environment: variables,
            input: input
        ).run()
        guard result.status == 0 else {
            let text = String(decoding: result.error, as: UTF8.self)
            throw Failure(description: "git \(arguments.joined(separator: " ")): \(text)")
        }
        return result.output
    }

    /// What a host command prints, without surrounding white space.
    package static func output(of command: [String]) throws -> String {
        let result = try ChildProcess(
            ["/usr/bin/env"] + command, environment: ProcessInfo.processInfo.environment
        ).run()
        guard result.status == 0 else {
            let text = String(decoding: result.error, as: UTF8.self)
            throw Failure(description: "\(command) ended with \(result.status): \(text)")
        }
        return String(decoding: result.output, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    package func text(_ arguments: [String]) throws -> String {
        String(decoding: try run(arguments), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Writes files (`nil` deletes) and commits them on the current branch.
    ///
    /// - Returns: the new commit's id.
    @discardableResult
    package func commit(_ files: [String: String?], message: String = "change") throws -> String {
        for (path, content) in files {
            let file = "\(directory)/\(path)"
            guard let content else {
                try FileManager.default.removeItem(atPath: file)
                continue
            }
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true)
            try content.write(toFile: file, atomically: false, encoding: .utf8)
        }
        try run(["add", "-A"])
        try run(["commit", "-q", "--allow-empty", "-m", message])
        return try text(["rev-parse", "HEAD"])
    }
}
