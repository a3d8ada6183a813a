import Foundation

/// Trees that no working directory could hold, written by `git fast-import`.
package enum GitFastImport {
    /// - Returns: the id of a blob with this text.
    package static func blob(_ text: String, in git: GitCommandLine) throws -> String {
        let file = git.directory + "/.git/blob-" + UUID().uuidString
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try git.text(["hash-object", "-w", "--no-filters", file])
    }

    /// Adds files by the bytes of their names.
    ///
    /// - Returns: the id of a commit on top of `parent`.
    package static func commit(
        _ files: [(name: [UInt8], blob: String)], onto parent: String, in git: GitCommandLine
    ) throws -> String {
        let reference = "refs/heads/import-" + UUID().uuidString
        var text = Data(
            "commit \(reference)\ncommitter t <t@example.org> 0 +0000\ndata 0\nfrom \(parent)\n"
                .utf8)
        for (name, blob) in files {
            text += Data("M 100644 \(blob) \"".utf8)
            for byte in name {
                let isPlain = byte > 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C
                text +=
                    isPlain ? Data([byte]) : Data(String(format: "\\%03o", byte).utf8)
            }
            text += Data("\"\n".utf8)
        }
        let file = git.directory + "/.git/import-" + UUID().uuidString
        try text.write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        _ = try GitCommandLine.output(of: [
            "/bin/sh", "-c", "git -C \"$1\" fast-import --quiet < \"$2\"", "sh", git.directory,
            file,
        ])
        return try git.text(["rev-parse", reference])
    }
}
