import Foundation
import RunModel
import TestSupport
import Testing

/// The real `drydock` binary, run as a user runs it.
struct Drydock {
    static let packageRoot = String(
        #filePath.dropLast("/Tests/EscapeTests/Support/Drydock.swift".count))

    /// What came of `drydock run`.
    struct Run {
        var status: Int32
        var output: String
        var errors: String
        /// `nil` when Drydock refused to run anything.
        var report: RunReport?

        /// Lines `name: value` of the output.
        func value(_ name: String) -> String? {
            output.split(separator: "\n").first { $0.hasPrefix(name + ": ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }

        func denied(_ operation: String) -> [Denial] {
            report?.denials.filter { $0.operation == operation } ?? []
        }
    }

    /// The binary under test: the one of this build, or `DRYDOCK_BINARY`.
    static var binary: String {
        get throws {
            if let path = ProcessInfo.processInfo.environment["DRYDOCK_BINARY"] { return path }
            let path = packageRoot + "/.build/debug/drydock"
            try #require(
                FileManager.default.isExecutableFile(atPath: path),
                "build it first: swift build --product drydock --product sandbox-init")
            return path
        }
    }

    /// Runs a shell script in a sandbox.
    static func script(
        _ script: String, options: [String] = [], environment: [String: String] = [:],
        seconds: Double = 60
    ) throws -> Run {
        try run(
            ["/bin/sh", "-c", script], options: options, environment: environment, seconds: seconds)
    }

    /// Runs a command in a sandbox that has the victim programs in `/victims`.
    ///
    /// - Parameter seconds: after that the run counts as hung.
    static func run(
        _ command: [String], options: [String] = [], environment: [String: String] = [:],
        seconds: Double = 60
    ) throws -> Run {
        let victims = try Victims.shared.get()
        return try withTemporaryDirectory { directory in
            let report = directory + "/report.json"
            let result = try HostProcess.run(
                [try binary, "run", "--report", report, "--bind", victims + ":/victims:ro"]
                    + options
                    + ["--"] + command,
                environment: environment, directory: directory, seconds: seconds)
            let document = FileManager.default.contents(atPath: report)
            return Run(
                status: result.status, output: result.output, errors: result.errors,
                report: try document.map { try JSONDecoder().decode(RunReport.self, from: $0) })
        }
    }
}

/// A program on the host.
enum HostProcess {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The program hung; it was killed.
    struct Hung: Error { var command: [String] }

    static func run(
        _ command: [String], environment: [String: String] = [:], directory: String,
        seconds: Double = 150
    ) throws -> Result {
        let output = directory + "/stdout.\(UUID().uuidString)"
        let errors = output + ".err"
        let process = try start(command, environment: environment, output: output, errors: errors)
        let deadline = Date.now + seconds
        while process.isRunning && Date.now < deadline { usleep(2000) }
        guard !process.isRunning else {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw Hung(command: command)
        }
        let status =
            process.terminationReason == .exit
            ? process.terminationStatus : 128 + process.terminationStatus
        return Result(status: status, output: try text(output), errors: try text(errors))
    }

    /// Starts a program whose streams go to files, so that no pipe of the test's can fill up.
    static func start(
        _ command: [String], environment: [String: String] = [:], output: String, errors: String
    ) throws -> Process {
        for path in [output, errors] {
            try #require(FileManager.default.createFile(atPath: path, contents: nil))
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        try process.run()
        return process
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }
}
