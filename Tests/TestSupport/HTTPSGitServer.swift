import Foundation

/// git-http-backend behind TLS and basic authentication, for `ada` with the password `secret`.
package final class HTTPSGitServer {
    package let port: Int
    package let authority: String
    private let folder: String
    private let process: Process

    /// - Parameters:
    ///   - directory: whose bare repositories it serves.
    ///   - other: whose address `/elsewhere.git` leads to; trusted by the
    ///     same authority.
    package init(
        in directory: String, name: String = "https", leadingTo other: HTTPSGitServer? = nil
    ) throws {
        folder = "\(directory)/\(name)"
        authority = folder + "/ca.pem"
        _ = try GitCommandLine.output(of: [
            "sh", "-ec",
            """
            cd "$2"
            if [ -n "$1" ]; then cp -r "$1" \(name); exit; fi
            mkdir \(name); cd \(name); exec 2>openssl.log
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
              -days 2 -subj /CN=Test -addext keyUsage=critical,keyCertSign
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr \
              -subj /CN=localhost
            printf 'subjectAltName=DNS:localhost\\n' > ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext \
              -out server.pem
            """, "sh", other?.folder ?? "", directory,
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
        guard let number = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw GitCommandLine.Failure(description: "the HTTPS server did not start")
        }
        port = number
    }

    package func sawCredential() throws -> Bool {
        FileManager.default.fileExists(atPath: folder + "/authorized")
    }

    package func stop() {
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
