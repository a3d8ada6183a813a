import Foundation
import LinuxKernel
import RunModel

/// The built `drydock`, beside the tests.
enum Drydock {
    struct Ended {
        var status: Int32
        var output: String
        var errors: String
    }

    /// What is needed to run it, readable by every user: the front, pid 1, two profiles.
    private static let installation: String = {
        let built = FileKind.linkTarget("/proc/self/exe").map {
            ($0 as NSString).deletingLastPathComponent
        }
        let directory = "/tmp/drydock-end-to-end-\(getpid())"
        let files = FileManager.default
        for name in ["drydock", "sandbox-init"] {
            try? files.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try? files.copyItem(atPath: (built ?? "") + "/" + name, toPath: directory + "/" + name)
        }
        for (name, degrade) in [("PROFILE", []), ("DEGRADING", ["cgroup"])] {
            let bytes = CompiledProfileCoding.encode(profile(degrade: degrade))
            try? Data(bytes).write(to: URL(filePath: directory + "/" + name))
        }
        try? files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
        atexit { Drydock.removeInstallation() }
        return directory
    }()

    private static func removeInstallation() {
        try? FileManager.default.removeItem(atPath: "/tmp/drydock-end-to-end-\(getpid())")
    }

    private static func profile(degrade: [String]) -> CompiledProfile {
        var settings = SandboxProfile(name: "test", seccomp: "test")
        settings.etcEntries = ["ld.so.cache", "alternatives"]
        settings.devices = ["null"]
        settings.permittedDegradations = degrade
        let allow = BPFInstruction(code: 6, jumpTrue: 0, jumpFalse: 0, operand: 0x7fff_0000)
        return CompiledProfile(
            settings: settings, digest: "00", auditArchitecture: 0,
            filters: [SeccompProgram(instructions: [allow])], notifications: [])
    }

    /// A compiled profile that does without control groups.
    static var degradingProfile: String { installation + "/DEGRADING" }

    /// `PROFILE` and `DEGRADING` stand for the paths of compiled profiles.
    static func start(_ arguments: [String], asUser user: Int? = nil) throws -> Running {
        let process = Process()
        let own = arguments.map {
            $0 == "PROFILE" || $0 == "DEGRADING" ? installation + "/" + $0 : $0
        }
        let program = installation + "/drydock"
        if let user {
            process.executableURL = URL(filePath: "/usr/bin/setpriv")
            process.arguments =
                ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", program] + own
        } else {
            process.executableURL = URL(filePath: program)
            process.arguments = own
        }
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/tmp"]
        return try Running(process)
    }

    static func run(_ arguments: [String], asUser user: Int? = nil) throws -> Ended {
        try start(arguments, asUser: user).wait()
    }

    static func isRunning(argument: String) -> Bool {
        FileKind.names(in: "/proc").contains { name in
            guard Int(name) != nil,
                let line = try? SmallFile.readText("/proc/\(name)/cmdline")
            else { return false }
            return line.split(separator: "\0").contains { $0 == argument }
        }
    }

    final class Running {
        private let process: Process
        private let outputPipe = Pipe()
        private let errorFile: String
        private var output = Data()

        init(_ process: Process) throws {
            self.process = process
            errorFile = "/tmp/drydock-end-to-end-errors-\(UUID().uuidString)"
            _ = FileManager.default.createFile(atPath: errorFile, contents: nil)
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = outputPipe
            process.standardError = FileHandle(forWritingAtPath: errorFile)
            try process.run()
        }

        func waitForOutput(_ text: String) throws {
            while !String(decoding: output, as: UTF8.self).contains(text) {
                let more = outputPipe.fileHandleForReading.availableData
                if more.isEmpty { return }
                output += more
            }
        }

        func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

        func wait() -> Ended {
            output += outputPipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            let errors = (try? SmallFile.readText(errorFile)) ?? ""
            try? FileManager.default.removeItem(atPath: errorFile)
            return Ended(
                status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
                errors: errors)
        }
    }
}
