import Foundation

/// A directory that lives as long as `body` runs.
///
/// - Parameter body: receives the absolute path, without a trailing slash.
package func withTemporaryDirectory<Result>(
    _ body: (String) throws -> Result
) throws -> Result {
    let path = try makeTemporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// The same for asynchronous bodies.
package func withTemporaryDirectory<Result>(
    _ body: (String) async throws -> Result
) async throws -> Result {
    let path = try makeTemporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

private func makeTemporaryDirectory() throws -> String {
    let path = NSTemporaryDirectory() + "drydock-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    return path
}
