import Foundation

/// `git http-backend` behind a scripted server: git's own side of the smart HTTP protocol.
package struct GitHTTPBackend: Sendable {
    /// The directory that repositories are below.
    package var root: String

    package init(root: String) { self.root = root }

    /// - Parameter path: below the root, such as `/owner/name.git/info/refs`.
    package func answer(
        _ request: ScriptedServer.Request, path: String, query: String
    ) throws -> ScriptedServer.Script {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/lib/git-core/git-http-backend")
        process.environment = [
            "GIT_PROJECT_ROOT": root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
            "QUERY_STRING": query, "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.header("content-type") ?? "",
            "CONTENT_LENGTH": String(request.body.count), "REMOTE_USER": "tester",
            "PATH": "/usr/bin:/bin", "HOME": root, "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        Thread.detachNewThread {
            try? input.fileHandleForWriting.write(contentsOf: Data(request.body))
            try? input.fileHandleForWriting.close()
        }
        let bytes = Array(try output.fileHandleForReading.readToEnd() ?? Data())
        process.waitUntilExit()
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            return .answer(500, "no headers")
        }
        var status = 200
        var head = ""
        for line in String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        {
            if line.hasPrefix("Status: ") {
                status = Int(line.dropFirst(8).prefix(3)) ?? 500
            } else {
                head += line + "\r\n"
            }
        }
        let body = bytes[end.upperBound...]
        let whole =
            "HTTP/1.1 \(status) X\r\n\(head)content-length: \(body.count)\r\nconnection: close\r\n\r\n"
        return ScriptedServer.Script([.send(Array(whole.utf8) + body)])
    }
}
