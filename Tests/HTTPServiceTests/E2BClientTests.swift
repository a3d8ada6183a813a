import Foundation
import Testing

/// E2B's own Python client, unmodified, from the package index: three environment variables.
@Suite(.serialized) struct E2BClientTests {
    /// Lines whose clients work without the names of hosts (`E2B_SANDBOX_URL`).
    @Test(arguments: ["2.20.0", "2.40.0", "2.63.0"])
    func everyCallIsAnswered(version: String) throws {
        let python = try PythonClients.interpreter(for: "e2b==\(version)")
        let service = try BuiltService()
        let ended = try PythonClients.run(
            python, "e2b_calls.py",
            [
                "E2B_API_URL": service.address, "E2B_SANDBOX_URL": service.address,
                "E2B_API_KEY": service.key,
            ])
        #expect(ended.output.contains("all calls answered"), "\(ended.output)\n\(ended.errors)")
        #expect(ended.status == 0)
        #expect(service.stop() == 0)
    }
}

/// Clients of others in environments of their own, made once and kept beside the build.
enum PythonClients {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures").path

    static func interpreter(for package: String) throws -> String {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folder = URL(filePath: own).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appending(path: "clients/\(package.replacing("==", with: "-"))").path
        let python = folder + "/bin/python"
        let done = folder + "/complete"
        if FileManager.default.fileExists(atPath: done) { return python }
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(
            atPath: (folder as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        for arguments in [
            ["/usr/bin/env", "python3", "-m", "venv", folder],
            [python, "-m", "pip", "install", "--quiet", package],
        ] {
            let ended = try start(arguments, [:])
            guard ended.status == 0 else {
                throw ClientNotInstalled(package: package, log: ended.errors)
            }
        }
        _ = FileManager.default.createFile(atPath: done, contents: nil)
        return python
    }

    static func run(
        _ python: String, _ script: String, _ environment: [String: String]
    ) throws -> BuiltService.Ended {
        try start([python, fixtures + "/" + script], environment)
    }

    private static func start(
        _ arguments: [String], _ environment: [String: String]
    ) throws -> BuiltService.Ended {
        let process = Process()
        process.executableURL = URL(filePath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { _, own in own }
        let output = NSTemporaryDirectory() + "drydock-client-\(UUID().uuidString)"
        for name in [output + ".out", output + ".err"] {
            _ = FileManager.default.createFile(atPath: name, contents: nil)
        }
        defer {
            for end in [".out", ".err"] {
                try? FileManager.default.removeItem(atPath: output + end)
            }
        }
        process.standardOutput = FileHandle(forWritingAtPath: output + ".out")
        process.standardError = FileHandle(forWritingAtPath: output + ".err")
        try process.run()
        process.waitUntilExit()
        func text(_ end: String) -> String {
            (try? String(contentsOfFile: output + end, encoding: .utf8)) ?? ""
        }
        return BuiltService.Ended(
            status: process.terminationStatus, output: text(".out"), errors: text(".err"))
    }
}

struct ClientNotInstalled: Error {
    var package: String
    var log: String
}
