import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing

/// Pushes by this process to real servers on loopback: OpenSSH, and git's own HTTP backend behind
/// TLS and a password.
@Suite("Pushes to servers", .serialized)
struct ServerPushTests {
    private struct World {
        let directory: String
        let fixture: FixtureRepository
        let remote: GitCommand
        let handle: RepositoryBox
        let commit: ObjectID
        let branch: ProposalBranch

        func push(to url: String, _ access: ServerAccess) throws {
            try handle.handle.push(
                commit: commit, branch: branch, to: .server(url: url, access),
                scratch: "\(directory)/scratch-\(UUID().uuidString)")
        }

        func refusal(of url: String, _ access: ServerAccess) -> GitError? {
            do {
                try push(to: url, access)
                return nil
            } catch { return error as? GitError }
        }

        func arrived() -> Bool {
            (try? remote("rev-parse", "--verify", "--quiet", branch.reference))
                == commit.description
        }
    }

    private func withWorld(_ body: (World) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let fixture = try FixtureRepository(in: directory)
            try fixture.commit(["a": "1\n", "deep/b": "2\n"])
            try fixture.git("clone", "--quiet", "--bare", ".", "\(directory)/remote.git")
            let handle = try RepositoryHandle(at: fixture.path, quarantine: "\(directory)/q")
            let head = try handle.commit(named: "HEAD")
            let tree = try handle.writeTree(
                base: handle.tree(ofCommit: head),
                edits: [TreeEdit(path: "deep/fix", content: Array("x".utf8))])
            let ada = CommitIdentity(name: "Ada", email: "a@b", timeSeconds: 1)
            let commit = try handle.writeCommit(tree: tree, parent: head, message: "m", by: ada)
            try body(
                World(
                    directory: directory, fixture: fixture,
                    remote: GitCommand(directory: "\(directory)/remote.git"),
                    handle: RepositoryBox(handle), commit: commit,
                    branch: try ProposalBranch("drydock/fix")))
        }
    }

    @Test(
        "SSH: the known server gets the branch; an unknown, another or a revoked key gets nothing",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/sbin/sshd") && geteuid() == 0,
            "needs Debian's openssh-server, and root, who may log in to its own account"))
    func ssh() throws {
        try withWorld { world in
            let server = try SSHServer(in: world.directory)
            defer { server.stop() }
            let url = "ssh://127.0.0.1:\(server.port)\(world.directory)/remote.git"
            func access(_ knownHosts: String, key: String = "user") throws -> ServerAccess {
                let file = "\(world.directory)/known-\(UUID().uuidString)"
                try knownHosts.write(toFile: file, atomically: true, encoding: .utf8)
                return ServerAccess(
                    user: "root", proof: .key(path: "\(world.directory)/\(key)", passphrase: nil),
                    knownHosts: [file])
            }
            let known = "[127.0.0.1]:\(server.port) \(server.hostKey)\n"
            let unknown = world.refusal(of: url, try access(""))
            #expect(unknown?.reason.contains("no key of 127.0.0.1 is known") == true, "\(unknown)")
            let other = world.refusal(
                of: url, try access("[127.0.0.1]:\(server.port) \(server.userKey)\n"))
            #expect(other?.reason.contains("another key") == true, "\(other)")
            let revoked = world.refusal(
                of: url, try access("\(known)@revoked * \(server.hostKey)\n"))
            #expect(revoked?.reason.contains("revoked") == true, "\(revoked)")
            // The port belongs to the name.
            let elsewhere = world.refusal(of: url, try access("127.0.0.1 \(server.hostKey)\n"))
            #expect(elsewhere?.reason.contains("no key") == true, "\(elsewhere)")
            let stranger = world.refusal(of: url, try access(known, key: "stranger"))
            #expect(stranger?.reason.contains("refuses the key") == true, "\(stranger)")
            chmod("\(world.directory)/stranger", 0o644)
            let open = world.refusal(of: url, try access(known, key: "stranger"))
            #expect(open?.reason.contains("others can read it") == true, "\(open)")
            #expect(!world.arrived())

            try world.push(to: url, try access(try server.hashed(known)))
            #expect(world.arrived())
            try world.remote("fsck", "--strict")
            // And back: what the server has is fetched by the same proof.
            let tip = try world.handle.handle.fetch(
                branch: world.branch.name, known: world.commit,
                from: .server(url: url, try access(known)),
                scratch: "\(world.directory)/fetched")
            #expect(tip == world.commit)
        }
    }

    @Test("HTTPS: a server that is trusted and a password that is right, or nothing")
    func https() throws {
        try withWorld { world in
            let stranger = try HTTPSGitServer(in: world.directory, name: "stranger")
            let other = try HTTPSGitServer(in: world.directory, name: "other")
            let server = try HTTPSGitServer(in: world.directory, leadingTo: other)
            defer {
                server.stop()
                other.stop()
                stranger.stop()
            }
            func access(_ password: String) -> ServerAccess {
                ServerAccess(
                    user: "ada", proof: .password(password), rootsPath: server.authority)
            }
            let url = "https://localhost:\(server.port)/remote.git"
            let wrong = world.refusal(of: url, access("guess"))
            #expect(wrong?.reason.contains("refuses a password of ada") == true, "\(wrong)")
            #expect(wrong?.description.contains("guess") == false)
            let untrusted = world.refusal(
                of: "https://localhost:\(stranger.port)/remote.git", access("secret"))
            #expect(untrusted?.reason.contains("certificate") == true, "\(untrusted)")
            let misnamed = world.refusal(
                of: "https://127.0.0.1:\(server.port)/remote.git", access("secret"))
            #expect(misnamed?.reason.contains("certificate") == true, "\(misnamed)")
            #expect(try stranger.sawCredential() == false, "it was shown to a stranger")
            let led = world.refusal(
                of: "https://localhost:\(server.port)/elsewhere.git", access("secret"))
            #expect(led != nil)
            #expect(try other.sawCredential() == false, "it followed a redirect")
            #expect(!world.arrived())
            try world.push(to: url, access("secret"))
            #expect(world.arrived())
            try world.remote("fsck", "--strict")
        }
    }

    @Test(
        "A credential goes nowhere that does not protect it",
        arguments: [
            "http://localhost/r.git", "git://localhost/r.git", "https://ada:secret@localhost/r.git",
            "ssh://ada:secret@localhost/r.git", "file:///r.git", "/r.git", "ssh:///r.git",
            "ssh://-oProxyCommand=x/r.git", "ssh://host:0/r.git",
        ])
    func places(url: String) throws {
        try withWorld { world in
            for proof in [.password("secret"), .key(path: "/dev/null", passphrase: nil)]
                as [ServerAccess.Proof]
            {
                let error = world.refusal(of: url, ServerAccess(user: "ada", proof: proof))
                #expect(error?.code == .refused, "\(String(describing: error))")
            }
        }
    }
}

/// sshd on loopback, with keys made for the test.
private final class SSHServer {
    let port: Int
    let hostKey: String
    let userKey: String
    private let directory: String
    private let process: Process

    init(in directory: String) throws {
        self.directory = directory
        for name in ["host", "user", "stranger"] {
            try GitCommand(directory: directory).run([
                "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", name,
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
    func hashed(_ knownHosts: String) throws -> String {
        let file = "\(directory)/to-hash"
        try knownHosts.write(toFile: file, atomically: true, encoding: .utf8)
        try GitCommand(directory: directory).run(["ssh-keygen", "-q", "-H", "-f", file])
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try #require(text.hasPrefix("|1|"))
        return text
    }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// git-http-backend behind TLS and basic authentication.
private final class HTTPSGitServer {
    let port: Int
    let authority: String
    private let folder: String
    private let process: Process

    /// - Parameter other: whose address `/elsewhere.git` leads to; trusted by the same authority.
    init(
        in directory: String, name: String = "https", leadingTo other: HTTPSGitServer? = nil
    ) throws {
        folder = "\(directory)/\(name)"
        authority = folder + "/ca.pem"
        try GitCommand(directory: directory).run([
            "sh", "-ec",
            """
            if [ -n "$1" ]; then cp -r "$1" \(name); exit; fi
            mkdir \(name); cd \(name); exec 2>openssl.log
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
              -days 2 -subj /CN=Test -addext keyUsage=critical,keyCertSign
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr \
              -subj /CN=localhost
            printf 'subjectAltName=DNS:localhost\\n' > ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext \
              -out server.pem
            """, "sh", other?.folder ?? "",
        ])
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-uc", Self.program, folder, directory, "\(other?.port ?? 0)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    func sawCredential() throws -> Bool {
        FileManager.default.fileExists(atPath: folder + "/authorized")
    }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private static let program = """
        import base64, http.server, os, ssl, subprocess, sys
        folder, root, elsewhere = sys.argv[1:]
        class H(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def do_GET(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if self.headers.get("Transfer-Encoding"):
                    while (size := int(self.rfile.readline(), 16)):
                        body += self.rfile.read(size); self.rfile.readline()
                    self.rfile.readline()
                given = self.headers.get("Authorization")
                if given: open(folder + "/authorized", "w").close()
                path, _, query = self.path.partition("?")
                if path.startswith("/elsewhere.git"):
                    return self.answer(302, b"", [("Location", f"https://localhost:{elsewhere}" + self.path.replace("elsewhere", "remote"))])
                if given != "Basic " + base64.b64encode(b"ada:secret").decode():
                    return self.answer(401, b"", [("WWW-Authenticate", 'Basic realm="git"')])
                env = dict(GIT_PROJECT_ROOT=root, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path, QUERY_STRING=query,
                    REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get("Content-Type") or "",
                    CONTENT_LENGTH=str(len(body)), REMOTE_USER="ada", PATH="/usr/bin:/bin", HOME=root,
                    GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
                out = subprocess.run(["/usr/lib/git-core/git-http-backend"], input=body, env=env, stdout=subprocess.PIPE).stdout
                head, _, rest = out.partition(b"\\r\\n\\r\\n")
                lines = [tuple(l.decode().split(": ", 1)) for l in head.split(b"\\r\\n")]
                status = next((int(v[:3]) for k, v in lines if k == "Status"), 200)
                self.answer(status, rest, [l for l in lines if l[0] != "Status"])
            do_POST = do_GET
            def answer(self, status, body, fields):
                self.send_response(status)
                for k, v in fields: self.send_header(k, v)
                self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
        s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(folder + "/server.pem", folder + "/server.key")
        s.socket = c.wrap_socket(s.socket, server_side=True)
        print(s.server_port); s.serve_forever()
        """
}

/// Ports on loopback.
enum FreePort {
    static func next() throws -> Int {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var place = address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: place.sin_port))
    }

    static func waitFor(_ port: Int) throws {
        for _ in 0..<250 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(client) }
            var place = address(port)
            let isThere = withUnsafeMutablePointer(to: &place) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isThere { return }
            usleep(20_000)
        }
        Issue.record("nothing listens on \(port)")
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
