internal import Foundation
internal import GRDB

/// Everything that must outlive a process: events, incidents, breakers, budgets, approvals.
///
/// One SQLite file in write-ahead mode, opened by as many processes as like; every change is one
/// immediate transaction with `synchronous=FULL`, so what a call returned survives SIGKILL and a
/// power cut (https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous).
package final class Store: Sendable {
    /// How long a call waits for another process's transaction.
    private static let busyTimeoutSeconds = 20.0

    private let pool: DatabasePool
    /// Where the file is.
    package let path: String

    /// Opens the store, creates it when it is not there, and brings its schema up to date.
    ///
    /// - Parameter path: the database file; its directory must exist.
    package init(path: String) throws(RunStoreError) {
        self.path = path
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // Of a divided service both parts write the file: what stands in its schema may call
            // no function that reaches beyond it.
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        do {
            pool = try OpeningLock.holding(directoryOf: path) {
                let pool = try DatabasePool(path: path, configuration: configuration)
                try Schema.migrate(pool, path: path)
                return pool
            }
            // The file names tests, branches and repositories: nobody else's business.
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch let error as RunStoreError {
            throw error
        } catch {
            throw RunStoreError(
                .unavailable, operation: "opening the store", subject: path, reason: "\(error)",
                remedy: "Check that its directory exists, is writable and is on a local disk")
        }
    }

    /// One immediate transaction; rolled back when `body` throws.
    func write<Value: Sendable>(
        _ operation: String, _ subject: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(RunStoreError) -> Value {
        do {
            return try await pool.write(body)
        } catch {
            throw Self.wrap(error, operation, subject)
        }
    }

    /// A consistent snapshot.
    func read<Value: Sendable>(
        _ operation: String, _ subject: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(RunStoreError) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw Self.wrap(error, operation, subject)
        }
    }

    private static func wrap(
        _ error: any Error, _ operation: String, _ subject: String
    ) -> RunStoreError {
        if let error = error as? RunStoreError { return error }
        return RunStoreError(.database, operation: operation, subject: subject, reason: "\(error)")
    }
}

/// Documents are kept as JSON with sorted keys, so that equal values are equal bytes.
enum StoredJSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(
        _ type: Value.Type, from text: String, operation: String, subject: String
    ) throws(RunStoreError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw RunStoreError(
                .corrupt, operation: operation, subject: subject, reason: "\(error)",
                remedy: "The row was written by another version; the events still tell the story")
        }
    }
}
