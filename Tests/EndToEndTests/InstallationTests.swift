import Foundation
import LinuxKernel
import TestSupport
import Testing

/// `make install` and `make uninstall`, into a directory of its own.
@Suite struct InstallationTests {
    private static let packageRoot = String(
        #filePath.dropLast("/Tests/EndToEndTests/InstallationTests.swift".count))

    private func run(
        _ command: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = URL(filePath: Self.packageRoot)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    private func files(under directory: String) -> [String] {
        let found = FileManager.default.enumerator(atPath: directory)
        return (found?.compactMap { $0 as? String } ?? []).filter {
            FileKind.of(directory + "/" + $0) != .directory
        }.sorted()
    }

    @Test func whatIsInstalledWorksAndGoes() throws {
        let built = try #require(
            FileKind.linkTarget("/proc/self/exe").map {
                ($0 as NSString).deletingLastPathComponent
            })
        try withTemporaryDirectory { directory in
            let environment = ["DRYDOCK_BUILT": built, "DESTDIR": directory, "PREFIX": "/usr"]
            let installed = try run(["/bin/bash", ".ci/install"], environment: environment)
            try #require(installed.status == 0, "\(installed.output)")
            let program = directory + "/usr/bin/drydock"
            let front = try run([program, "--version"])
            let tool = try run([directory + "/usr/libexec/drydock/drydock-tool", "--version"])
            #expect(front.output == "drydock \(tool.output)")
            // The profiles came compiled: the first run needs no tool and leaves no cache.
            for profile in ["build", "strict", "debug"] {
                let run = try run(
                    [program, "run", "--profile", profile, "--", "/bin/echo", profile])
                #expect(run.status == 0 && run.output == profile + "\n", "\(run.output)")
            }
            // What it says of the machine is the machine's; a cache is in order before its first use.
            let doctor = try run([program, "doctor"])
            #expect(doctor.status <= 1 && doctor.output.contains("ok      cache: "), "\(doctor)")
            let share = directory + "/usr/share"
            let bash = share + "/bash-completion/completions/drydock"
            #expect(try run(["/bin/bash", "-n", bash]).status == 0)
            #expect(try SmallFile.readText(bash).contains("verify"))
            for name in ["zsh/site-functions/_drydock", "fish/vendor_completions.d/drydock.fish"] {
                #expect(try SmallFile.readText(share + "/" + name).contains("drydock"), "\(name)")
            }
            let removed = try run(
                ["/bin/bash", ".ci/install", "--uninstall"], environment: environment)
            #expect(removed.status == 0, "\(removed.output)")
            #expect(files(under: directory) == [])
        }
    }
}
