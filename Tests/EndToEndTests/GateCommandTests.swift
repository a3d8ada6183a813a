import Foundation
import LinuxKernel
import TestSupport
import Testing

/// `drydock gate` as it is built: a program of its own, that says what the full tool says.
@Suite struct GateCommandTests {
    private static let programs: String = {
        let built = FileKind.linkTarget("/proc/self/exe") ?? ""
        return (built as NSString).deletingLastPathComponent
    }()

    private func gate(
        _ program: String, _ arguments: [String], in directory: String,
        adding variables: [String: String] = [:]
    ) throws -> (status: Int32, output: String, errors: String) {
        let environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
            .merging(["XDG_CACHE_HOME": directory + "/cache"]) { $1 }
        let ended = try ChildProcess(
            [Self.programs + "/" + program, "gate"] + arguments, environment: environment,
            directory: directory
        ).run()
        return (
            ended.status, String(decoding: ended.output, as: UTF8.self),
            String(decoding: ended.error, as: UTF8.self)
        )
    }

    @Test(arguments: [
        ["--base", "HEAD^", "--head", "HEAD"],
        ["--base", "HEAD^", "--head", "HEAD", "--format", "sarif", "--fail-on=block"],
        ["--base", "HEAD^", "--patch", "change.patch"],
        ["--base", "nowhere", "--head", "HEAD"], ["--base", "HEAD", "--patch", "nothing.patch"],
        ["--base", "HEAD", "--head", "HEAD", "--policy", "defualt"],
        ["--help"], ["--base", "HEAD"], ["--bsae", "HEAD", "--head", "HEAD"],
    ])
    func saysWhatTheToolSays(arguments: [String]) throws {
        try withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory)
            _ = try git.commit(["run.sh": "true\n"])
            _ = try git.commit(["run.sh": "chmod -R 777 /srv\n"])
            let patch = try git.text(["diff", "HEAD^", "HEAD"]) + "\n"
            try Data(patch.utf8).write(to: URL(filePath: directory + "/change.patch"))
            let front = try gate("drydock", arguments, in: directory)
            let alone = try gate("drydock-gate", arguments, in: directory)
            let tool = try gate("drydock-tool", arguments, in: directory)
            #expect(front == alone)
            #expect(alone == tool)
            #expect(tool.status == 0 || !(tool.output + tool.errors).isEmpty)
        }
    }

    /// libgit2 would read every certificate of the machine, for a program that opens no connection.
    @Test func readsNoCertificates() throws {
        try withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory)
            _ = try git.commit(["a.txt": "a\n"])
            let ended = try gate(
                "drydock-gate", ["--base", "HEAD", "--head", "HEAD"], in: directory,
                adding: ["LD_DEBUG": "bindings", "LD_BIND_NOW": "1"])
            #expect(ended.status == 0)
            let bound = ended.errors.split(separator: "\n").filter {
                $0.contains("libgit2") && $0.contains("mbedtls_x509_crt_parse_")
            }
            // Debian's libgit2 speaks TLS by mbed TLS; another one has no such function.
            #expect(bound.allSatisfy { $0.contains("drydock-gate [0]") }, "\(bound)")
        }
    }
}
