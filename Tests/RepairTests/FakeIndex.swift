import Foundation
import TestSupport

/// Puts a `python3` first on the path whose `-m pip index versions` answers without a network.
func withFakeIndex(
    _ versions: String, _ body: ([String: String]) async throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        let script = """
            #!/bin/sh
            case "$*" in
                *"pip index versions"*) echo "Available versions: \(versions)" ;;
                *) exit 1 ;;
            esac
            """
        let path = directory + "/python3"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let inherited = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        try await body(["PATH": "\(directory):\(inherited)"])
    }
}
