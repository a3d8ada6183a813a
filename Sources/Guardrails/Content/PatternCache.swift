internal import Digests
internal import Synchronization

/// Compiled pattern databases, kept in the process and, where a directory is given, on disk:
/// compiling takes some hundred milliseconds, restoring less than one.
package final class PatternCache: Sendable {
    private let directory: String?
    private let compiled = Mutex<[String: PatternDatabase]>([:])

    /// Shared by everything in this process that does not bring a directory.
    package static let inMemory = PatternCache(directory: nil)

    /// - Parameter directory: private to the user that runs the gate (0700); `nil`: memory only.
    package init(directory: String?) { self.directory = directory }

    func database(
        for expressions: [PatternDatabase.Expression]
    ) throws(PatternError) -> PatternDatabase {
        let key = Self.key(expressions)
        if let known = compiled.withLock({ $0[key] }) { return known }
        let file = directory.map { "\($0)/patterns-\(key).hs" }
        let database: PatternDatabase
        if let file, let stored = CacheFile.read(file).flatMap(PatternDatabase.restore) {
            database = stored
        } else {
            database = try PatternDatabase.compile(expressions)
            // A cache that cannot be written costs time only.
            if let file, let bytes = database.serialised() { CacheFile.write(bytes, to: file) }
        }
        compiled.withLock { $0[key] = database }
        return database
    }

    private static func key(_ expressions: [PatternDatabase.Expression]) -> String {
        var material = PatternDatabase.platform
        for expression in expressions {
            material += "\n\(expression.ignoresCase ? "i" : "-") \(expression.text)"
        }
        return SHA256Digest(of: material).hexadecimal
    }
}
