import Foundation

/// Programs under test, with their output.
enum Program {
    static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    static let tool: String = {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent + "/drydock-tool"
    }()

    /// A Python with the client in it: `.ci/python-clients` makes it.
    static func python(_ client: String) -> String { "\(root)/.deps/clients/\(client)/bin/python" }

    static func fixture(_ name: String) -> String {
        "\(root)/Tests/MCPServiceTests/Fixtures/\(name)"
    }

    struct Ended {
        var status: Int32
        var output: String
    }

    static func run(_ program: String, _ arguments: [String], input: String = "") throws -> Ended {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        let inputPipe = Pipe()
        process.standardInput = inputPipe
        process.standardOutput = output
        process.standardError = output
        try process.run()
        inputPipe.fileHandleForWriting.write(Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Ended(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self))
    }
}

/// A small Python project with one red test, and a place for the service's state.
final class Project {
    let path: String
    let data: String

    init() throws {
        let base = NSTemporaryDirectory() + "drydock-mcp-\(UUID().uuidString)"
        path = base + "/repository"
        data = base + "/data"
        let files = [
            "calc.py": "def add(a, b):\n    return a - b\n",
            "test_calc.py": """
            import unittest
            import calc

            class CalcTest(unittest.TestCase):
                def test_add(self):
                    self.assertEqual(calc.add(1, 2), 3)

                def test_name(self):
                    self.assertTrue(callable(calc.add))

            """,
            "drydock.yaml": """
            version: 1
            test: {run: "python3 -m unittest -v", paths: ["test_*.py"]}

            """,
        ]
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        for (name, text) in files {
            try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        }
        for arguments in [
            ["init", "-q", "-b", "main"], ["add", "-A"],
            ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "one"],
        ] {
            let ended = try Program.run("/usr/bin/git", ["-C", path] + arguments)
            guard ended.status == 0 else { throw ProjectFailed(output: ended.output) }
        }
    }

    deinit {
        try? FileManager.default.removeItem(
            atPath: (path as NSString).deletingLastPathComponent)
    }
}

struct ProjectFailed: Error { var output: String }

/// `drydock serve` with the project as `calc`.
final class Service {
    let url: String
    let key: String
    private let process = Process()

    init(_ project: Project) throws {
        let made = try Program.run(
            "/bin/sh",
            [
                "-c", "exec \"$0\" keys create --name test --data \"$1\" 2>/dev/null", Program.tool,
                project.data,
            ])
        key = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        process.executableURL = URL(filePath: Program.tool)
        process.arguments = [
            "serve", "--listen", "127.0.0.1:0", "--data", project.data, "--repository",
            "calc=\(project.path)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(
            decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let range = line.range(of: "listening on ") else {
            throw ProjectFailed(output: line)
        }
        url = line[range.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines)
    }

    deinit {
        // Children of this process may have SIGTERM blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
