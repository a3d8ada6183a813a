import Foundation
import TestSupport

/// Puts a shell script first on the path under a tool's name.
func withTool(
    _ name: String, _ script: String, _ body: ([String: String]) async throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        let path = "\(directory)/\(name)"
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let inherited = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        try await body(["PATH": "\(directory):\(inherited)"])
    }
}
