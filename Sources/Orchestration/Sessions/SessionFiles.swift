internal import Foundation
internal import RunModel

/// A session's files, read and written by small commands in a sandbox over it: what a link points
/// to is what it points to inside.
extension Workbench {
    /// The most that one file may have to be read or edited whole.
    package static let fileByteLimit = 4 << 20

    package func read(_ path: String, in session: String) async throws -> [UInt8] {
        let result = try await tool(
            ["/bin/sh", "-c", "exec head -c \(Self.fileByteLimit + 1) -- \"$1\"", "sh"],
            path, session)
        guard result.standardOutput.count <= Self.fileByteLimit else {
            throw SessionFileError(
                path: path, reason: "it is larger than \(Self.fileByteLimit >> 20) MiB")
        }
        return result.standardOutput
    }

    /// Replaces the file, or makes it and the folders above it.
    package func write(_ content: [UInt8], to path: String, in session: String) async throws {
        guard content.count <= Self.fileByteLimit else {
            throw SessionFileError(
                path: path, reason: "more than \(Self.fileByteLimit >> 20) MiB are not written")
        }
        _ = try await tool(
            [
                "/bin/sh", "-c", "mkdir -p -- \"$(dirname -- \"$1\")\" && exec cat > \"$1\"", "sh",
            ], path, session, input: content)
    }

    /// Files and folders below a path, folders with a slash at the end.
    package func list(_ path: String, depth: Int, in session: String) async throws -> [String] {
        let result = try await tool(
            [
                "/bin/sh", "-c",
                "exec find \"$1\" -mindepth 1 -maxdepth \(depth) -name .git -prune -o "
                    + "-mindepth 1 -maxdepth \(depth) \\( -type d -printf '%P/\\0' -o -printf '%P\\0' \\)",
                "sh",
            ], path, session)
        return String(decoding: result.standardOutput, as: UTF8.self).split(separator: "\0")
            .map(String.init).sorted()
    }

    private func tool(
        _ command: [String], _ path: String, _ session: String, input: [UInt8] = []
    ) async throws -> WorkResult {
        // Relative to the worktree, whatever it begins with; inside, `..` ends at the sandbox's
        // root at most.
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw SessionFileError(path: path, reason: "this is no path")
        }
        let relative = path.hasPrefix("/") ? path : "./" + path
        var work = WorkRun(command + [relative])
        work.session = session
        work.standardInput = input
        var limits = ResourceLimits.standard
        limits.wallMilliseconds = 60_000
        work.limits = limits
        let result = try await run(work)
        guard result.report.outcome == .exited, result.report.exitCode == 0 else {
            let message = String(decoding: result.standardError.suffix(500), as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            throw SessionFileError(
                path: path, reason: message.isEmpty ? result.report.outcome.rawValue : message)
        }
        return result
    }
}

/// A session's file could not be read or written.
package struct SessionFileError: Error, Sendable, Equatable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package var description: String { "\(path): \(reason)" }
}
