import Foundation
import LinuxKernel
import TestSupport
import Testing

/// What a command leaves behind that is told to end while its sandboxes run.
@Suite struct DepartureTests {
    @Test(
        .enabled(if: geteuid() == 0, "root's control groups are all below one directory"),
        arguments: [SIGTERM, SIGINT])
    func aTerminatedVerificationLeavesNoControlGroup(signal: Int32) throws {
        try withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            // Words that nobody else's process has.
            let seconds = "\(60_000 + Int(getpid()) % 10_000 + Int(signal))"
            try source.commit([
                "drydock.yaml": "version: 1\ntest: {run: sleep \(seconds)}\n", "a": "1\n",
            ])
            try source.commit(["a": "2\n"])
            let process = Process()
            process.executableURL = URL(filePath: HealForgeTests.tool)
            process.arguments = [
                "verify", "--repo", source.directory, "--base", "HEAD^", "--head", "HEAD",
            ]
            let running = try Drydock.Running(process)
            let found = groups(ofProcessWith: seconds)
            let paths = try #require(found, "it did not start")
            let made = try paths.map { ($0, try #require(try identity(ofDirectory: $0))) }
            running.send(signal)
            let ended = running.wait()
            #expect(ended.status == signal && process.terminationReason == .uncaughtSignal)
            #expect(!Drydock.isRunning(argument: seconds))
            // Another test's sandbox may have got the number first; it removes the directory then.
            for (path, made) in made {
                for _ in 0..<250 where try identity(ofDirectory: path) == made { usleep(20_000) }
                #expect(try identity(ofDirectory: path) != made, "\(path) was left")
            }
        }
    }

    /// Tells a directory from the one of the same name that the number's next sandbox makes, or `nil`
    /// where there is none.
    private func identity(ofDirectory path: String) throws -> UInt? {
        var information = stat()
        guard stat(path, &information) == 0 else {
            try #require(errno == ENOENT, "\(path)")
            return nil
        }
        return UInt(information.st_ino)
    }

    /// The control groups of the one process with this argument, once it runs.
    private func groups(ofProcessWith argument: String) -> [String]? {
        for _ in 0..<600 {
            for name in FileKind.names(in: "/proc") where Int(name) != nil {
                guard let line = try? SmallFile.readText("/proc/\(name)/cmdline"),
                    line.split(separator: "\0") == ["sleep", argument[...]],
                    let groups = try? SmallFile.readText("/proc/\(name)/cgroup")
                else { continue }
                let paths = groups.split(separator: "\n").compactMap { line -> String? in
                    let parts = line.split(
                        separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                    guard parts.count == 3, parts[2].contains("drydock-") else { return nil }
                    let controllers = parts[1].isEmpty ? "" : "/\(parts[1])"
                    return "/sys/fs/cgroup\(controllers)\(parts[2])"
                }
                if !paths.isEmpty { return paths }
            }
            usleep(50_000)
        }
        return nil
    }
}
