import Foundation
import Testing

@testable import LinuxKernel

@Suite struct HostProcessTests {
    private func output(
        of program: String, _ arguments: [String], environment: [String: String] = [:],
        directory: String? = nil, input: HostProcess.Stream = .null
    ) throws -> (status: Int32, text: String) {
        let pipe = try OwnedDescriptor.pipe()
        let process = try HostProcess(
            program, arguments: arguments, environment: environment, directory: directory,
            input: input, output: .descriptor(pipe.second.raw))
        let writing = pipe.second.release()
        close(writing)
        let reading = FileHandle(fileDescriptor: pipe.first.release(), closeOnDealloc: true)
        let bytes = try reading.readToEnd() ?? Data()
        return (process.wait(), String(decoding: bytes, as: UTF8.self))
    }

    /// Foundation's `Process` reads past the end of its buffer here.
    @Test func startsWithThousandsOfOpenDescriptors() throws {
        var limits = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        try #require(limits.rlim_max >= 4_096)
        limits.rlim_cur = max(limits.rlim_cur, 4_096)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        let null = try OwnedDescriptor.open("/dev/null")
        // Inheritable on purpose: what closes them is the start of the program.
        let many = (0..<2_000).map { _ in dup(null.raw) }
        defer { for descriptor in many { close(descriptor) } }
        #expect(many.allSatisfy { $0 >= 0 })
        let seen = try output(of: "/bin/ls", ["/proc/self/fd"])
        // The three streams, and the directory that ls reads.
        #expect(seen.status == 0)
        #expect(seen.text == "0\n1\n2\n3\n")
    }

    @Test func hasTheEnvironmentDirectoryAndSignalsThatItIsGiven() throws {
        let seen = try output(
            of: "/bin/sh",
            ["-c", "pwd; env | sort | grep -v ^_= ; grep ^SigBlk /proc/self/status"],
            environment: ["A": "1 2", "PATH": "/usr/bin:/bin"], directory: "/usr/bin")
        #expect(
            seen.text == "/usr/bin\nA=1 2\nPATH=/usr/bin:/bin\nPWD=/usr/bin\n"
                + "SigBlk:\t0000000000000000\n")
    }

    @Test func endsAsItEnds() throws {
        #expect(try output(of: "/bin/sh", ["-c", "exit 7"]).status == 7)
        #expect(try output(of: "/bin/sh", ["-c", "kill -9 $$"]).status == 128 + 9)
        #expect(throws: SystemError.self) { _ = try output(of: "/no/such/program", []) }
    }

    @Test func isKilledAndReapedWhenItIsDropped() throws {
        let identifier = try started()
        #expect(kill(identifier, 0) == -1)
        #expect(errno == ESRCH)
    }

    private func started() throws -> Int32 {
        let process = try HostProcess("/bin/sleep", arguments: ["600"], environment: [:])
        #expect(kill(process.identifier, 0) == 0)
        return process.identifier
    }
}
