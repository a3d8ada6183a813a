import Foundation

/// The programs of `Fixtures`, compiled once and static, so that they start in any root.
enum Victims {
    /// The directory that holds them.
    static let shared = Result { try compile() }

    struct CompilerFailed: Error { var message: String }

    private static func compile() throws -> String {
        let sources = Drydock.packageRoot + "/Tests/EscapeTests/Fixtures"
        let names = try FileManager.default.contentsOfDirectory(atPath: sources)
            .filter { $0.hasSuffix(".c") }
        // Kept between test runs: the name tells what it was made from.
        var digest = Hasher64()
        for name in try FileManager.default.contentsOfDirectory(atPath: sources).sorted() {
            digest.add(try Data(contentsOf: URL(fileURLWithPath: sources + "/" + name)))
        }
        let directory = NSTemporaryDirectory() + "drydock-victims-\(digest.value)"
        if FileManager.default.fileExists(atPath: directory) { return directory }
        let draft = directory + ".\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false)
        for name in names {
            let result = try HostProcess.run(
                [
                    "/usr/bin/cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-static",
                    "-pthread", "-o", draft + "/" + name.dropLast(2), sources + "/" + name,
                ], directory: draft, seconds: 120)
            guard result.status == 0 else { throw CompilerFailed(message: result.errors) }
        }
        // Sandboxes run as other users.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: draft)
        try FileManager.default.moveItem(atPath: draft, toPath: directory)
        return directory
    }
}

/// FNV-1a: a name for a content, nothing that has to withstand anybody.
private struct Hasher64 {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ data: Data) {
        for byte in data { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
}
