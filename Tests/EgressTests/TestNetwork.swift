import Foundation
import Glibc
import Synchronization

/// A process in namespaces of its own, to run clients in.
struct TestNetwork {
    static let agent: String = {
        // The test bundle and the executables are built into the same folder.
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        return folder + "/network-agent"
    }()

    private let holder: Process
    private let folder: String
    var pid: Int32 { holder.processIdentifier }

    init() throws {
        folder = NSTemporaryDirectory() + "drydock-egress-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "nameserver 198.18.0.1\noptions timeout:2 attempts:1\n".write(
            toFile: folder + "/resolv.conf", atomically: true, encoding: .utf8)
        holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        holder.arguments = [
            "-Urnm", "sh", "-c",
            "mount --bind \(folder)/resolv.conf /etc/resolv.conf && echo ready && exec sleep 120",
        ]
        let output = Pipe()
        holder.standardOutput = output
        try holder.run()
        _ = output.fileHandleForReading.availableData
    }

    /// Runs a program inside; returns both its streams.
    func run(_ arguments: [String]) throws -> String {
        try Self.onHost(
            ["nsenter", "-t", String(pid), "-U", "-n", "-m", "--preserve-credentials"] + arguments)
    }

    /// Runs a program outside; returns both its streams.
    static func onHost(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    func stop() {
        end(holder)
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// What a function that blocks returns, from a thread of its own.
final class OutputOfThread: Sendable {
    private let output = Mutex<String?>(nil)

    init(_ body: @escaping @Sendable () throws -> String) {
        Thread.detachNewThread { [self] in
            let text: String
            do { text = try body() } catch { text = "\(error)" }
            output.withLock { $0 = text }
        }
    }

    /// `nil` until it has returned.
    var value: String? { output.withLock { $0 } }
}

/// A server on the host's loopback that answers with the request line it got.
struct PythonServer {
    private let process: Process
    let port: Int

    init() throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-uc",
            """
            import http.server
            class H(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    body = self.requestline.encode()
                    self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers()
                    self.wfile.write(body)
                def log_message(self, *a): pass
            s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), H)
            print(s.server_port); s.serve_forever()
            """,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    func stop() {
        end(process)
    }
}

/// SIGKILL: children of a concurrency thread inherit its mask, in which SIGTERM is blocked.
private func end(_ process: Process) {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
}
