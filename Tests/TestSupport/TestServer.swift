internal import Foundation
internal import Glibc

/// A server on the host's loopback, plain or with TLS by a certificate authority of its own.
///
/// - `/echo...` answers with the request line and its fields
/// - `/bytes/N` with N bytes, `/chunked` in chunks, `/cut` with half of what it announces, and may be
///   cached
/// - `/files/PATH` with what lies in the server's own folder below `files`
/// - `/guarded/PATH` as `/files/PATH`, for who shows some `Authorization`; see `authorizations`
/// - `/kept` may be cached, `/tagged` has an entity tag, `/private` is one client's
package final class TestServer {
    package struct Fault: Error { package var reason: String }

    package let port: Int
    /// The authority's certificate, PEM; empty without TLS.
    package let authority: String
    private let process: Process
    package let folder: String

    /// - Parameters:
    ///   - name: what the certificate is for, and every name below it.
    ///   - port: any free one when 0.
    package init(
        tls: Bool = false, name: String = "web.test", address: String = "127.0.0.1", port: Int = 0
    ) throws {
        folder = NSTemporaryDirectory() + "drydock-server-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        authority = tls ? folder + "/ca.pem" : ""
        if tls { try Self.makeCertificates(folder, name: name) }
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-uc", Self.program, tls ? folder : "", folder + "/log", address,
            String(port),
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        self.port = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        guard self.port > 0 else { throw Fault(reason: "the test's server did not start") }
    }

    /// Request lines that arrived, in order.
    package var requests: [String] {
        (try? String(contentsOfFile: folder + "/log", encoding: .utf8))?
            .split(separator: "\n").map(String.init) ?? []
    }

    /// What `Authorization` guarded requests showed, in order; a line each.
    package var authorizations: [String] {
        (try? String(contentsOfFile: folder + "/authorizations", encoding: .utf8))?
            .split(separator: "\n").map(String.init) ?? []
    }

    package func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func makeCertificates(_ folder: String, name: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-ec",
            """
            cd \(folder); exec >openssl.log 2>&1
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
              -days 2 -subj '/CN=Test authority' -addext keyUsage=critical,keyCertSign
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr \
              -subj '/CN=\(name)'
            printf 'subjectAltName=DNS:\(name),DNS:*.\(name)\\nauthorityKeyIdentifier=keyid\\n' > ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext \
              -out server.pem
            """,
        ]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Fault(
                reason: (try? String(contentsOfFile: folder + "/openssl.log", encoding: .utf8))
                    ?? "openssl")
        }
    }

    private static let program = """
        import http.server, os, ssl, sys
        folder, log = os.path.dirname(sys.argv[2]), open(sys.argv[2], "a", buffering=1)
        class H(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def answer(self, body=b"", status=200, **fields):
                self.send_response(status)
                for k, v in fields.items(): self.send_header(k.replace("_", "-"), v)
                self.send_header("Content-Length", str(len(body))); self.end_headers()
                if self.command != "HEAD": self.wfile.write(body)
            def do_GET(self):
                log.write(self.requestline + "\\n")
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else b""
                if self.headers.get("Transfer-Encoding"):
                    while (size := int(self.rfile.readline(), 16)):
                        body += self.rfile.read(size); self.rfile.readline()
                    self.rfile.readline()
                path = self.path
                if path.startswith("/bytes/"): return self.answer(b"x" * int(path[7:]))
                if path.startswith("/guarded/"):
                    shown = self.headers.get("Authorization")
                    if not shown: return self.answer(b"who are you", status=401, WWW_Authenticate='Basic realm="t"')
                    open(folder + "/authorizations", "a").write(shown + "\\n")
                    path = path.replace("/guarded/", "/files/", 1)
                if path.startswith("/files/"):
                    file = folder + path.split("?")[0]
                    if os.path.isdir(file): file += "/index.html"
                    if not os.path.isfile(file): return self.answer(b"no such file", status=404)
                    kind = "text/html" if file.endswith(".html") else "application/octet-stream"
                    return self.answer(open(file, "rb").read(), Content_Type=kind)
                if path == "/chunked":
                    self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                    for part in (b"one ", b"two ", b"three"):
                        self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(part), part))
                    return self.wfile.write(b"0\\r\\nX-Trailer: 1\\r\\n\\r\\n")
                if path == "/cut":
                    self.send_response(200); self.send_header("Content-Length", "1000")
                    self.send_header("Cache-Control", "max-age=600"); self.end_headers()
                    self.wfile.write(b"half"); self.close_connection = True; return
                if path == "/open":
                    self.send_response(200); self.send_header("Connection", "close"); self.end_headers()
                    self.close_connection = True; return self.wfile.write(b"until the end")
                if path == "/kept": return self.answer(b"kept", Cache_Control="max-age=600")
                if path == "/private": return self.answer(b"mine", Cache_Control="private, max-age=600")
                if path == "/tagged":
                    if self.headers.get("If-None-Match") == '"t"': return self.answer(status=304, ETag='"t"')
                    return self.answer(b"tagged", ETag='"t"')
                if path == "/missing": return self.answer(b"none", status=404)
                if path == "/twice": return self.answer(b"a", Set_Cookie="session=1")
                text = self.requestline + "\\n" + str(self.headers) + body.decode("latin1")
                self.answer(text.encode("latin1"))
            do_POST = do_PUT = do_DELETE = do_HEAD = do_GET
        http.server.ThreadingHTTPServer.request_queue_size = 1024
        s = http.server.ThreadingHTTPServer((sys.argv[3], int(sys.argv[4])), H)
        if sys.argv[1]:
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            c.load_cert_chain(folder + "/server.pem", folder + "/server.key")
            s.socket = c.wrap_socket(s.socket, server_side=True)
        print(s.server_port); s.serve_forever()
        """
}
