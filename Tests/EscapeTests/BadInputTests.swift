import Foundation
import RunModel
import TestSupport
import Testing

/// What cannot be met is refused in one line that says what to do, before anything is run.
@Suite struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var options: [String]
        var command = ["/bin/echo", "ran"]
        var status: Int32 = 125
        /// Part of the line.
        var says: String

        var testDescription: String {
            options.joined(separator: " ") + " -- " + command[0].prefix(40)
        }
    }

    /// `DIR` is a directory with the files that `prepare` makes.
    private static let cases: [Case] = [
        Case(options: ["--repo", "/no/such/directory"], says: "/no/such/directory"),
        Case(options: ["--repo", "DIR"], says: "DIR"),
        Case(options: ["--profile", "nonesuch"], says: "nonesuch"),
        Case(options: ["--profile", "DIR"], says: "no readable file"),
        Case(options: ["--profile", "DIR/fifo"], says: "no readable file"),
        Case(options: ["--profile", "DIR/unknown-key.yaml"], says: "netwrok"),
        Case(options: ["--profile", "DIR/no-yaml.yaml"], says: "no-yaml.yaml"),
        Case(options: ["--profile", "DIR/endless.yaml"], says: "endless.yaml"),
        Case(options: ["--memory", "99999999999999GiB"], says: "--memory"),
        Case(options: ["--memory", "-1MiB"], says: "--memory"),
        Case(options: ["--pids", "0"], says: "processes"),
        Case(options: ["--pids", "-1"], says: "whole number"),
        Case(options: ["--cpus", "nan"], says: "1.5"),
        Case(options: ["--cpus", "1e9"], says: "0.01 to 4096"),
        Case(options: ["--disk", "1KiB"], says: "disk"),
        Case(options: ["--timeout", "0s"], says: "time"),
        Case(options: ["--bind", "/usr:/proc/self"], says: "/proc"),
        Case(options: ["--bind", "/usr:/dev/../proc"], says: "without . and .."),
        Case(options: ["--bind", "/usr:/usr"], says: "belongs to the sandbox"),
        Case(options: ["--stdin", "DIR"], says: "--stdin"),
        Case(options: ["--report", "DIR"], says: "--report"),
        Case(options: ["--report", "DIR/no/such/file"], says: "--report"),
        Case(options: ["--patch", "DIR/patch"], says: "--repo"),
        Case(options: ["--keep"], says: "--repo"),
        Case(options: ["--image", "DIR/unknown-key.yaml"], says: "unknown-key.yaml"),
        Case(options: ["--net", "allow="], says: "allow"),
        Case(options: ["--trace-file"], says: "--trace-files"),
        Case(options: [], command: ["/usr"], status: 126, says: "cannot be executed"),
        Case(
            options: ["--bind", "DIR"], command: ["DIR/fifo"], status: 126,
            says: "cannot be executed"),
        Case(
            options: ["--bind", "DIR"], command: ["DIR/not-executable"], status: 126,
            says: "executable"),
        Case(
            options: ["--bind", "DIR"], command: ["DIR/no-interpreter"], status: 127,
            says: "not found"),
        Case(options: [], command: ["no-such-program"], status: 127, says: "--bind"),
        Case(options: [], command: [""], says: "--"),
    ]

    private func prepare(_ directory: String) throws {
        let files = FileManager.default
        func make(_ name: String, _ text: String, mode: Int = 0o644) throws {
            try text.write(toFile: directory + "/" + name, atomically: true, encoding: .utf8)
            try files.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: directory + "/" + name)
        }
        try #require(chmod(directory, 0o755) == 0)
        try #require(mkfifo(directory + "/fifo", 0o644) == 0)
        try make(
            "unknown-key.yaml",
            "version: 1\nname: x\ndescription: x\nextends: build\nnetwrok: none\n")
        try make("no-yaml.yaml", "{[\u{1}")
        try make(
            "endless.yaml", "version: 1\nname: endless\ndescription: x\nextends: DIR/endless.yaml\n"
        )
        try make("not-executable", "echo ran\n")
        try make("no-interpreter", "#!/no/such/interpreter\necho ran\n", mode: 0o755)
    }

    @Test(arguments: cases) func oneLineSaysWhatToDo(_ bad: Case) throws {
        try withTemporaryDirectory { directory in
            try prepare(directory)
            func filled(_ text: String) -> String {
                text.replacingOccurrences(of: "DIR", with: directory)
            }
            let before = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            let outputs = directory + ".outputs"
            try FileManager.default.createDirectory(
                atPath: outputs, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: outputs) }
            let result = try HostProcess.run(
                [try Drydock.binary, "run"] + bad.options.map(filled) + ["--"]
                    + bad.command.map(filled), directory: outputs)
            #expect(result.status == bad.status, "\(result)")
            #expect(result.output.isEmpty)
            #expect(result.errors.hasPrefix("drydock: "))
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            #expect(result.errors.contains(filled(bad.says)), "\(result.errors)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == before)
        }
    }

    /// More arguments than a command may have inside still reach Drydock where its own stack is larger.
    /// (Beyond 6 MB the kernel starts nothing at all; the library's own bound is tested by PlanTests.)
    @Test func aListOfFiveMegabytesIsRefused() throws {
        try withTemporaryDirectory { directory in
            let result = try HostProcess.run(
                [
                    "/bin/sh", "-c",
                    """
                    ulimit -s unlimited
                    exec $DRYDOCK run -- /bin/echo $(head -c 5000000 /dev/zero | tr '\\0' x | fold -w 1000)
                    """,
                ], environment: ["DRYDOCK": try Drydock.binary], directory: directory)
            #expect(result.status == 126, "\(result.errors.prefix(300))")
            #expect(result.output.isEmpty)
            #expect(result.errors.contains("too long"), "\(result.errors.prefix(300))")
            #expect(result.errors.utf8.count < 400)
        }
    }

    /// An ordinary user's profile that may not be read.
    @Test func anUnreadableProfileIsSaidSo() throws {
        try withTemporaryDirectory { directory in
            try prepare(directory)
            try #require(chmod(directory + "/unknown-key.yaml", 0) == 0)
            let result = try HostProcess.run(
                [
                    "/usr/bin/setpriv", "--reuid", "1234", "--regid", "1234", "--clear-groups",
                    "--",
                    try Drydock.binary, "run", "--profile", directory + "/unknown-key.yaml", "--",
                    "/bin/echo", "ran",
                ], environment: ["HOME": "/tmp"], directory: directory)
            #expect(result.status == 125 && result.output.isEmpty, "\(result)")
            #expect(result.errors.contains("unknown-key.yaml"))
            #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
        }
    }

    /// Every other command: 2 for a call that is wrong, never the parser's own 64.
    @Test(arguments: [
        ["nonesuch"], ["gate", "--nonesuch"], ["verify"], ["triage", "--good"],
        ["heal", "--attempts", "x"],
        ["image", "build"], ["policy", "shwo"], ["attest", "verify"], ["--nonesuch"],
    ])
    func wrongCallsOfOtherCommandsEndWithTwo(words: [String]) throws {
        try withTemporaryDirectory { directory in
            let result = try HostProcess.run([try Drydock.binary] + words, directory: directory)
            #expect(result.status == 2, "\(result)")
            #expect(!result.errors.isEmpty)
        }
    }
}
