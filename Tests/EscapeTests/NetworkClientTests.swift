import Foundation
import RunModel
import TestSupport
import Testing

/// The clients that people have, none told of a proxy, through the whole of `drydock run`.
@Suite(.serialized) struct NetworkClientTests {
    /// A tunnel, and TLS opened at the gateway: clients must not notice.
    @Test(arguments: ["", ",@intercept"])
    func clientsReachAnAllowedNameAndFailReadablyOnAnother(option: String) throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        try Self.publish(server)
        let port = server.port
        let roots = try Self.roots(with: server)
        defer { try? FileManager.default.removeItem(atPath: roots) }
        let run = try NamedNetworkTests.run(
            allow: "web.test:\(port),127.0.0.0/8:\(port)" + option,
            """
            import os, subprocess, sys
            U, E = "https://web.test:\(port)", "https://evil.test:\(port)"
            open("m.go", "w").write('package main\\nimport ("fmt";"io";"net/http";"os")\\nfunc main() { r, e := http.Get(os.Args[1]); if e != nil { fmt.Println(e); return }; b, _ := io.ReadAll(r.Body); fmt.Println(string(b)) }\\n')
            open("M.java", "w").write('import java.net.URI; import java.net.http.*; public class M { public static void main(String[] a) throws Exception { try { System.out.println(HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(a[0])).build(), HttpResponse.BodyHandlers.ofString()).body()); } catch (Exception e) { e.printStackTrace(System.out); } } }\\n')
            node = "fetch(process.argv[1]).then(r => r.text()).then(console.log, e => console.log(e.message, e.cause))"
            pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--retries", "1", "-d", ".", "demo==1.0", "-i"]
            clients = {
                "curl": (["curl", "-sS", "-m", "20", U + "/echo"], ["curl", "-sS", "-m", "20", E], "GET /echo"),
                "git": (["git", "clone", U + "/files/repo.git", "r"], ["git", "clone", E + "/r.git", "e"], "Cloning"),
                "python": ([sys.executable, "-c", "import urllib.request as u,sys; print(u.urlopen(sys.argv[1]).read())", U + "/echo"],
                           [sys.executable, "-c", "import urllib.request as u,sys; print(u.urlopen(sys.argv[1]).read())", E], "GET /echo"),
                "pip": (pip + [U + "/files/simple/"], pip + [E + "/simple/"], "Successfully downloaded demo"),
                "node": (["node", "-e", node, U + "/echo"], ["node", "-e", node, E], "GET /echo"),
                "go": (["go", "run", "m.go", U + "/echo"], ["go", "run", "m.go", E], "GET /echo"),
                "java": (["java", "M.java", U + "/echo"], ["java", "M.java", E], "GET /echo"),
            }
            env = dict(os.environ, GOFLAGS="-mod=mod", GO111MODULE="off", GIT_TERMINAL_PROMPT="0")
            for name, (good, bad, wanted) in clients.items():
                r = subprocess.run(good, capture_output=True, text=True, env=env)
                print(name, "works" if wanted in r.stdout + r.stderr and (name != "git" or os.path.exists("r/file")) else "FAILS " + r.stdout + r.stderr)
                r = subprocess.run(bad, capture_output=True, text=True, env=env); text = (r.stdout + r.stderr).lower()
                readable = any(w in text for w in ("resolve", "not known", "no such host", "enotfound", "unresolved", "name or service"))
                print(name, "refused" if readable and wanted.lower() not in text.replace("cloning", "") else "UNREADABLE " + text)
            """, options: ["--timeout", "5m"], environment: ["SSL_CERT_FILE": roots])
        for client in ["curl", "git", "python", "pip", "node", "go", "java"] {
            #expect(run.output.contains("\(client) works"), "\(run.output) \(run.errors)")
            #expect(run.output.contains("\(client) refused"), "\(run.output)")
        }
        #expect(run.refused("evil.test") != nil)
        #expect(run.connections.contains { $0.verdict == "allowed" && $0.host == "web.test" })
    }

    /// The package index that this machine is configured for: recorded, then again with no network.
    @Test func aRecordedPipInstallReplaysWithTheNetworkOff() throws {
        let hosts = try Self.indexHosts()
        try withTemporaryDirectory { directory in
            let command =
                "python3 -m pip install -q --no-compile --no-cache-dir --retries 1 --target out six==1.16.0 idna==3.6 2>&1; "
                + "cd out && find . -type f | sort | xargs sha256sum"
            let (first, _) = try Self.install(
                command, directory, ["--net", "allow=" + hosts, "--net-record", directory + "/rec"])
            #expect(first.output.contains("six.py"), "\(first.output) \(first.errors)")
            let (second, packets) = try Self.install(
                command, directory, ["--net-replay", directory + "/rec"], isOffline: true)
            #expect(second.output == first.output, "\(second.output) \(second.errors)")
            #expect(packets == "0", "packets left: \(packets)")
        }
    }

    /// `drydock repro` carries what the network answered, and replays it with the network off.
    @Test func aBundleCarriesWhatTheNetworkAnswered() throws {
        let server = try TestServer()
        defer { server.stop() }
        try withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            try git.commit(["a": "1\n"])
            let bundle = directory + "/failure.tar"
            let place = "web.test:\(server.port)"
            func repro(_ arguments: [String], isOffline: Bool = false) throws
                -> (HostProcess.Result, packets: String)
            {
                try Self.onStage(
                    ["repro"] + arguments, directory: directory, isOffline: isOffline)
            }
            let what = "curl -sS http://\(place)/echo; curl -sS http://\(place)/twice; exit 7"
            let (recorded, _) = try repro([
                "--repo", git.directory, "--rev", "HEAD", "--out", bundle, "--net",
                "allow=\(place),127.0.0.0/8:\(server.port)", "--net-record", "--", "sh", "-c", what,
            ])
            #expect(recorded.status == 0, "\(recorded)")
            #expect(server.requests.count == 2, "the second run was answered: \(server.requests)")
            let members = try GitCommandLine.output(of: ["tar", "tf", bundle])
            #expect(
                members.contains("answers/answers.jsonl") && members.contains("answers/bodies/"))
            let log = try GitCommandLine.output(of: ["tar", "xOf", bundle, "logs/stdout"])
            #expect(log.contains("GET /echo") && log.hasSuffix("a"), "\(log)")

            let (replayed, packets) = try repro([bundle], isOffline: true)
            #expect(replayed.status == 0 && replayed.output.contains("reproduced"), "\(replayed)")
            #expect(packets == "0", "packets left: \(packets)")
            #expect(server.requests.count == 2)
            // Whoever names a network gets that one, here none at all.
            let (live, _) = try repro([bundle, "--net", "none"], isOffline: true)
            #expect(live.output.contains("were not used"), "\(live)")

            let nothing = try repro([
                "--repo", git.directory, "--rev", "HEAD", "--out", bundle, "--net-record", "--",
                "false",
            ])
            #expect(nothing.0.status == 2 && nothing.0.errors.contains("no name is allowed"))
            let wrong = try repro([
                "--repo", git.directory, "--rev", "HEAD", "--out", bundle, "--answers",
                git.directory, "--", "false",
            ])
            #expect(wrong.0.status == 2 && wrong.0.errors.contains("is no recording"), "\(wrong.0)")
        }
    }

    /// Debian has npm in a package of its own, others together with node.
    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/npm"),
            "needs npm in /usr/bin"))
    func aRecordedNpmInstallReplaysWithTheNetworkOff() throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        try Self.publish(server)
        let roots = try Self.roots(with: server)
        defer { try? FileManager.default.removeItem(atPath: roots) }
        try withTemporaryDirectory { directory in
            let lock = try String(
                contentsOfFile: server.folder + "/files/package-lock.json", encoding: .utf8)
            let command = """
                echo '{"name":"app","version":"1.0.0","dependencies":{"demo":"1.0.0"}}' > package.json
                cat > package-lock.json <<'EOF'
                \(lock)
                EOF
                npm ci --no-audit --no-fund --no-update-notifier >log 2>&1 || cat log
                cd node_modules && find . -type f | sort | xargs sha256sum
                """
            let (first, _) = try Self.install(
                command, directory,
                [
                    "--net", "allow=web.test:\(server.port),127.0.0.0/8:\(server.port)",
                    "--net-record", directory + "/rec",
                ], environment: ["SSL_CERT_FILE": roots])
            #expect(first.output.contains("demo/index.js"), "\(first.output) \(first.errors)")
            let (second, packets) = try Self.install(
                command, directory, ["--net-replay", directory + "/rec"], isOffline: true)
            #expect(second.output == first.output, "\(second.output) \(second.errors)")
            #expect(packets == "0", "packets left: \(packets)")
        }
    }

    // MARK: The stage

    /// - Parameter isOffline: in a network namespace with nothing but loopback, whose packets are
    ///   counted.
    private static func install(
        _ command: String, _ directory: String, _ options: [String], isOffline: Bool = false,
        environment: [String: String] = [:]
    ) throws -> (HostProcess.Result, packets: String) {
        try onStage(
            ["run"] + options + ["--", "/bin/sh", "-c", command], directory: directory,
            isOffline: isOffline, environment: environment)
    }

    /// Runs `drydock` with a host table of the test's own.
    private static func onStage(
        _ arguments: [String], directory: String, isOffline: Bool = false,
        environment: [String: String] = [:]
    ) throws -> (HostProcess.Result, packets: String) {
        let hosts = directory + "/hosts"
        try "127.0.0.1 localhost web.test\n".write(toFile: hosts, atomically: true, encoding: .utf8)
        let stage =
            "mount --bind \(hosts) /etc/hosts; \"$@\"; s=$?; "
            + "awk 'NR > 2 {n += $11} END {print n + 0}' /proc/net/dev > \(directory)/packets; exit $s"
        let result = try HostProcess.run(
            ["/usr/bin/unshare", isOffline ? "-mn" : "-m", "/bin/sh", "-c", stage, "sh"]
                + [try Drydock.binary] + arguments,
            environment: environment, directory: directory, seconds: 120)
        let packets = try String(contentsOfFile: directory + "/packets", encoding: .utf8)
        return (result, packets.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// The host's roots and the server's, as one bundle.
    static func roots(with server: TestServer) throws -> String {
        let path = NSTemporaryDirectory() + "drydock-roots-" + UUID().uuidString
        let host = try String(contentsOfFile: "/etc/ssl/certs/ca-certificates.crt", encoding: .utf8)
        let own = try String(contentsOfFile: server.authority, encoding: .utf8)
        try (host + own).write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// A git repository, a package index for pip and a registry for npm, as files.
    static func publish(_ server: TestServer) throws {
        try withTemporaryDirectory { directory in
            let result = try HostProcess.run(
                [
                    "/bin/sh", "-ec",
                    """
                    F=\(server.folder)/files; mkdir -p $F/simple/demo; cd \(directory)
                    git init -q r; cd r; echo x > file; git add file
                    git -c user.name=t -c user.email=t@t commit -qm c; cd ..
                    git clone -q --bare r $F/repo.git; git -C $F/repo.git update-server-info
                    python3 - $F <<'P'
                    import base64, hashlib, io, json, sys, tarfile, zipfile
                    F = sys.argv[1]
                    with zipfile.ZipFile(F + "/demo-1.0-py3-none-any.whl", "w") as z:
                        z.writestr("demo.py", "x = 1\\n")
                        z.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n")
                        z.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
                        z.writestr("demo-1.0.dist-info/RECORD", "")
                    open(F + "/simple/demo/index.html", "w").write('<a href="/files/demo-1.0-py3-none-any.whl">demo-1.0-py3-none-any.whl</a>')
                    with tarfile.open(F + "/demo-1.0.0.tgz", "w:gz") as t:
                        for name, text in (("package.json", '{"name":"demo","version":"1.0.0"}'), ("index.js", "module.exports = 1\\n")):
                            i = tarfile.TarInfo("package/" + name); i.size = len(text); t.addfile(i, io.BytesIO(text.encode()))
                    digest = base64.b64encode(hashlib.sha512(open(F + "/demo-1.0.0.tgz", "rb").read()).digest()).decode()
                    open(F + "/package-lock.json", "w").write(json.dumps({"name": "app", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": {
                        "": {"name": "app", "version": "1.0.0", "dependencies": {"demo": "1.0.0"}},
                        "node_modules/demo": {"version": "1.0.0", "resolved": "https://web.test:\(server.port)/files/demo-1.0.0.tgz", "integrity": "sha512-" + digest}}}))
                    P
                    """,
                ], directory: directory)
            try #require(result.status == 0, "\(result.errors)")
        }
    }

    /// Index and file hosts, as rules.
    private static func indexHosts() throws -> String {
        try withTemporaryDirectory { directory in
            let result = try HostProcess.run(
                [
                    "/usr/bin/env", "python3", "-c",
                    """
                    import re, urllib.request
                    from urllib.parse import urlparse
                    from pip._internal.commands import create_command
                    options, _ = create_command('download').parse_args([])
                    page = options.index_url.rstrip('/') + '/six/'
                    text = urllib.request.urlopen(page, timeout=20).read().decode()
                    links = [urlparse(page)] + [urlparse(u) for u in re.findall(r'href="(https?://[^"]+)"', text)]
                    print(','.join(sorted({f'{l.hostname}:{l.port or (443 if l.scheme == "https" else 80)}' for l in links})))
                    """,
                ], directory: directory)
            let hosts = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
            try #require(!hosts.isEmpty, "no package index: \(result.errors)")
            return hosts
        }
    }
}
