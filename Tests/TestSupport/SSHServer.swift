import Foundation

/// sshd on loopback, with keys made for the test.
package final class SSHServer {
    package let port: Int
    package let hostKey: String
    package let userKey: String
    private let directory: String
    private let process: Process

    package static var isPossible: Bool {
        FileManager.default.isExecutableFile(atPath: "/usr/sbin/sshd") && geteuid() == 0
    }

    /// Makes the keys `host`, `user`, who may log in, and `stranger`, who may not, in a directory.
    package init(in directory: String) throws {
        self.directory = directory
        for name in ["host", "user", "stranger"] {
            _ = try GitCommandLine.output(of: [
                "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f",
                "\(directory)/\(name)",
            ])
        }
        func key(_ name: String) throws -> String {
            try String(contentsOfFile: "\(directory)/\(name).pub", encoding: .utf8)
                .split(separator: " ").prefix(2).joined(separator: " ")
        }
        hostKey = try key("host")
        userKey = try key("user")
        port = try FreePort.next()
        let configuration = """
            ListenAddress 127.0.0.1:\(port)
            HostKey \(directory)/host
            AuthorizedKeysFile \(directory)/user.pub
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            UsePAM no
            StrictModes no
            PidFile none
            SetEnv GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*
            """
        try configuration.write(
            toFile: "\(directory)/sshd_config", atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(
            atPath: "/run/sshd", withIntermediateDirectories: true)
        process = Process()
        // sshd closes every descriptor, by which Foundation takes it to have ended: a shell stays, and
        // takes it along.
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "setpriv --pdeathsig KILL /usr/sbin/sshd -D -e -f \"$0\" & wait",
            "\(directory)/sshd_config",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        try FreePort.waitFor(port)
    }

    /// As ssh(1) writes it where names are hidden.
    package func hashed(_ knownHosts: String) throws -> String {
        let file = "\(directory)/to-hash"
        try knownHosts.write(toFile: file, atomically: true, encoding: .utf8)
        _ = try GitCommandLine.output(of: ["ssh-keygen", "-q", "-H", "-f", file])
        let text = try String(contentsOfFile: file, encoding: .utf8)
        guard text.hasPrefix("|1|") else {
            throw GitCommandLine.Failure(description: "ssh-keygen hashed nothing")
        }
        return text
    }

    package func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
