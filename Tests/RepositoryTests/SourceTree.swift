import Foundation
import Testing

/// The files of this repository as git knows them: tracked, and untracked but not ignored.
enum SourceTree {
    static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    struct File: Sendable, CustomTestStringConvertible {
        var path: String
        var text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var testDescription: String { path }
        /// `Guardrails` of `Sources/Guardrails/Rules/X.swift`.
        var target: String {
            let parts = path.split(separator: "/")
            return parts.count > 1 ? String(parts[1]) : ""
        }
    }

    static let paths: [String] = {
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments = [
            "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard",
        ]
        let output = Pipe()
        git.standardOutput = output
        do { try git.run() } catch { return [] }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\0").map(String.init)
            .filter { FileManager.default.fileExists(atPath: "\(root)/\($0)") }
            .sorted()
    }()

    static func files(under prefix: String, ending suffix: String) -> [File] {
        paths.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }.compactMap { path in
            guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else {
                return nil
            }
            return File(path: path, text: String(decoding: data, as: UTF8.self))
        }
    }

    static let sources = files(under: "Sources/", ending: ".swift")
    static let tests = files(under: "Tests/", ending: ".swift").filter {
        !$0.path.contains("/Fixtures/")
    }
}
