import Foundation
import Glibc
import RunModel
import TestSupport
import Testing

/// What the host knows and a sandbox does not, through the whole of `drydock run`: the way out of a
/// host behind a proxy, where package managers find their index, and secrets.
@Suite(.serialized) struct NetworkEdgeTests {
    /// A host that reaches the network by a proxy alone, which wants a password.
    @Test func theHostsProxyIsUsedAndStaysOutOfSight() throws {
        let server = try TestServer(tls: true, name: "far.test")
        let plain = try TestServer()
        let proxy = try ScriptedProxy()
        defer {
            server.stop()
            plain.stop()
            proxy.stop()
        }
        let url = "http://ada:pr0xy-secret@127.0.0.1:\(proxy.port)"
        let allow =
            "far.test:\(server.port),refused.test:443,private.test:443,web.test:\(plain.port),"
            + "127.0.0.0/8:\(plain.port),plain.test:\(plain.port);path=/echo"
        let run = try NamedNetworkTests.run(
            allow: allow,
            """
            import os, urllib.error, urllib.request as u
            def get(url):
                try: return u.urlopen(url, timeout=8).read(40)
                except urllib.error.HTTPError as e: return e.code, e.read(200)
                except OSError as e: return "refused", e
            print("tls", get("https://far.test:\(server.port)/echo"))
            print("no", get("https://refused.test/"))
            print("private", get("https://private.test/"))
            print("direct", get("http://web.test:\(plain.port)/echo"))
            print("plain", get("http://plain.test:\(plain.port)/echo"))
            print("env", sorted(k for k, v in os.environ.items() if "pr0xy" in v or k.lower().endswith("_proxy")))
            """,
            environment: [
                "HTTPS_PROXY": url, "HTTP_PROXY": url, "NO_PROXY": "web.test",
                "https_proxy": url, "http_proxy": url, "no_proxy": "web.test",
                "SSL_CERT_FILE": server.authority,
            ])
        #expect(run.output.contains("tls b'GET /echo"), "\(run.output) \(run.errors)")
        #expect(run.output.contains("no ('refused'"), "\(run.output)")
        #expect(run.output.contains("private ('refused'"), "\(run.output)")
        #expect(run.output.contains("direct b'GET /echo"), "\(run.output)")
        #expect(run.output.contains("plain b'GET /echo"), "\(run.output)")
        #expect(run.output.contains("env []"), "\(run.output)")
        let asked = proxy.requests
        #expect(asked.contains("CONNECT far.test:\(server.port)"), "\(asked)")
        #expect(
            asked.contains { $0.hasPrefix("GET http://plain.test:\(plain.port)/echo") }, "\(asked)")
        #expect(!asked.contains { $0.contains("web.test") || $0.contains("private") }, "\(asked)")
        #expect(proxy.unauthorised == 0)
        #expect(
            run.connections.contains {
                $0.host == "far.test" && $0.verdict == "allowed" && $0.address == nil
                    && $0.rule.contains("by the host's proxy") && $0.bytesIn > 0
            }, "\(run.connections)")
        #expect(run.refused("private.test")?.rule.contains("private") == true)
        #expect(
            run.refused("refused.test")?.rule.contains("answers 403") == true, "\(run.connections)")
        #expect(!"\(run)".contains("pr0xy-secret"))
    }

    /// Index addresses are carried inside, the secrets in them are put in at the edge.
    @Test func packageManagersFindTheirIndexAndNoSecret() throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        try NetworkClientTests.publish(server)
        let place = "web.test:\(server.port)"
        let roots = try NetworkClientTests.roots(with: server)
        defer { try? FileManager.default.removeItem(atPath: roots) }
        try withTemporaryDirectory { home in
            for (file, text) in [
                (
                    ".config/pip/pip.conf",
                    "[global]\nindex-url = https://ada:pip-s3cret@\(place)/guarded/simple/\n"
                        + "extra-index-url = https://evil.test/simple/\n"
                ),
                (
                    ".npmrc",
                    "registry=https://\(place)/guarded/npm/\n//\(place)/guarded/npm/:_authToken=npm-s3cret\n"
                ),
                (
                    ".gitconfig",
                    "[url \"https://git:git-s3cret@\(place)/guarded/\"]\n\tinsteadOf = https://code.test/\n"
                ),
            ] {
                let path = home + "/" + file
                try FileManager.default.createDirectory(
                    atPath: (path as NSString).deletingLastPathComponent,
                    withIntermediateDirectories: true)
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            }
            // The toolchains below /root are other file systems, and gigabytes: -xdev passes them by.
            let run = try NamedNetworkTests.run(
                allow: "\(place),127.0.0.0/8:\(server.port)",
                """
                import os, subprocess, sys, urllib.request as u
                def sh(*command):
                    r = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, GIT_TERMINAL_PROMPT="0"))
                    return (r.stdout + r.stderr)[-600:].replace("\\n", " | ")
                print("pip", sh(sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--retries", "0", "-d", ".", "demo==1.0"))
                print("git", sh("git", "clone", "https://code.test/repo.git", "r"), os.path.exists("r/file"))
                print("index", os.environ.get("PIP_INDEX_URL"), os.environ.get("PIP_EXTRA_INDEX_URL"), os.environ.get("NPM_CONFIG_REGISTRY"))
                try: print("write", u.urlopen(u.Request("https://\(place)/guarded/x", b"publish")).status)
                except OSError as e: print("write", e)
                print("secrets", sh("sh", "-c", "find /proc/self/environ /etc /root /home /tmp /work /run -xdev -type f -exec grep -lE '(pip|npm|git)-s3cret' {} + 2>/dev/null"))
                """,
                environment: [
                    "HOME": home, "SSL_CERT_FILE": roots, "XDG_CONFIG_HOME": "",
                    "PIP_INDEX_URL": "", "PIP_CONFIG_FILE": "", "NPM_CONFIG_REGISTRY": "",
                ])
            #expect(
                run.output.contains("Successfully downloaded demo"), "\(run.output) \(run.errors)")
            #expect(run.output.contains(" True"), "\(run.output)")
            #expect(
                run.output.contains(
                    "index https://\(place)/guarded/simple/ None https://\(place)/guarded/npm/"),
                "\(run.output)")
            #expect(run.output.contains("write HTTP Error 401"), "\(run.output)")
            #expect(run.output.contains("secrets \n") || run.output.hasSuffix("secrets "))
            func basic(_ text: String) -> String {
                "Basic " + Data(text.utf8).base64EncodedString()
            }
            // One host, and each manager's own secret below its own path.
            #expect(
                Set(server.authorizations) == [basic("ada:pip-s3cret"), basic("git:git-s3cret")],
                "\(server.authorizations)")
            #expect(!"\(run)".contains("s3cret"), "\(run)")
        }
    }

    /// The operator's credential, by the configuration of an ordinary user.
    @Test(.enabled(if: geteuid() == 0, "needs root to become another user"))
    func anOperatorsCredentialIsPutInByRule() throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        try NetworkClientTests.publish(server)
        let place = "web.test:\(server.port)"
        try withTemporaryDirectory { directory in
            let user: UInt32 = 12345
            let configuration = directory + "/config/drydock"
            try FileManager.default.createDirectory(
                atPath: configuration, withIntermediateDirectories: true)
            let key = configuration + "/key"
            try "sk-operators-own\n".write(toFile: key, atomically: true, encoding: .utf8)
            let settings =
                "version: 1\ncredentials:\n  model: {hosts: [\"\(place)\"], file: \(key), prefix: \"Bearer \", environment: [API_KEY]}\n"
            try settings.write(
                toFile: configuration + "/config.yaml", atomically: true, encoding: .utf8)
            try FileManager.default.copyItem(
                atPath: server.authority, toPath: directory + "/roots.pem")
            for path in try [directory]
                + FileManager.default.subpathsOfDirectory(
                    atPath: directory
                ).map({ directory + "/" + $0 })
            {
                try #require(chown(path, user, user) == 0)
            }
            func ask() throws -> NamedRun {
                try NamedNetworkTests.run(
                    allow: "\(place);credential=model;method=GET,127.0.0.0/8:\(server.port)",
                    """
                    import os, subprocess, urllib.error, urllib.request as u
                    def get(path, data=None, **fields):
                        try: r = u.urlopen(u.Request("https://\(place)" + path, data, fields), timeout=8); r.read(); return r.status
                        except urllib.error.HTTPError as e: return e.code, e.read(120)
                        except Exception as e: return "ended", e
                    print("key", os.environ["API_KEY"])
                    print("asked", get("/guarded/package-lock.json", Authorization="Bearer " + os.environ["API_KEY"]))
                    print("echo", get("/echo"))
                    print("post", get("/guarded/x", b"x"))
                    print("found", subprocess.run(["sh", "-c", "grep -rl sk-operators /proc/self/environ /etc /home /tmp /work /run 2>/dev/null"], capture_output=True).stdout)
                    """,
                    environment: [
                        "XDG_CONFIG_HOME": directory + "/config",
                        "SSL_CERT_FILE": directory + "/roots.pem",
                    ], user: user)
            }
            chmod(key, 0o644)
            let open = try ask()
            #expect(open.status == 125 && open.errors.contains("chmod 600"), "\(open)")
            chmod(key, 0o600)
            let run = try ask()
            #expect(run.output.contains("key drydock-credential-model"), "\(run)")
            #expect(run.output.contains("asked 200"), "\(run)")
            #expect(server.authorizations == ["Bearer sk-operators-own"])
            // Told back by the server, it ends the answer.
            #expect(!run.output.contains("echo 200"), "\(run)")
            #expect(run.output.contains("post (403"), "\(run)")
            #expect(run.output.contains("found b''"), "\(run)")
            #expect(!"\(run)".contains("sk-operators"), "\(run)")
        }
    }
}

/// A proxy as companies have them: CONNECT and plain HTTP, for who shows a password. It leads every
/// name to this host, and `refused.test` nowhere.
private final class ScriptedProxy {
    let port: Int
    private let folder: String
    private let process = Process()

    init() throws {
        folder = NSTemporaryDirectory() + "drydock-proxy-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-uc", Self.program, folder + "/log"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    private var lines: [String] {
        (try? String(contentsOfFile: folder + "/log", encoding: .utf8))?
            .split(separator: "\n").map(String.init) ?? []
    }

    /// Method and target of those that showed the password.
    var requests: [String] { lines.filter { $0 != "unauthorised" } }
    var unauthorised: Int { lines.count { $0 == "unauthorised" } }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static let program = """
        import base64, socket, sys, threading
        log = open(sys.argv[1], "a", buffering=1)
        wanted = "basic " + base64.b64encode(b"ada:pr0xy-secret").decode().lower()
        def pump(a, b):
            try:
                while (d := a.recv(65536)): b.sendall(d)
            except OSError: pass
            for s in (a, b):
                try: s.shutdown(socket.SHUT_RDWR)
                except OSError: pass
        def serve(c):
            head = b""
            while b"\\r\\n\\r\\n" not in head: head += c.recv(4096) or b"\\r\\n\\r\\n"
            head, _, rest = head.partition(b"\\r\\n\\r\\n")
            lines = head.decode().split("\\r\\n"); method, target = lines[0].split(" ")[:2]
            fields = dict(l.lower().split(": ", 1) for l in lines[1:])
            if fields.get("proxy-authorization") != wanted:
                log.write("unauthorised\\n")
                return c.sendall(b"HTTP/1.1 407 Who\\r\\nContent-Length: 0\\r\\n\\r\\n")
            log.write(f"{method} {target}\\n")
            place = target if method == "CONNECT" else target.split("/")[2]
            host, _, port = place.partition(":")
            if host == "refused.test": return c.sendall(b"HTTP/1.1 403 No\\r\\nContent-Length: 0\\r\\n\\r\\n")
            up = socket.create_connection(("127.0.0.1", int(port)))
            if method == "CONNECT": c.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
            else:
                path = "/" + target.split("/", 3)[3]
                own = [l for l in lines[1:] if not l.lower().startswith(("proxy-", "connection:"))]
                up.sendall("\\r\\n".join([f"{method} {path} HTTP/1.1"] + own + ["Connection: close"]).encode() + b"\\r\\n\\r\\n" + rest)
            threading.Thread(target=pump, args=(c, up), daemon=True).start(); pump(up, c)
        l = socket.create_server(("127.0.0.1", 0)); print(l.getsockname()[1])
        def one(c):
            try: serve(c)
            finally: c.close()
        while True: threading.Thread(target=one, args=(l.accept()[0],), daemon=True).start()
        """
}
