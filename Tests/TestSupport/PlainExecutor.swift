import Foundation
import Glibc
package import RunModel

/// A `CommandExecutor` without a sandbox: a checkout in a temporary directory and a child process.
/// For tests of what is above the port, on code that the tests themselves wrote.
package struct PlainExecutor: CommandExecutor {
    private let git: GitCommandLine
    /// Set for every command, over the request's own.
    private let environment: [String: String]

    /// Whether a request without a network gets a namespace without one; for root only.
    private let isolatesNetwork: Bool

    package init(
        _ git: GitCommandLine, environment: [String: String] = [:], isolatesNetwork: Bool = false
    ) {
        self.git = git
        self.isolatesNetwork = isolatesNetwork
        self.environment = environment
    }

    package func run(_ request: CommandRequest) async throws -> CommandResult {
        await Self.places.take()
        do {
            let result = try await runAtOnce(request)
            await Self.places.giveBack()
            return result
        } catch {
            await Self.places.giveBack()
            throw error
        }
    }

    /// Tests start far more commands than there are processors: so many run at a time, so that
    /// their time limits mean something.
    private static let places = Places(ProcessInfo.processInfo.activeProcessorCount)

    private func runAtOnce(_ request: CommandRequest) async throws -> CommandResult {
        let root = NSTemporaryDirectory() + "drydock-plain-" + UUID().uuidString
        let files = FileManager.default
        for name in ["", "/work", "/reports", "/home"] {
            try files.createDirectory(atPath: root + name, withIntermediateDirectories: true)
        }
        defer { try? files.removeItem(atPath: root) }
        if let tree = request.tree {
            try checkOut(tree, at: root + "/work", index: root + "/index")
        }
        for overlay in request.overlays {
            let path = "\(root)/work/\(overlay.path)"
            try files.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true)
            try Data(overlay.content).write(to: URL(fileURLWithPath: path))
            if overlay.isExecutable {
                try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            }
        }
        let started = Date()
        let ended = try await launch(request, root: root)
        let elapsed = Date().timeIntervalSince(started) * 1_000
        let isTimedOut = request.limits.wallMilliseconds.map { elapsed >= Double($0) } ?? false

        var report = RunReport(
            command: request.arguments, outcome: isTimedOut ? .timedOut : .exited,
            startedAt: started.formatted(.iso8601), limits: request.limits,
            isolation: IsolationReport(network: "host"))
        report.exitCode = isTimedOut ? nil : ended.status
        report.wallMilliseconds = elapsed
        if request.wantsChanges, request.tree != nil {
            report.tree = try recordTree(of: root + "/work", index: root + "/index")
        }
        var reports: [String: [UInt8]] = [:]
        for name in try files.subpathsOfDirectory(atPath: root + "/reports") {
            if let data = files.contents(atPath: "\(root)/reports/\(name)") {
                reports[name] = Array(data)
            }
        }
        return CommandResult(
            report: report, standardOutput: ended.output, standardError: ended.error,
            reports: reports)
    }

    private func checkOut(_ tree: String, at path: String, index: String) throws {
        let variables = ["GIT_INDEX_FILE": index]
        try git.run(["read-tree", tree], environment: variables)
        try git.run(
            [
                "-c", "core.bare=false", "--work-tree", path, "checkout-index", "-q", "-a",
                "--prefix", path + "/",
            ],
            environment: variables)
    }

    private func recordTree(of path: String, index: String) throws -> String {
        let variables = ["GIT_INDEX_FILE": index]
        let options = ["-c", "core.bare=false", "--work-tree", path]
        try git.run(options + ["add", "-A", "-f"], environment: variables)
        return String(
            decoding: try git.run(["write-tree"], environment: variables), as: UTF8.self
        ).trimmingCharacters(in: .newlines)
    }

    /// The host's search path, with Python's own directory before any version switcher's: that one
    /// costs more than a small test.
    private static let searchPath: String = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let question = "import os, sys; print(os.path.dirname(sys.executable))"
        let answer = try? GitCommandLine.output(of: ["python3", "-c", question])
        return [answer, path].compactMap(\.self).joined(separator: ":")
    }()

    private func launch(
        _ request: CommandRequest, root: String
    ) async throws -> ChildProcess.Result {
        let seconds = Double(request.limits.wallMilliseconds ?? 600_000) / 1_000
        // `timeout` ends the whole process group. As pid 1 of a namespace it takes along what the
        // command left in the background, as a sandbox would.
        var apart = geteuid() == 0 ? ["unshare", "--pid", "--fork", "--kill-child"] : []
        if isolatesNetwork, request.network == "none" { apart.insert("--net", at: 1) }
        let host = ProcessInfo.processInfo.environment
        var variables = [
            "PATH": Self.searchPath, "HOME": root + "/home",
            "DRYDOCK_REPORTS": root + "/reports", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
        ]
        for name in ["RUSTUP_HOME", "CARGO_HOME", "PYENV_ROOT", "PYENV_VERSION", "GOCACHE"] {
            variables[name] = host[name]
        }
        // Toolchains that live in the user's own directory are found there.
        if let home = host["HOME"], host["RUSTUP_HOME"] == nil {
            variables["RUSTUP_HOME"] = home + "/.rustup"
        }
        variables.merge(request.environment) { $1 }
        variables.merge(environment) { $1 }
        return try await ChildProcess(
            ["/usr/bin/env"] + apart + ["timeout", "-s", "KILL", "\(seconds)"]
                + request.arguments,
            environment: variables, directory: "\(root)/work/\(request.workingDirectory)",
            input: request.standardInput
        ).result()
    }
}

/// A counting semaphore for tasks, first come first served.
private actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = max(count, 1) }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
