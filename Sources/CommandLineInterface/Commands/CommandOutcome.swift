internal import Foundation

/// Runs what a command does; whatever is wrong with the call, the repository, the configuration or
/// the host is said on standard error, and the exit status is 2.
enum CommandOutcome {
    static func status(
        of command: String, _ body: () async throws -> Int32
    ) async -> Int32 {
        do {
            return try await body()
        } catch {
            FileHandle.standardError.write(Data("drydock \(command): \(error)\n".utf8))
            return 2
        }
    }
}

/// The time, as documents and policies write it.
enum Moment {
    /// RFC 3339, UTC.
    static func now() -> String { Date().formatted(.iso8601) }
}
